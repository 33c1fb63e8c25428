import type { AlertMatcher, Schedule } from "@banksman/wire/model";
import type { TFunction } from "i18next";
import type { Lang } from "../../format/format.ts";

const NAMED = ["rule_id", "site_id", "target", "target_id", "level"] as const;

/** What a silence means, in words: `rule=chips-dead, site=1`. */
export function matcherWords(matcher: AlertMatcher, t: TFunction): string {
  const { labels = {}, level, target } = matcher;
  const said = {
    ...matcher,
    ...(level ? { level: t(`level.${level}`) } : {}),
    ...(target ? { target: t(`rules.targets.${target}`) } : {}),
  };
  const parts = [
    ...NAMED.flatMap((name) => (said[name] === undefined ? [] : [`${t(`silences.by_${name}`)} ${said[name]}`])),
    ...Object.entries(labels).map(([name, value]) => `${name}=${value}`),
  ];
  return parts.length === 0 ? t("silences.everything") : parts.join(", ");
}

/** 2023-01-01 was a Sunday, as the schedule's day 0 is. */
const SUNDAY = Date.UTC(2023, 0, 1);
const DAY_MS = 86_400_000;

/** A weekday's short name. */
export const dayName = (day: number, lang: Lang): string =>
  new Intl.DateTimeFormat(lang === "zh" ? "zh-CN" : "en-GB", { weekday: "short", timeZone: "UTC" }).format(
    SUNDAY + day * DAY_MS,
  );

/** `Mon, Tue 08:00–18:00 Asia/Shanghai`. */
export const scheduleWords = ({ days, from, to, time_zone }: Schedule, lang: Lang): string =>
  `${days.map((day) => dayName(day, lang)).join(lang === "zh" ? "、" : ", ")} ${from}–${to} ${time_zone}`;
