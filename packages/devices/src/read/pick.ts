import { type Fields, isRecord } from "../decode/reply.ts";

/** The record at a path of members; undefined where anything on the way is missing or of another shape. */
export function at(fields: unknown, ...path: string[]): Fields | undefined {
  let here: unknown = fields;
  for (const member of path) here = isRecord(here) ? here[member] : undefined;
  return isRecord(here) ? here : undefined;
}

/** The records of a list; none where there is no list. */
export const listOf = (raw: unknown): Fields[] => (Array.isArray(raw) ? raw.filter(isRecord) : []);

/** A figure that isn't 0, since in its place 0 says "not known". */
export const positive = <T extends number>(value: T | null): T | null => (value !== null && value > 0 ? value : null);

/** The list itself, or null where it is empty. */
export const nonEmpty = <T>(list: readonly T[]): T[] | null => (list.length > 0 ? [...list] : null);
