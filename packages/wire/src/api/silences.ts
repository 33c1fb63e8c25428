import { z } from "zod";
import { AlertMatcher, Schedule } from "../model/alert.ts";
import { defineRoute, reply } from "./route.ts";

/** Keeps alerts from being told: a `silence` until it ends, a `maintenance` window also week after week. */
export const Silence = z.object({
  silence_id: z.int(),
  kind: z.enum(["silence", "maintenance"]),
  matcher: AlertMatcher,
  reason: z.string(),
  starts_at: z.iso.datetime(),
  ends_at: z.iso.datetime().nullable(),
  /** Only within these hours; null is all the time from `starts_at` to `ends_at`. */
  schedule: Schedule.nullable(),
  created_by: z.string(),
  created_at: z.iso.datetime(),
  state: z.enum(["waiting", "active", "ended"]),
  /** Open alerts that it keeps silent right now. */
  matches: z.int(),
});
export type Silence = z.infer<typeof Silence>;

export const ListSilences = defineRoute({
  method: "GET",
  path: "/alerts/silences",
  summary: "Silences and maintenance windows, those that are over for 30 days too",
  needs: "alert.read",
  at: "anywhere",
  query: z.object({ state: z.enum(["current", "all"]).default("current") }),
  reply: reply(z.object({ silences: z.array(Silence) })),
});

/** Whether it names anything: one that doesn't would silence every alert there is. */
const saysWhich = ({ labels, ...rest }: AlertMatcher): boolean =>
  Object.keys(rest).length > 0 || Object.keys(labels ?? {}).length > 0;

const SilenceBody = z
  .object({
    kind: z.enum(["silence", "maintenance"]).default("silence"),
    /** A misspelt member would silence more than was meant. */
    matcher: AlertMatcher.strict().refine(saysWhich, "say which alerts"),
    reason: z.string().trim().min(1, "say why").max(500),
    starts_at: z.iso.datetime({ offset: true }).optional(),
    ends_at: z.iso.datetime({ offset: true }).nullable(),
    schedule: Schedule.nullable().default(null),
  })
  .refine(({ kind, ends_at, schedule }) => ends_at !== null || (kind === "maintenance" && schedule !== null), {
    error: "only a maintenance window that comes week after week may have no end",
    path: ["ends_at"],
  });

export const CreateSilence = defineRoute({
  method: "POST",
  path: "/alerts/silences",
  summary: "Silences alerts, or sets a maintenance window",
  needs: "alert.ack",
  at: "anywhere",
  body: SilenceBody,
  reply: reply(Silence),
});

export const EndSilence = defineRoute({
  method: "DELETE",
  path: "/alerts/silences/:silence_id",
  summary: "Ends a silence or a maintenance window now",
  needs: "alert.ack",
  at: "anywhere",
  params: z.object({ silence_id: z.coerce.number().int().min(1).max(2_147_483_647) }),
  reply: reply(Silence),
});
