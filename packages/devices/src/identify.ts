import type { Answers } from "./answers.ts";
import type { Fields } from "./decode/reply.ts";
import type { Family, Seen } from "./family.ts";

/** Commands whose answers tell the families apart. */
export const PROBE: readonly string[] = ["version", "summary", "stats", "pools"];

const IDENTITY_SECTIONS = [
  ["version", "VERSION"],
  ["devdetails", "DEVDETAILS"],
] as const;

/** Gathers what the device says of itself. */
export function seenIn(answers: Answers): Seen {
  const words: string[] = [];
  for (const [command, section] of IDENTITY_SECTIONS)
    for (const one of answers.all(command, section)) addWords(words, one);
  for (const stats of answers.all("stats", "STATS").slice(0, 2)) addWords(words, pick(stats, IDENTITY_KEYS));
  for (const [command, reply] of answers.replies) {
    if (command.startsWith("/")) continue;
    if (reply.description !== null) words.push(reply.description);
    if (command === "get_version") addWords(words, answers.message("get_version"));
    const info = reply.body.INFO;
    if (typeof info === "object" && info !== null) words.push(JSON.stringify(info));
  }
  return { text: words.join(" ").toUpperCase(), page: answers.page, answers };
}

const IDENTITY_KEYS = ["Type", "Miner", "BMMiner", "CGMiner", "ID", "Model", "Firmware", "build_version"];

function pick(fields: Fields, keys: readonly string[]): Fields {
  return Object.fromEntries(keys.filter((key) => key in fields).map((key) => [key, fields[key]]));
}

/** Names count as well as values: `"BOSer": "boser-openwrt 0.1.0"`. */
function addWords(words: string[], fields: Fields | undefined): void {
  for (const [key, value] of Object.entries(fields ?? {})) {
    words.push(key);
    if (typeof value === "string") words.push(value);
  }
}

/** The families that recognise a device, without the one that takes whatever is left. */
export const claimants = (families: readonly Family[], seen: Seen): Family[] =>
  families.filter((family) => family.claims(seen));
