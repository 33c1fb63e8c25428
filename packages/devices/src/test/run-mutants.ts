import { globSync, readFileSync } from "node:fs";
import { registerHooks, stripTypeScriptTypes } from "node:module";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { complete } from "../complete.ts";
import { families } from "../families/index.ts";
import type { Family } from "../family.ts";
import { claimants, seenIn } from "../identify.ts";
import { Notes } from "../notes.ts";
import { FALLBACK } from "../poll.ts";
import { answersOf } from "./answers-of.ts";
import { type Capture, captures } from "./captures.ts";
import { compare } from "./compare.ts";
import { degraded, keptDegraded, printDegraded } from "./degraded.ts";
import { type Mutant, mutantsOf } from "./mutants.ts";

const ROOT = join(import.meta.dirname, "..");
const STRIPPED = new Map<string, string>();
/** Where answers are read: the drivers, what they share, and the rules for sensors. */
const DRIVERS = ["families/*.ts", "shapes/*.ts", "read/sensors.ts"];

/** All mistakes that can be made in the drivers, in a fixed order. */
export function allMutants(): Mutant[] {
  const members = new Set<string>();
  for (const one of cases) for (const [, reply] of one.answers.replies) collect(reply.body, members);
  const files = globSync(DRIVERS, { cwd: ROOT }).filter((file) => !/\.test\.ts$|index\.ts$/.test(file));
  const all = files.toSorted().flatMap((file) => mutantsOf(join(ROOT, file), members));
  // A mistake in a type alone isn't there once types are stripped.
  return all.filter(({ file, source }) => squeezed(stripTypeScriptTypes(source)) !== squeezed(strippedOf(file)));
}

const squeezed = (source: string): string => source.replace(/\s+/g, " ");

function collect(value: unknown, names: Set<string>): void {
  if (Array.isArray(value)) for (const item of value) collect(item, names);
  else if (typeof value === "object" && value !== null) {
    for (const [name, inner] of Object.entries(value)) {
      names.add(name);
      collect(inner, names);
    }
  }
}

/** True when the drivers, with the mistake made, still read every recorded device as it is expected. */
export async function survives(mutant: Mutant): Promise<boolean> {
  mutation = { ...mutant, source: stripTypeScriptTypes(mutant.source) };
  round++;
  try {
    const mutated: { families: readonly Family[] } = await import(`../families/index.ts?mutant=${round}`);
    return (
      cases.every((one) => reads(one, mutated.families)) &&
      keptFor(mutant).every((one) => degrades(one, mutated.families))
    );
  } catch {
    return false;
  }
}

type Case = Capture & { answers: ReturnType<typeof answersOf> };
let mutation: Mutant | null = null;
let round = 0;

/** Cases that can be read without a socket; the others need a device that answers in turn. */
const cases: Case[] = captures()
  .map((one) => ({ ...one, answers: answersOf(one) }))
  .filter((one) => reads(one, families));

/** The cases whose degraded answers are kept, the smallest first: most mistakes show in one of them. */
const kept = cases
  .map((one) => ({ ...one, degraded: keptDegraded(one.dir) ?? "" }))
  .toSorted((a, b) => a.degraded.length - b.degraded.length);

/** A driver's own file is only read for its own devices. */
function keptFor({ file }: Mutant) {
  const id = basename(file, ".ts");
  const own = kept.filter(({ expected }) => expected.driver === id);
  return own.length > 0 ? own : kept;
}

function degrades(one: (typeof kept)[number], among: readonly Family[]): boolean {
  const family = among.find((candidate) => candidate.id === one.expected.driver);
  return family !== undefined && printDegraded(degraded(one.answers, family)) === one.degraded;
}

function reads(one: Case, among: readonly Family[]): boolean {
  const family = among.find((candidate) => candidate.id === one.expected.driver);
  if (!family || !isRecognised(family, one, among)) return false;
  const notes = new Notes();
  const reading = { ...family.read(one.answers, notes), online: true, driver: family.id };
  complete(reading, notes);
  try {
    compare(reading, one.expected);
    return true;
  } catch {
    return false;
  }
}

/** The generic family takes what nobody claims. A device of a configured type isn't recognised but believed. */
function isRecognised(family: Family, { answers, recorded }: Case, among: readonly Family[]): boolean {
  if (recorded.behaviour.type !== undefined) return true;
  const seen = seenIn(answers);
  return family.id === FALLBACK ? claimants(among, seen).length === 0 : family.claims(seen);
}

/** A round's modules are its own: they carry its number, and one of them the mistake. */
registerHooks({
  resolve: (specifier, context, next) => {
    const resolved = next(specifier, context);
    const mark = /\?mutant=\d+$/.exec(context.parentURL ?? "")?.[0];
    return mark && specifier.startsWith(".") && resolved.url.endsWith(".ts")
      ? { ...resolved, url: resolved.url + mark }
      : resolved;
  },
  load: (url, context, next) => {
    if (!url.includes("?mutant=")) return next(url, context);
    const file = fileURLToPath(url.split("?")[0] ?? "");
    const source = file === mutation?.file ? mutation.source : strippedOf(file);
    return { format: "module", source, shortCircuit: true };
  },
});

function strippedOf(file: string): string {
  const known = STRIPPED.get(file);
  if (known !== undefined) return known;
  const stripped = stripTypeScriptTypes(readFileSync(file, "utf8"));
  STRIPPED.set(file, stripped);
  return stripped;
}
