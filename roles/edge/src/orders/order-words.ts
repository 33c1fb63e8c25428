import { ModeOrder, Order, POWER_TARGET_MAX } from "@banksman/wire/model";
import { MinerUsage } from "./errors.ts";

const MODES = "low, normal, high, sleep or wake";

/**
 * The order that the words behind the address make: `pools set URL WORKER`, `mode set sleep`, `raw summary`. Throws
 * USAGE_WORDS with what to write instead.
 */
export function orderOf(words: readonly string[], poolPassword: string | undefined): Order {
  const parsed = Order.safeParse(plainOrder(words, poolPassword));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw MinerUsage.WORDS(`${words.join(" ")}: ${issue?.path.join(".")} ${issue?.message}`);
}

function plainOrder(words: readonly string[], poolPassword: string | undefined): unknown {
  const [name = "", verb = "", ...rest] = words;
  switch (name) {
    case "reboot":
    case "logs":
      return alone(words, { order: name });
    case "restart-hashing":
      return alone(words, { order: "restart_hashing" });
    case "locate":
      if (verb !== "on" && verb !== "off") throw MinerUsage.WORDS("locate: say on or off");
      return { order: "locate", on: verb === "on" };
    case "pools":
      return pools(verb, rest, poolPassword);
    case "mode":
      if (verb === "get") return { order: "mode_get" };
      if (verb === "set" && rest.length === 1 && ModeOrder.safeParse(rest[0]).success)
        return { order: "mode_set", mode: rest[0] };
      throw MinerUsage.WORDS(`mode: say get, or set with ${MODES}`);
    case "power-target":
      return { order: "power_target", watts: wattsOf(verb) };
    case "raw":
      return { order: "raw", command: words.slice(1).join(" ") };
    default:
      throw MinerUsage.WORDS(
        name === "" ? "say what to order; --help lists it" : `"${name}" is no order; --help lists them`,
      );
  }
}

function wattsOf(text: string): number {
  const watts = /^\d+W?$/i.test(text) ? Number.parseInt(text, 10) : 0;
  if (watts >= 1 && watts <= POWER_TARGET_MAX) return watts;
  const most = POWER_TARGET_MAX.toLocaleString("en-US");
  throw MinerUsage.WORDS(`power-target ${text}: say whole watts from 1 to ${most}, such as 3000`);
}

function alone(words: readonly string[], order: unknown): unknown {
  if (words.length > 1) throw MinerUsage.WORDS(`${words[0]}: nothing may follow it, but "${words[1]}" does`);
  return order;
}

function pools(verb: string, words: readonly string[], password: string | undefined): unknown {
  if (verb === "get") return { order: "pools_get" };
  if (verb !== "set" || words.length === 0 || words.length % 2 !== 0) {
    throw MinerUsage.WORDS("pools: say get, or set with an address and a worker for each of up to three pools");
  }
  const rows = [];
  for (let at = 0; at < words.length; at += 2) {
    rows.push({ url: words[at], worker: words[at + 1], ...(password === undefined ? {} : { password }) });
  }
  return { order: "pools_set", pools: rows };
}
