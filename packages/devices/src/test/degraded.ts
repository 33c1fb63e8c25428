import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Answers } from "../answers.ts";
import { complete } from "../complete.ts";
import type { Reply } from "../decode/reply.ts";
import type { Family } from "../family.ts";
import { Notes } from "../notes.ts";

/** What changes in a reading when one member of the answers changes, by the member and what became of it. */
export type Degraded = Record<string, Record<string, unknown>>;

type Path = readonly (string | number)[];

/** Where a case keeps what its degraded answers are read as; printed by print-degraded.ts, and read over by a person. */
export const degradedFile = (dir: string): string => join(dir, "degraded.json");

/** What is kept for a case; null for one that keeps nothing, since nobody reads it as a miner. */
export function keptDegraded(dir: string): string | null {
  const file = degradedFile(dir);
  return existsSync(file) ? readFileSync(file, "utf8") : null;
}

/** One line a member, so that a change shows as what it is. */
export function printDegraded(all: Degraded): string {
  const lines = Object.entries(all).map(([what, change]) => `  ${JSON.stringify(what)}: ${JSON.stringify(change)}`);
  return `{\n${lines.join(",\n")}\n}\n`;
}

/** Lists repeat themselves: their first two records stand for all. */
const RECORDS = 2;
/** Fields that hang on how many others there are say more about the case than about the driver. */
const MOST_CHANGES = 12;

/**
 * Takes each member of the answers away in turn, then puts 0 and an empty text in its place, and gives what each does to
 * the reading: which other member steps in, what becomes null, what a sentinel is taken for.
 */
export function degraded(answers: Answers, family: Family): Degraded {
  const whole = flat(readingOf(answers, family));
  const asked = differences(new Map(), flat(asksOf(answers, family)));
  const found: Degraded = Object.keys(asked).length > 0 ? { "asked next": asked } : {};
  for (const [command, reply] of answers.replies) {
    for (const path of pathsIn(reply.body)) {
      for (const [what, value] of [
        ["without", undefined],
        ["0", 0],
        ['""', ""],
      ] as const) {
        const changed = new Answers();
        changed.page = answers.page;
        for (const [name, one] of answers.replies)
          changed.replies.set(name, name === command ? with_(one, path, value) : one);
        const difference = differences(whole, flat(readingOf(changed, family)));
        if (Object.keys(difference).length > 0) found[`${command} ${path.join(".")} ${what}`] = difference;
      }
    }
  }
  return found;
}

function readingOf(answers: Answers, family: Family) {
  const notes = new Notes();
  const reading = { ...family.read(answers, notes), online: true };
  complete(reading, notes);
  return { ...reading, asks: asksOf(answers, family) };
}

/** What the device would be asked next, where that hangs on what it has told. */
const asksOf = (answers: Answers, family: Family): Record<string, boolean> =>
  Object.fromEntries(family.live.flatMap(({ command, when }) => (when ? [[command, when(answers)]] : [])));

function* pathsIn(value: unknown, at: Path = []): Generator<Path> {
  if (Array.isArray(value)) for (const [i, item] of value.slice(0, RECORDS).entries()) yield* pathsIn(item, [...at, i]);
  else if (typeof value === "object" && value !== null) {
    for (const [name, inner] of Object.entries(value)) yield* pathsIn(inner, [...at, name]);
  } else if (typeof at.at(-1) === "string") yield at;
}

const with_ = (reply: Reply, path: Path, value: unknown): Reply => ({
  ...reply,
  body: put(reply.body, path, value) as Reply["body"],
});

function put(into: unknown, [name, ...rest]: Path, value: unknown): unknown {
  if (name === undefined) return value;
  if (Array.isArray(into)) return into.map((item, i) => (i === name ? put(item, rest, value) : item));
  const { [name]: inner, ...others } = into as Record<string | number, unknown>;
  if (rest.length === 0 && value === undefined) return others;
  return { ...others, [name]: put(inner, rest, value) };
}

/** Leaves by path; texts of faults are left to the tables that have them. */
function flat(value: unknown, at = "", leaves: Map<string, unknown> = new Map()): Map<string, unknown> {
  if (typeof value === "object" && value !== null) {
    for (const [name, inner] of Object.entries(value))
      if (!/^(?:text|advice)/.test(name)) flat(inner, at === "" ? name : `${at}.${name}`, leaves);
  } else leaves.set(at, value ?? null);
  return leaves;
}

function differences(before: Map<string, unknown>, after: Map<string, unknown>): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const name of new Set([...before.keys(), ...after.keys()])) {
    const now = after.get(name) ?? null;
    if ((before.get(name) ?? null) !== now) found[name] = now;
  }
  const names = Object.keys(found);
  if (names.length <= MOST_CHANGES) return found;
  return Object.fromEntries([
    ...names.slice(0, MOST_CHANGES).map((name) => [name, found[name]]),
    ["and others", names.length - MOST_CHANGES],
  ]);
}
