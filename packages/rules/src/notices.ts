import type { AlertLevel, LocalText } from "@banksman/wire/model";

/** What a message says of one alert. */
export type Told = {
  alert_id: number;
  rule_id: string;
  rule: LocalText;
  site_id: string | null;
  level: AlertLevel;
  title: LocalText;
  text: LocalText;
  /** Fires, is over, or fires so often that nothing more is said of it until it calms. */
  what: "firing" | "resolved" | "flapping";
  channels: readonly string[];
};

/** One message: all that is new of one rule at one site. */
export type Notice = {
  key: string;
  level: AlertLevel;
  title: LocalText;
  text: LocalText;
  alertIds: number[];
  /** Where it goes; empty is every channel that takes the level. */
  channels: readonly string[];
};

const LISTED = 20;
const MARKS = { firing: "●", flapping: "≈", resolved: "✓" } as const;
const ORDER: readonly AlertLevel[] = ["urgent", "severe", "warning", "info"];

export const groupKey = ({ rule_id, site_id }: Pick<Told, "rule_id" | "site_id">): string =>
  `${rule_id}@${site_id ?? ""}`;

/** Gathers what is to be told into messages, one a rule and site, however many alerts there are. */
export function noticesOf(told: readonly Told[]): Notice[] {
  return [...Map.groupBy(told, groupKey)].map(([key, all]) => {
    const sorted = all.toSorted((a, b) => rank(a) - rank(b) || a.alert_id - b.alert_id);
    const firing = sorted.filter(({ what }) => what !== "resolved");
    const level = firing[0]?.level ?? "info";
    return {
      key,
      level,
      title: { zh: titleOf(sorted, "zh"), en: titleOf(sorted, "en") },
      text: { zh: textOf(sorted, "zh"), en: textOf(sorted, "en") },
      alertIds: sorted.map(({ alert_id }) => alert_id),
      channels: sorted[0]?.channels ?? [],
    };
  });
}

const rank = ({ what, level }: Told): number => (what === "resolved" ? 10 : 0) + ORDER.indexOf(level);

function titleOf(all: readonly Told[], language: "zh" | "en"): string {
  const [first] = all;
  if (!first) return "";
  const open = all.filter(({ what }) => what !== "resolved").length;
  const mark = open === 0 ? "✓ " : first.what === "flapping" ? "≈ " : "";
  if (all.length === 1) return `${mark}${first.title[language]}`;
  if (open === 1) return `${mark}${first.title[language]} (✓ ${all.length - 1})`;
  const place = first.site_id === null ? "" : language === "zh" ? `（${first.site_id}）` : ` (${first.site_id})`;
  const over = all.length - open;
  const counts = language === "zh" ? [`${open} 条告警`, `${over} 条恢复`] : [`${open} firing`, `${over} resolved`];
  const said = [open > 0 ? counts[0] : "", over > 0 ? counts[1] : ""].filter(Boolean).join(", ");
  return `${mark}${first.rule[language]}${place}: ${said}`;
}

function textOf(all: readonly Told[], language: "zh" | "en"): string {
  const lines = all.slice(0, LISTED).map(({ title, text, what }) => {
    const said = [`${MARKS[what]} ${title[language]}`, text[language]].filter(Boolean);
    return said.join("\n  ");
  });
  const more = all.length - LISTED;
  return [...lines, ...(more > 0 ? [`… +${more}`] : [])].join("\n");
}
