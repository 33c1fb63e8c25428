import { readFileSync } from "node:fs";
import { relative } from "node:path";
import type { Mutant } from "./mutants.ts";

const FILE = new URL("known-mutants.txt", import.meta.url);
const SOURCES = new URL("..", import.meta.url).pathname;

/** A mistake by its place and kind; lines move, so that they don't count. */
export const nameOf = ({ file, kind, from, to }: Mutant): string =>
  `${relative(SOURCES, file)} ${kind} ${from} -> ${to}`;

/**
 * Mistakes that no recorded device shows: spellings and units of answers that nobody has recorded yet, and rules that
 * another one covers. A case that shows one takes it off the list.
 */
export const knownMutants = (): ReadonlySet<string> => new Set(readFileSync(FILE, "utf8").split("\n").filter(Boolean));
