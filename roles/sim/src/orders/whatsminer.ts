import { seal, tokenOf, unseal } from "@banksman/devices";
import { type Answer, HANG } from "@banksman/replay";
import { type Control, poolRowsOf, type Verdict } from "../control.ts";

const PASSWORD = "admin";
const SEED = { salt: "BQ5hoXV9", newsalt: "jbzkfQls" };
const TOKEN_MS = 30 * 60_000;

/** The part of btminer that takes orders: a token by `get_token`, then commands encrypted with it. */
export class WhatsminerOrders {
  readonly #control: Control;
  readonly #now: () => number;
  #token: { sign: string; key: Buffer; until: number } | undefined;

  constructor(control: Control, now: () => number) {
    this.#control = control;
    this.#now = now;
  }

  /** Null for a request that is no order. */
  answer(request: string): Answer {
    if (/^\s*\{\s*"(?:cmd|command)"\s*:\s*"get_token"/.test(request)) return this.#giveToken();
    const sealed = /"data"\s*:\s*"([^"]+)"/.exec(request)?.[1];
    return /"enc"\s*:\s*1/.test(request) && sealed !== undefined ? this.#open(sealed) : null;
  }

  #giveToken(): string {
    const seconds = Math.floor(this.#now() / 1_000);
    const time = String(seconds % 10_000).padStart(4, "0");
    this.#token = { ...tokenOf({ time, ...SEED }, PASSWORD), until: this.#now() + TOKEN_MS };
    return reply("S", 134, { time, ...SEED }, seconds);
  }

  #open(sealed: string): Answer {
    const seconds = Math.floor(this.#now() / 1_000);
    const { sign, key, until } = this.#token ?? { sign: "", key: Buffer.alloc(32), until: 0 };
    const text = unseal(key, sealed) ?? "";
    const order = parsed(text);
    const isGood = order?.token === sign && sign !== "" && this.#now() <= until && !this.#control.tokenHasRunOut();
    if (!order || !isGood) return reply("E", 135, "check token err", seconds);
    const verdict = this.#carryOut(order);
    if (verdict === "silent") return HANG;
    if (verdict === "denied") return reply("E", 45, "can't access write cmd", seconds);
    if (verdict === "no") return encrypted(key, reply("E", 132, "API command ERROR", seconds));
    return encrypted(key, reply("S", 131, "API command OK", seconds));
  }

  #carryOut(order: Record<string, unknown>): Verdict {
    const name = String(order.cmd ?? order.command);
    switch (name) {
      case "reboot":
        return this.#control.order(name, "reboot");
      case "restart_btminer":
        return this.#control.order(name, "restart");
      case "set_led":
        return this.#control.order(name, "none", { ledOn: order.param !== "auto" });
      case "update_pools":
        return this.#control.order(name, "restart", {
          pools: poolRowsOf(
            [1, 2, 3].map((n) => ({
              url: String(order[`pool${n}`] ?? ""),
              user: String(order[`worker${n}`] ?? ""),
              pass: String(order[`passwd${n}`] ?? ""),
            })),
          ),
        });
      case "power_off":
        return this.#control.order(name, "restart", { mode: "sleep" });
      case "power_on":
        return this.#control.order(name, "restart", { mode: "normal" });
      case "set_low_power":
        return this.#control.order(name, "restart", { mode: "low" });
      case "set_normal_power":
        return this.#control.order(name, "restart", { mode: "normal" });
      case "set_high_power":
        return this.#control.order(name, "restart", { mode: "high" });
      case "adjust_power_limit":
        return this.#control.order(name, "restart", { powerLimit: Number(order.power_limit) });
      default:
        return "no";
    }
  }
}

const encrypted = (key: Buffer, text: string): string => JSON.stringify({ enc: seal(key, text) });

const reply = (letter: "S" | "E", code: number, message: unknown, seconds: number): string =>
  JSON.stringify({ STATUS: letter, When: seconds, Code: code, Msg: message, Description: "" });

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
