import type { Schedule } from "@banksman/wire/model";

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const formats = new Map<string, Intl.DateTimeFormat>();

/** Day of the week and minute of the day in a time zone, daylight saving allowed for. */
function localTime(atMs: number, timeZone: string): { day: number; minute: number } {
  let format = formats.get(timeZone);
  if (!format) {
    const parts = { weekday: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone } as const;
    format = new Intl.DateTimeFormat("en-US", parts);
    formats.set(timeZone, format);
  }
  const part = new Map(format.formatToParts(atMs).map(({ type, value }) => [type, value]));
  const minute = Number(part.get("hour")) * 60 + Number(part.get("minute"));
  return { day: DAYS.indexOf(part.get("weekday") ?? ""), minute };
}

const minuteOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));

/** Whether a moment lies within the hours; an end at or before the start is on the next morning. */
export function isWithin({ days, from, to, time_zone }: Schedule, atMs: number): boolean {
  const { day, minute } = localTime(atMs, time_zone);
  const [start, end] = [minuteOf(from), minuteOf(to)];
  if (start < end) return days.includes(day) && minute >= start && minute < end;
  return (days.includes(day) && minute >= start) || (days.includes((day + 6) % 7) && minute < end);
}
