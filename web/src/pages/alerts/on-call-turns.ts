import type { OnCall } from "@banksman/wire/api";

const DAY_MS = 86_400_000;

export type Turn = { name: string; from: number; to: number; isOverride: boolean; isNow: boolean };

/** The turns of an order from the one under way on, over `days` days; somebody else's hours stand in between. */
export function turnsOf(
  order: Pick<OnCall, "people" | "turn_days" | "starts_at" | "overrides">,
  now: number,
  days: number,
): Turn[] {
  const length = order.turn_days * DAY_MS;
  const begin = Date.parse(order.starts_at);
  const first = Math.max(0, Math.floor((now - begin) / length));
  const end = now + days * DAY_MS;
  const turns: Turn[] = [];
  for (let turn = first; begin + turn * length < end && order.people.length > 0; turn += 1) {
    const person = order.people[turn % order.people.length];
    const from = begin + turn * length;
    if (person) turns.push({ name: person.name, from, to: from + length, isOverride: false, isNow: false });
  }
  const overrides = order.overrides
    .map(({ name, from, to }) => ({ name, from: Date.parse(from), to: Date.parse(to), isOverride: true, isNow: false }))
    .filter(({ from, to }) => to > now && from < end);
  const all = [...turns, ...overrides].toSorted((a, b) => a.from - b.from);
  const over = overrides.find(({ from, to }) => from <= now && now < to);
  return all.map((turn) => ({
    ...turn,
    isNow: over ? turn.from === over.from && turn.isOverride : turn.from <= now && now < turn.to,
  }));
}
