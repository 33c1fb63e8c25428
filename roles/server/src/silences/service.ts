import type { Clock } from "@banksman/kit";
import { isWithin, type Matchable, matches, nextOnCall, onCallAt } from "@banksman/rules";
import type {
  BodyOf,
  CreateSilence,
  Escalation,
  GetOnCall,
  OnCall,
  OnCallFields,
  ReplyOf,
  Silence,
} from "@banksman/wire/api";
import { isWithin as reaches, type Sites } from "../http/caller.ts";
import { problem } from "../http/problem.ts";
import type { SilenceStore, StoredSilence } from "./store.ts";

const SHOWN_AFTER_END_MS = 30 * 86_400_000;

/** Whether a silence keeps what it means from being told at this moment. */
export const isActive = ({ starts_at, ends_at, schedule }: StoredSilence, now: number): boolean =>
  Date.parse(starts_at) <= now &&
  (ends_at === null || now < Date.parse(ends_at)) &&
  (schedule === null || isWithin(schedule, now));

function stateOf(silence: StoredSilence, now: number): Silence["state"] {
  if (silence.ends_at !== null && Date.parse(silence.ends_at) <= now) return "ended";
  return isActive(silence, now) ? "active" : "waiting";
}

type OpenAlerts = { open: () => Promise<Matchable[]> };
type ChannelNames = { all: () => Promise<{ name: string }[]> };

export type SilenceService = ReturnType<typeof silenceService>;

/** What keeps alerts from being told, and who is told when nobody acknowledges. */
export const silenceService = (store: SilenceStore, alerts: OpenAlerts, channels: ChannelNames, clock: Clock) => {
  /** Silences that name a site which is reached; those that name none are for who sees all. */
  const list = async (state: "current" | "all", sites: Sites): Promise<Silence[]> => {
    const now = clock.now();
    const since = new Date(state === "all" ? now - SHOWN_AFTER_END_MS : now);
    const [silences, open] = await Promise.all([store.endingAfter(since), alerts.open()]);
    const reached = silences.filter(({ matcher }) => reaches(sites, matcher.site_id ?? null));
    return reached.map((silence) => ({
      ...silence,
      state: stateOf(silence, now),
      matches: isActive(silence, now) ? open.filter((alert) => matches(silence.matcher, alert)).length : 0,
    }));
  };
  const one = async (silenceId: number, sites: Sites = "all"): Promise<Silence> => {
    const found = (await list("all", sites)).find((silence) => silence.silence_id === silenceId);
    if (!found) throw problem(404, "NO_SUCH_SILENCE", `there is no silence ${silenceId}`, { path: "silence_id" });
    return found;
  };
  const described = (order: OnCallFields): OnCall => ({
    ...order,
    now: onCallAt(order, clock.now())?.name ?? null,
    next: nextOnCall(order, clock.now()),
  });
  const refuseUnknownChannels = async (names: readonly string[]) => {
    const known = new Set((await channels.all()).map(({ name }) => name));
    const unknown = names.find((name) => !known.has(name));
    if (unknown !== undefined)
      throw problem(400, "NO_SUCH_CHANNEL", `there is no channel "${unknown}"`, { path: "channels" });
  };
  return {
    list,
    one,
    /** Those that are in force now, for the evaluation. */
    active: async (): Promise<StoredSilence[]> => {
      const now = clock.now();
      return (await store.endingAfter(new Date(now))).filter((silence) => isActive(silence, now));
    },
    /** Who is to be called, for the evaluation. */
    calls: async () => ({ orders: await store.onCall(), escalations: await store.escalations() }),
    create: async (body: BodyOf<typeof CreateSilence>, by: string, sites: Sites): Promise<Silence> => {
      if (!reaches(sites, body.matcher.site_id ?? null))
        throw problem(403, "NOT_ALLOWED_HERE", "name a site of yours whose alerts to silence", {
          path: "matcher.site_id",
        });
      const starts_at = body.starts_at ?? new Date(clock.now()).toISOString();
      if (body.ends_at !== null && Date.parse(body.ends_at) <= Math.max(clock.now(), Date.parse(starts_at)))
        throw problem(400, "ALREADY_OVER", "it would be over before it begins", { path: "ends_at" });
      return one(await store.add({ ...body, starts_at, created_by: by }));
    },
    end: async (silenceId: number, sites: Sites): Promise<Silence> => {
      await one(silenceId, sites);
      await store.end(silenceId, new Date(clock.now()));
      return one(silenceId);
    },

    onCall: async (): Promise<ReplyOf<typeof GetOnCall>["data"]> => ({
      schedules: (await store.onCall()).map(described),
      escalations: await store.escalations(),
    }),
    saveOnCall: async (order: OnCallFields): Promise<OnCall> => {
      await refuseUnknownChannels(order.people.flatMap((person) => person.channels));
      await store.save("on_call", order);
      return described(order);
    },
    removeOnCall: async (name: string): Promise<null> => {
      const user = (await store.escalations()).find(({ steps }) => steps.some(({ on_call }) => on_call === name));
      if (user) throw problem(409, "IN_USE", `the escalation "${user.name}" calls "${name}"; change it first`);
      if (!(await store.remove("on_call", name))) throw problem(404, "NO_SUCH_ORDER", `there is no order "${name}"`);
      return null;
    },
    saveEscalation: async (escalation: Escalation): Promise<Escalation> => {
      await refuseUnknownChannels(escalation.steps.flatMap((step) => step.channels));
      const orders = new Set((await store.onCall()).map(({ name }) => name));
      const unknown = escalation.steps.find(({ on_call }) => on_call !== null && !orders.has(on_call));
      if (unknown)
        throw problem(400, "NO_SUCH_ORDER", `there is no on-call order "${unknown.on_call}"`, { path: "steps" });
      await store.save("escalations", escalation);
      return escalation;
    },
    removeEscalation: async (name: string): Promise<null> => {
      if (!(await store.remove("escalations", name)))
        throw problem(404, "NO_SUCH_ESCALATION", `there is no escalation "${name}"`);
      return null;
    },
  };
};
