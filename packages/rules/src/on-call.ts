import type { OnCallFields, OnCallPerson } from "@banksman/wire/api";

const DAY_MS = 86_400_000;

/** Place of the person whose turn it is; before the first turn it is the first person's. */
function turnAt({ starts_at, turn_days, people }: OnCallFields, atMs: number): number {
  const turns = Math.floor((atMs - Date.parse(starts_at)) / (turn_days * DAY_MS));
  return ((Math.max(0, turns) % people.length) + people.length) % people.length;
}

const overrideAt = ({ overrides }: OnCallFields, atMs: number): string | undefined =>
  overrides.find(({ from, to }) => Date.parse(from) <= atMs && atMs < Date.parse(to))?.name;

/**
 * Who is on call at a moment. `place` 1 is the next of the order, and so on; somebody who stands in for the first takes
 * that place alone.
 */
export function onCallAt(order: OnCallFields, atMs: number, place = 0): OnCallPerson | null {
  const standIn = place === 0 ? overrideAt(order, atMs) : undefined;
  if (standIn !== undefined) {
    const known = order.people.find(({ name }) => name === standIn);
    if (known) return known;
  }
  return order.people[(turnAt(order, atMs) + place) % order.people.length] ?? null;
}

/** Who takes over next, and when. */
export function nextOnCall(order: OnCallFields, atMs: number): { name: string; at: string } | null {
  const start = Date.parse(order.starts_at);
  const length = order.turn_days * DAY_MS;
  const at = atMs < start ? start : start + (Math.floor((atMs - start) / length) + 1) * length;
  const person = order.people[turnAt(order, at)];
  return person ? { name: person.name, at: new Date(at).toISOString() } : null;
}
