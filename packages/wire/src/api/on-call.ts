import { z } from "zod";
import { AlertLevel, isTimeZone } from "../model/alert.ts";
import { defineRoute, reply } from "./route.ts";

const Name = z.string().trim().min(1).max(64);

export const OnCallPerson = z.object({
  name: Name,
  channels: z.array(z.string()).min(1, "at least one channel").max(10),
});
export type OnCallPerson = z.infer<typeof OnCallPerson>;

/** Who is called when: people take turns of `turn_days` from `starts_at` on, in their order. */
export const OnCallFields = z.object({
  name: Name,
  time_zone: z.string().refine(isTimeZone, "not a time zone name such as Asia/Shanghai"),
  people: z.array(OnCallPerson).min(1, "at least one person").max(50),
  turn_days: z.int().min(1).max(90).default(7),
  /** Start of the first person's turn. */
  starts_at: z.iso.datetime({ offset: true }),
  /** Somebody else for a while. */
  overrides: z
    .array(
      z.object({
        name: Name,
        from: z.iso.datetime({ offset: true }),
        to: z.iso.datetime({ offset: true }),
      }),
    )
    .max(100)
    .default([]),
});
export type OnCallFields = z.infer<typeof OnCallFields>;

export const OnCall = OnCallFields.extend({
  now: z.string().nullable(),
  next: z.object({ name: z.string(), at: z.iso.datetime() }).nullable(),
});
export type OnCall = z.infer<typeof OnCall>;

/** A step tells `channels` and whoever is on call of `on_call`, `after_s` after the alert fired, until somebody acknowledges. */
export const EscalationStep = z
  .object({
    after_s: z.int().min(60, "at least a minute").max(86_400),
    on_call: z.string().nullable().default(null),
    /** Which person of the order: 0 is who is on call, 1 the next one. */
    person: z.int().min(0).max(49).default(0),
    channels: z.array(z.string()).max(10).default([]),
  })
  .refine((step) => step.on_call !== null || step.channels.length > 0, "say whom: a schedule or channels");
export type EscalationStep = z.infer<typeof EscalationStep>;

export const Escalation = z.object({
  name: Name,
  levels: z.array(AlertLevel).min(1, "at least one level"),
  /** Only alerts of these sites; empty is everywhere. */
  sites: z.array(z.string()).max(1_000).default([]),
  steps: z.array(EscalationStep).min(1, "at least one step").max(10),
});
export type Escalation = z.infer<typeof Escalation>;

export const GetOnCall = defineRoute({
  method: "GET",
  path: "/alerts/on-call",
  summary: "Who is on call and when, and how alerts escalate",
  needs: "alert.read",
  reply: reply(z.object({ schedules: z.array(OnCall), escalations: z.array(Escalation) })),
});

const named = z.object({ name: z.string() });

export const SaveOnCall = defineRoute({
  method: "POST",
  path: "/alerts/on-call",
  summary: "Makes an on-call order, or replaces the one of that name",
  needs: "alert.manage",
  body: OnCallFields,
  reply: reply(OnCall),
});

export const DeleteOnCall = defineRoute({
  method: "DELETE",
  path: "/alerts/on-call/:name",
  summary: "Removes an on-call order that no escalation uses",
  needs: "alert.manage",
  params: named,
  reply: reply(z.null()),
});

export const SaveEscalation = defineRoute({
  method: "POST",
  path: "/alerts/escalations",
  summary: "Makes an escalation, or replaces the one of that name",
  needs: "alert.manage",
  body: Escalation,
  reply: reply(Escalation),
});

export const DeleteEscalation = defineRoute({
  method: "DELETE",
  path: "/alerts/escalations/:name",
  summary: "Removes an escalation",
  needs: "alert.manage",
  params: named,
  reply: reply(z.null()),
});
