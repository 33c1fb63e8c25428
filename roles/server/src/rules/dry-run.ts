import type { Clock } from "@banksman/kit";
import {
  type AlertFunction,
  checkRule,
  createEngine,
  type EngineRule,
  type Episode,
  fillTemplate,
  type Sample,
} from "@banksman/rules";
import type { BodyOf, DryRunRule, ReplyOf, RulePreview } from "@banksman/wire/api";
import type { AlertTarget } from "@banksman/wire/model";
import { isWithin, type Sites } from "../http/caller.ts";
import { problem } from "../http/problem.ts";
import type { History } from "./history.ts";
import type { Past } from "./past.ts";

const DAY_MS = 86_400_000;
const CHUNK_MS = 3_600_000;
/** Somebody waits for it. */
const LONGEST_MS = 25_000;
const MOST_FIRINGS = 1_000;
const DRY_ID = "dry-run";
/** History is as the database keeps it: a gap of this much is silence. */
const HOLDS_MS = 10 * 60_000;

type Reply = ReplyOf<typeof DryRunRule>["data"];
type Firing = { target: AlertTarget; episode: Episode };
type SiteFinder = {
  find: (siteId: string, sites: Sites) => Promise<{ site_no: number }>;
  numbersOf: (sites: Sites) => Promise<number[] | null>;
};

export type DryRuns = ReturnType<typeof dryRuns>;

/** Runs rules that nobody saved yet: over what history keeps, and over what stands now. */
export function dryRuns(history: History, finder: SiteFinder, clock: Clock, functions: readonly AlertFunction[]) {
  const checked = (raw: unknown): EngineRule => {
    const { rule, problems } = checkRule(raw, functions);
    const [first] = problems;
    if (!rule)
      throw problem(400, "RULE_INVALID", `${first?.path}: ${first?.message.en}`, { path: first?.path ?? "rule" });
    return { ...rule, rule_id: DRY_ID, enabled: true };
  };

  return {
    run: async ({ rule: raw, days, site_id }: BodyOf<typeof DryRunRule>, sites: Sites): Promise<Reply> => {
      const rule = checked(raw);
      const siteNos =
        site_id === undefined ? await finder.numbersOf(sites) : [(await finder.find(site_id, sites)).site_no];
      const engine = createEngine([rule], { latenessMs: 0, holdsMs: HOLDS_MS, functions });
      const [until, started] = [clock.now(), clock.monotonic()];
      const from = until - days * DAY_MS;
      const firings = new Map<string, Firing>();
      let [to, readings] = [from, 0];
      const past = await history.past(rule.target, siteNos);
      while (to < until && clock.monotonic() - started < LONGEST_MS) {
        const end = Math.min(until, to + CHUNK_MS);
        const samples = await past.readings(new Date(to), new Date(end));
        for (const at of groupByTime(samples)) engine.take(at);
        readings += samples.length;
        to = end;
        keep(firings, engine.changes());
      }
      engine.advance(to);
      keep(firings, engine.changes());
      return toReply(rule, functions, [...firings.values()], {
        from,
        to,
        until,
        readings,
        targets: engine.figures().targets,
        past,
      });
    },

    /** For how many targets a rule holds now, and how it would read for one of them. */
    now: async (
      raw: unknown,
      sites: Sites,
    ): Promise<{ now: { holds: number; unknown: number; total: number }; preview: RulePreview | null }> => {
      const rule = checked({ ...(typeof raw === "object" ? raw : {}), for_s: 0 });
      const engine = createEngine([rule], { holdsMs: Number.POSITIVE_INFINITY, functions });
      const samples = await history.latest(rule.target);
      engine.take(samples.filter(({ target }) => isWithin(sites, target.site_id)));
      const example = engine.exampleOf(DRY_ID);
      const fill = (text: string) => fillTemplate(text, { ...example?.figures, target: example?.ref.id ?? "" });
      const both = ({ zh, en }: { zh: string; en: string }) => ({ zh: fill(zh), en: fill(en) });
      const preview = example ? { target: example.ref, title: both(rule.title), text: both(rule.text) } : null;
      return { now: engine.standing(DRY_ID), preview };
    },
  };
}

/** Readings moment by moment, so that sums are taken of each. */
function groupByTime(samples: readonly Sample[]): Sample[][] {
  const groups: Sample[][] = [];
  for (const sample of samples) {
    const last = groups.at(-1);
    if (last?.[0]?.at === sample.at) last.push(sample);
    else groups.push([sample]);
  }
  return groups;
}

function keep(firings: Map<string, Firing>, changes: ReturnType<ReturnType<typeof createEngine>["changes"]>): void {
  for (const { target, fingerprint, before, after } of changes) {
    if (before) firings.delete(`${fingerprint} ${before.since}`);
    if (after?.firedAt != null) firings.set(`${fingerprint} ${after.since}`, { target, episode: after });
  }
}

type Run = { from: number; to: number; until: number; readings: number; targets: number; past: Past };

function toReply(rule: EngineRule, functions: readonly AlertFunction[], firings: readonly Firing[], run: Run): Reply {
  const iso = (ms: number) => new Date(ms).toISOString();
  const newest = firings.toSorted((a, b) => (b.episode.firedAt ?? 0) - (a.episode.firedAt ?? 0));
  const byDay = Map.groupBy(newest, ({ episode }) => iso(episode.firedAt ?? 0).slice(0, 10));
  const { fields } = checkRule(rule, functions);
  return {
    from: iso(run.from),
    to: iso(run.to),
    resolution_seconds: run.past.interval,
    targets: run.targets,
    readings: run.readings,
    fired: firings.length,
    by_day: [...byDay].map(([day, all]) => ({ day, fired: all.length })).toReversed(),
    firings: newest.slice(0, MOST_FIRINGS).map(({ target, episode }) => ({
      target,
      since: iso(episode.since),
      fired_at: iso(episode.firedAt ?? episode.since),
      resolved_at: episode.resolvedAt === null ? null : iso(episode.resolvedAt),
    })),
    not_kept:
      rule.target === "miner" || rule.target === "cooling"
        ? fields.filter((name) => run.past.notKept.includes(name))
        : [],
    cut_short: run.to < run.until,
  };
}
