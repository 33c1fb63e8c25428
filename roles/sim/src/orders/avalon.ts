import { type Answer, HANG } from "@banksman/replay";
import { refusal } from "../answers/template.ts";
import { type Control, poolRowsOf, type Verdict } from "../control.ts";
import type { Settings } from "../miner-state.ts";

const DESCRIPTION = "cgminer 4.11.1";
const LOGIN = ["root", "root"];
/** WORKMODE 0, 1, 2. */
const MODES = ["low", "normal", "high"] as const;

/** What an Avalon makes of `ascset`; `argument` is what stands behind the bar, as `0,led,1-1`. Null for no order. */
export function avalonOrder(argument: string, control: Control, whenS: number): Answer {
  const [, name = "", ...rest] = argument.split(",");
  const info = (text: string) => status("I", 118, `ASC 0 set info: ${text}`, whenS);
  if (name === "led" && rest[0] === "1-255") return info(`LED[${control.settings.ledOn ? 1 : 0}]`);
  if (name === "softoff" || name === "softon") {
    const mode = name === "softoff" ? "sleep" : "normal";
    return told(control.order(name, "restart", { mode }), info(`success ${name}:${rest[0]?.split(":")[1]}`), whenS);
  }
  return told(carryOut(name, rest, control), status("S", 119, "ASC 0 set OK", whenS), whenS);
}

function carryOut(name: string, rest: string[], control: Control): Verdict {
  const change = (settings: Partial<Settings>, effect: "restart" | "none") => control.order(name, effect, settings);
  switch (name) {
    case "reboot":
      return control.order(name, "reboot");
    case "led":
      return change({ ledOn: rest[0] === "1-1" }, "none");
    case "workmode": {
      const mode = MODES[Number(rest[1])];
      return rest[0] === "set" && mode ? change({ mode }, "restart") : "no";
    }
    case "setpool": {
      const [user, password, place, url = "", worker = "", pass = ""] = rest;
      const index = Number(place);
      if (user !== LOGIN[0] || password !== LOGIN[1] || !Number.isInteger(index)) return "no";
      const rows = poolRowsOf(control.settings.pools ?? []);
      rows[index] = { url, user: worker, pass };
      return change({ pools: rows }, "none");
    }
    default:
      return "no";
  }
}

function told(verdict: Verdict, success: string, whenS: number): Answer {
  switch (verdict) {
    case "yes":
      return success;
    case "silent":
      return HANG;
    case "no":
      return refusal(120, "ASC 0 set failed: unknown option", DESCRIPTION, whenS);
    case "denied":
      return refusal(45, "Access denied to 'ascset' command", DESCRIPTION, whenS);
  }
}

const status = (letter: string, code: number, message: string, whenS: number): string =>
  JSON.stringify({
    STATUS: [{ STATUS: letter, When: whenS, Code: code, Msg: message, Description: DESCRIPTION }],
    id: 1,
  });
