import { createHash } from "node:crypto";
import type { Message } from "@banksman/notify";
import {
  type EngineRule,
  groupKey,
  type Inhibitor,
  type Notice,
  noticesOf,
  onCallAt,
  type Silencing,
  suppressionOf,
  type Told,
} from "@banksman/rules";
import type { Escalation, OnCallFields } from "@banksman/wire/api";
import type { AlertLevel } from "@banksman/wire/model";
import type { Standing } from "./store.ts";

/** What is told of a rule at a site gathers for this long; what is urgent never waits. */
const GROUP_INTERVAL_MS = 60_000;
/** A thing that flapped and has been quiet for this long is over. */
const CALM_MS = 30 * 60_000;

export type Channel = { name: string; levels: readonly AlertLevel[]; language: "zh" | "en" };
export type Parcel = { channel: string; message: Message; dedup: string; alertIds: readonly number[] };

type Scene = {
  standing: readonly Standing[];
  rules: ReadonlyMap<string, EngineRule>;
  silences: readonly Silencing[];
  groups: ReadonlyMap<string, number>;
  flappers: ReadonlySet<string>;
  now: number;
};

/** What is to be written and told of alerts as they stand. */
export type Telling = {
  suppressed: { alert_id: number; suppressed: object | null }[];
  firing: number[];
  flapping: number[];
  resolved: number[];
  notices: Notice[];
};

const isOpen = ({ state }: Standing): boolean => state === "firing" || state === "acknowledged";

/** Decides who is told of what: a pure function of how the alerts stand. */
export function tellOf({ standing, rules, silences, groups, flappers, now }: Scene): Telling {
  const inhibitors = standing.filter(isOpen).flatMap(({ alert_id, rule_id, target }): Inhibitor[] => {
    const rule = rules.get(rule_id);
    return rule?.inhibits ? [{ alert_id, rule, target }] : [];
  });
  const suppressed: Telling["suppressed"] = [];
  const told: (Told & { fingerprint: string })[] = [];
  const silently: number[] = [];
  const quietlyOver: number[] = [];
  for (const alert of standing) {
    if (alert.state === "resolved") {
      const isCalm = (alert.resolved_at?.getTime() ?? 0) < now - CALM_MS;
      if (alert.told !== "firing" && !isCalm) continue;
      // What is silenced is not told of when it is over either.
      if (suppressionOf(alert, silences, [])) quietlyOver.push(alert.alert_id);
      else told.push(toTold(alert, "resolved", rules));
      continue;
    }
    const flaps = alert.flapping && flappers.has(alert.fingerprint) && alert.told !== "flapping";
    const why =
      suppressionOf(alert, silences, inhibitors) ??
      (flaps ? { by: "flapping" as const, ref: null, reason: "fires again and again", until: null } : null);
    if (why?.by !== alert.suppressed?.by || why?.ref !== alert.suppressed?.ref)
      suppressed.push({ alert_id: alert.alert_id, suppressed: why });
    if (why?.by === "flapping") silently.push(alert.alert_id);
    if (why || alert.state !== "firing" || alert.told !== null) continue;
    told.push(toTold(alert, alert.flapping ? "flapping" : "firing", rules));
  }
  // What is urgent goes at once, and takes along what waited of its rule and site.
  const urgent = new Set(told.filter(({ level, what }) => level === "urgent" && what !== "resolved").map(groupKey));
  const due = told.filter((one) => {
    const key = groupKey(one);
    return urgent.has(key) || (groups.get(key) ?? Number.NEGATIVE_INFINITY) <= now - GROUP_INTERVAL_MS;
  });
  const ids = (what: Told["what"]) => due.filter((one) => one.what === what).map(({ alert_id }) => alert_id);
  return {
    suppressed,
    firing: ids("firing"),
    flapping: [...ids("flapping"), ...silently],
    resolved: [...ids("resolved"), ...quietlyOver],
    notices: noticesOf(due),
  };
}

