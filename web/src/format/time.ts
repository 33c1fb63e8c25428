import { type Lang, MISSING, number } from "./format.ts";

const WORDS = {
  en: { s: " s", min: " min", h: " h", d: " d", glue: " " },
  zh: { s: " 秒", min: " 分", h: " 小时", d: " 天", glue: " " },
} as const;

/** A length of time in seconds: `8 s`, `14 min`, `1 h 52 min`, `2 d`. */
export function duration(seconds: number | null | undefined, lang: Lang): string {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return MISSING;
  const words = WORDS[lang];
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return `${whole}${words.s}`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}${words.min}`;
  const hours = Math.floor(minutes / 60);
  if (hours >= 24) return `${Math.floor(hours / 24)}${words.d}`;
  const rest = minutes % 60;
  return rest === 0 ? `${hours}${words.h}` : `${hours}${words.h}${words.glue}${rest}${words.min}`;
}

type Parts = { year: string; month: string; day: string; hour: string; minute: string; second: string };

const formatters = new Map<string, Intl.DateTimeFormat>();
function partsOf(ms: number, zone: string): Parts {
  let formatter = formatters.get(zone);
  if (formatter === undefined) {
    const two = "2-digit";
    const fields = { year: "numeric", month: two, day: two, hour: two, minute: two, second: two } as const;
    formatter = new Intl.DateTimeFormat("en", { ...fields, hourCycle: "h23", timeZone: zone });
    formatters.set(zone, formatter);
  }
  const parts: Record<string, string> = Object.fromEntries(formatter.formatToParts(ms).map((p) => [p.type, p.value]));
  const { year = "", month = "", day = "", hour = "", minute = "", second = "" } = parts;
  return { year, month, day, hour, minute, second };
}

/** A duration that may be short: `0.4 s` below ten seconds, else as `duration`. */
export const fineDuration = (seconds: number, lang: Lang): string =>
  seconds < 10 ? `${number(seconds, 1)}${WORDS[lang].s}` : duration(seconds, lang);

export const browserZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";

/** `22:14:05` in a zone, from ms since the epoch. */
export function clock(ms: number, zone: string): string {
  const { hour, minute, second } = partsOf(ms, zone);
  return `${hour}:${minute}:${second}`;
}

/** `22:14`. */
export const shortClock = (ms: number, zone: string): string => clock(ms, zone).slice(0, 5);

/** `2026-11-21`. */
export function date(ms: number, zone: string): string {
  const { year, month, day } = partsOf(ms, zone);
  return `${year}-${month}-${day}`;
}

/** What a clock of the zone shows, counted as if it were UTC. */
const localMs = (ms: number, zone: string): number => Date.parse(`${date(ms, zone)}T${clock(ms, zone)}Z`);

/**
 * The moment at which a zone's clock shows a day and a time, in ms since the epoch. A time that a change of the clock
 * leaves out is taken as what it would have been before it.
 */
export function instantOf(day: string, time: string, zone: string): number {
  const wanted = Date.parse(`${day}T${time}Z`);
  const near = wanted - (localMs(wanted, zone) - wanted);
  return wanted - (localMs(near, zone) - near);
}

/** The day after, as a calendar has it; before it with -1. */
export const dayAfter = (day: string, days = 1): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);

/** The days from one to before another as people say them, the last one too; one day alone. */
export function daysText({ from, to }: { from: string; to: string }): string {
  const last = dayAfter(to, -1);
  return last <= from ? from : `${from} – ${last}`;
}

/** `2026-11-21 22:14:05 UTC+8`. */
export const fullTime = (ms: number, zone: string): string =>
  `${date(ms, zone)} ${clock(ms, zone)} ${zoneLabel(ms, zone)}`;

/** `UTC`, `UTC+8`, `UTC−3:30`: the offset in force at that moment. */
export function zoneLabel(ms: number, zone: string): string {
  const { year, month, day, hour, minute, second } = partsOf(ms, zone);
  const local = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
  const minutes = Math.round((local - ms) / 60_000);
  if (minutes === 0) return "UTC";
  const rest = Math.abs(minutes) % 60;
  const tail = rest === 0 ? "" : `:${String(rest).padStart(2, "0")}`;
  return `UTC${minutes < 0 ? "\u2212" : "+"}${Math.floor(Math.abs(minutes) / 60)}${tail}`;
}
