import { CoolingOrder } from "@banksman/wire/model";
import { CoolingUsage } from "./errors.ts";

/** What follows each verb. */
const WANTED: Readonly<Record<string, string>> = {
  start: "nothing follows it",
  stop: "nothing follows it",
  reset: "nothing follows it",
  "set-temp": "a temperature from 10 to 60 °C follows it",
  pid: "on follows it, or nothing",
  auto: "on or off follows it",
  pump: "a pump such as oil1 follows it, then on or off",
  fan: "a fan such as 1.3 or 1.all follows it, then on or off",
  valve: "a valve follows it, then open or close",
  socket: "a unit follows it, a socket or all, then on or off",
};

/** What somebody typed, as an order: `set-temp 35`, `pid on`, `pump spray off`, `socket 3 12 on`. Throws COOLING_WORDS. */
export function coolingOrderOf(words: readonly string[]): CoolingOrder {
  const [verb = "", ...rest] = words;
  const parsed = CoolingOrder.safeParse(shapeOf(verb, rest));
  if (parsed.success) return parsed.data;
  throw CoolingUsage.WORDS(words.join(" ") || "nothing", WANTED[verb] ?? "");
}

function shapeOf(verb: string, rest: readonly string[]): unknown {
  const [first = "", second = "", third = ""] = rest;
  switch (verb) {
    case "start":
    case "stop":
    case "reset":
      return rest.length === 0 ? { order: verb } : null;
    case "set-temp":
      return { order: "set_temp", celsius: first === "" ? undefined : Number(first) };
    case "pid":
    case "auto":
      return { order: verb, on: onOff(first === "" ? "on" : first) };
    case "pump":
    case "fan":
      return { order: verb, [verb]: first, on: onOff(second) };
    case "valve":
      return { order: "valve", valve: first, open: second === "open" ? true : second === "close" ? false : undefined };
    case "socket":
      return { order: "socket", unit: Number(first), socket: second === "all" ? -1 : Number(second), on: onOff(third) };
    default:
      return null;
  }
}

const onOff = (word: string): boolean | undefined => (word === "on" ? true : word === "off" ? false : undefined);