const toTold = (alert: Standing, what: Told["what"], rules: Scene["rules"]): Told & { fingerprint: string } => ({
  alert_id: alert.alert_id,
  fingerprint: alert.fingerprint,
  rule_id: alert.rule_id,
  rule: alert.rule,
  site_id: alert.target.site_id,
  level: alert.level,
  title: alert.title,
  text: alert.text,
  what,
  channels: rules.get(alert.rule_id)?.channels ?? [],
});

const hash = (words: readonly (string | number)[]): string =>
  createHash("sha256").update(words.join("\n")).digest("hex");

function parcel(
  { key, level, title, text, alertIds }: Omit<Notice, "channels">,
  { name, language }: Channel,
  dedup: string,
  link: string | undefined,
): Parcel {
  const message = { title: title[language], text: text[language], level, key, ...(link ? { link } : {}) };
  return { channel: name, message, dedup, alertIds };
}

/** A message a channel: to those the rule names, else to all that take the level. That it is over goes to the same. */
export function parcelsOf(
  telling: Telling,
  channels: readonly Channel[],
  worst: (ids: number[]) => AlertLevel,
  link: string | undefined,
): Parcel[] {
  const over = new Set(telling.resolved);
  return telling.notices.flatMap((notice) => {
    const heard = worst(notice.alertIds);
    const to = channels.filter(({ name, levels }) =>
      notice.channels.length > 0 ? notice.channels.includes(name) : levels.includes(heard),
    );
    const dedup = hash(notice.alertIds.map((id) => `${id} ${over.has(id) ? "over" : "on"}`));
    return to.map((channel) => parcel(notice, channel, dedup, link));
  });
}

/** The channels that messages go to, by alert. */
export function channelsOf(parcels: readonly Parcel[]): Map<number, string[]> {
  const pairs = parcels.flatMap(({ channel, alertIds }) => alertIds.map((id) => ({ id, channel })));
  return new Map([...Map.groupBy(pairs, ({ id }) => id)].map(([id, all]) => [id, all.map(({ channel }) => channel)]));
}

type Step = { alertIds: number[]; step: number; text: string; parcels: Parcel[] };

/** The steps of escalations that are due: alerts that fire, were told, and that nobody acknowledged. */
export function escalationsOf(
  standing: readonly Standing[],
  escalations: readonly Escalation[],
  orders: readonly OnCallFields[],
  channels: readonly Channel[],
  now: number,
  link: string | undefined,
): Step[] {
  return escalations.flatMap(({ name, levels, sites, steps }) =>
    steps.flatMap(({ after_s, on_call, person, channels: named }, index): Step[] => {
      const due = standing.filter(
        (alert) =>
          alert.state === "firing" &&
          alert.suppressed === null &&
          alert.told !== null &&
          alert.escalated <= index &&
          levels.includes(alert.level) &&
          (sites.length === 0 || sites.includes(alert.target.site_id ?? "")) &&
          (alert.fired_at?.getTime() ?? now) + after_s * 1_000 <= now,
      );
      if (due.length === 0) return [];
      const order = orders.find((one) => one.name === on_call);
      const called = order ? onCallAt(order, now, person) : null;
      const names = new Set([...named, ...(called?.channels ?? [])]);
      const to = channels.filter((channel) => names.has(channel.name));
      const told = due.map((alert) => toTold(alert, "firing", new Map()));
      const parcels = noticesOf(told).flatMap((notice) => {
        const stillOpen = { zh: `升级：${notice.title.zh}`, en: `Not acknowledged: ${notice.title.en}` };
        const dedup = hash(["escalate", name, index, ...notice.alertIds]);
        return to.map((channel) => parcel({ ...notice, title: stillOpen }, channel, dedup, link));
      });
      const whom = [called?.name, ...named].filter(Boolean).join(", ");
      return [
        {
          alertIds: due.map(({ alert_id }) => alert_id),
          step: index + 1,
          text: `${name} ${index + 1}: ${whom}`,
          parcels,
        },
      ];
    }),
  );
}
