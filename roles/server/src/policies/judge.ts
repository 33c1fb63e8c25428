import type { Interlock, InterlockRule } from "@banksman/wire/api";
import type { LocalText } from "@banksman/wire/model";

/** What a device was ordered before. `atMs` is when it left; `endedAtMs` null while it is in flight. */
export type PastCommand = { minerId: string | null; name: string; atMs: number; endedAtMs: number | null };

/** What the rules look at, as it is at one moment. */
export type SiteFacts = {
  nowMs: number;
  miners: number;
  /** Miners that hash, and when the newest reading of the site was taken; null: nobody told. */
  hashing: number;
  newestReadingAtMs: number | null;
  /** Cooling units that carry off a load now, or of which nobody knows any more: no reason to stop one of them. */
  loaded: ReadonlySet<string | null>;
  past: readonly PastCommand[];
};

export type Verdict = { is: "free" } | { is: "hold" | "refuse"; code: string; because: LocalText };

/** What is asked to be done: an order's name and figures. */
export type Asked = { name: string; order: Readonly<Record<string, unknown>>; siteId: string };

export const FREE: Verdict = { is: "free" };

export const holdsFor = ({ enabled, orders, sites }: Pick<Interlock, "enabled" | "orders" | "sites">, asked: Asked) =>
  enabled && orders.includes(asked.name) && (sites === null || sites.includes(asked.siteId));

/** What one rule says of a device, and what it notes once the device goes on. */
type Check = { says: (minerId: string | null) => "hold" | "refuse" | null; take?: (minerId: string | null) => void };

/**
 * Judges device after device under all interlocks, the strictest verdict first. A device that is free counts from then on
 * as ordered: where only so many may be at once, those after it wait.
 */
export function createJudge(
  interlocks: readonly Interlock[],
  asked: Asked,
  facts: SiteFacts,
): (minerId: string | null) => Verdict {
  const checks = interlocks
    .filter((interlock) => holdsFor(interlock, asked))
    .map((interlock) => ({ interlock, check: checkOf(interlock, asked, facts) }));
  return (minerId) => {
    let held: Verdict = FREE;
    for (const { interlock, check } of checks) {
      const says = check.says(minerId);
      if (says === null) continue;
      const verdict: Verdict = { is: says, code: interlock.name, because: becauseOf(interlock, asked) };
      if (says === "refuse") return verdict;
      if (held.is === "free") held = verdict;
    }
    if (held.is === "free") for (const { check } of checks) check.take?.(minerId);
    return held;
  };
}

/** An interlock in its own words, and with the limits that it has by now. */
function becauseOf({ title, rule }: Interlock, { order }: Asked): LocalText {
  if (rule.kind !== "limits") return title;
  const { figure, min, max } = rule;
  const allowed = (least: string, most: string, to: string) =>
    min !== null && max !== null ? `${min}${to}${max}` : min === null ? `${most} ${max}` : `${least} ${min}`;
  const asked = String(order[figure]);
  return {
    en: `${title.en} (asked: ${asked}; allowed: ${allowed("at least", "at most", " to ")})`,
    zh: `${title.zh}（所下达：${asked}；允许：${allowed("不低于", "不高于", " 至 ")}）`,
  };
}

function checkOf({ rule, orders }: Interlock, asked: Asked, facts: SiteFacts): Check {
  const { nowMs, past } = facts;
  const devices = (fits: (one: PastCommand) => boolean) => new Set(past.filter(fits).map(({ minerId }) => minerId));
  switch (rule.kind) {
    case "at_once": {
      const since = nowMs - rule.window_seconds * 1_000;
      const busy = devices(
        ({ name, atMs, endedAtMs }) => orders.includes(name) && (endedAtMs === null || atMs > since),
      );
      // A site of nine miners could never reboot one under "10 %".
      const most = Math.max(1, Math.floor((facts.miners * rule.max_percent) / 100));
      return {
        says: (minerId) => (busy.has(minerId) || busy.size < most ? null : "hold"),
        take: (minerId) => busy.add(minerId),
      };
    }
    case "quiet": {
      const since = nowMs - rule.seconds * 1_000;
      const restless = devices(({ name, atMs, endedAtMs }) => rule.after.includes(name) && (endedAtMs ?? atMs) > since);
      return { says: (minerId) => (restless.has(minerId) ? "hold" : null) };
    }
    case "at_most": {
      const since = nowMs - rule.within_seconds * 1_000;
      const times = new Map<string | null, number>();
      for (const { minerId, name, atMs } of past) {
        if (orders.includes(name) && atMs > since) times.set(minerId, (times.get(minerId) ?? 0) + 1);
      }
      return { says: (minerId) => ((times.get(minerId) ?? 0) >= rule.times ? "refuse" : null) };
    }
    case "limits": {
      const figure = asked.order[rule.figure];
      const isOutside =
        typeof figure === "number" &&
        ((rule.min !== null && figure < rule.min) || (rule.max !== null && figure > rule.max));
      return { says: () => (isOutside ? "refuse" : null) };
    }
    case "not_while": {
      const isLate = facts.newestReadingAtMs === null || facts.newestReadingAtMs < nowMs - rule.seconds * 1_000;
      // Miners whose readings are late may hash: nobody knows, and so it counts as if they did.
      const isSo = rule.condition === "data_is_late" ? isLate : facts.miners > 0 && (isLate || facts.hashing > 0);
      const isLoaded = (device: string | null) => rule.condition === "miners_hash" && facts.loaded.has(device);
      return { says: (device) => (isSo || isLoaded(device) ? "refuse" : null) };
    }
  }
}

/** How far back the past must be known, in seconds, for these interlocks. */
export const memorySeconds = (interlocks: readonly Interlock[]): number =>
  Math.max(0, ...interlocks.map(({ rule }) => secondsOf(rule)));

function secondsOf(rule: InterlockRule): number {
  switch (rule.kind) {
    case "at_once":
      return rule.window_seconds;
    case "quiet":
      return rule.seconds;
    case "at_most":
      return rule.within_seconds;
    case "limits":
    case "not_while":
      return 0;
  }
}
