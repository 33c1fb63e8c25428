import { randomUUID } from "node:crypto";
import fc from "fast-check";
import type pg from "pg";
import { HOUR, iso, known, MINUTE, mean, type ReportWorld, storeOrder } from "./report-world.ts";

/** What slow reckonings of reports have in common, in plain words over single readings. */
const SLOT = 5 * MINUTE;

/** Whose a miner is, from when until when. */
export type Owned = { customer: string; from: number; to: number | null };
type Moves = readonly (readonly [hour: number, customer: string | null])[];

/** Hours from a period's begin, from before it to after its end, at which a miner changes hands, and whose it is from then on. */
export const movesIn = (hours: number): fc.Arbitrary<Moves> =>
  fc
    .uniqueArray(fc.tuple(fc.integer({ min: -5, max: hours + 5 }), fc.constantFrom("acme", "other", null)), {
      selector: ([at]) => at,
      maxLength: 4,
    })
    .map((list) => list.toSorted(([a], [b]) => a - b));

export const ownedFrom = (begin: number, moves: Moves): Owned[] =>
  moves.flatMap(([at, customer], n) => {
    const next = moves[n + 1]?.[0];
    const to = next === undefined ? null : begin + next * HOUR;
    return customer === null ? [] : [{ customer, from: begin + at * HOUR, to }];
  });

/** When a miner is acme's within a period. */
export const partsOf = (owned: readonly Owned[], from: number, to: number): { from: number; to: number }[] =>
  owned
    .filter(({ customer }) => customer === "acme")
    .map((one) => ({ from: Math.max(one.from, from), to: Math.min(one.to ?? to, to) }))
    .filter((one) => one.from < one.to);

/** The time for which a miner is acme's at a moment; nothing where it is not. */
export const partAt = (owned: readonly Owned[], at: number): Owned | null =>
  owned.find((one) => one.customer === "acme" && at >= one.from && at < (one.to ?? Number.POSITIVE_INFINITY)) ?? null;

export async function storeOwned(pool: pg.Pool, siteNo: number, minerNo: number, owned: readonly Owned[]) {
  for (const { customer, from, to } of owned)
    await pool.query(
      "insert into customer_miners (customer_id, site_no, miner_no, valid_from, valid_to) values ($1, $2, $3, $4, $5)",
      [customer, siteNo, minerNo, iso(from), to === null ? null : iso(to)],
    );
}

/** Readings with the minutes that each stands for: each five minutes with a reading, shared alike among their readings. */
export const piecesOf = <R extends { at: number }>(readings: readonly R[]): (R & { minutes: number })[] =>
  [...Map.groupBy(readings, ({ at }) => Math.floor(at / SLOT)).values()].flatMap((list) =>
    list.map((one) => ({ ...one, minutes: 5 / list.length })),
  );

/** Stretches of hours in each of which more than ten minutes were not told. */
export function gapsIn(readings: readonly { at: number }[], from: number, to: number): [number, number][] {
  const told = new Set(readings.map(({ at }) => Math.floor(at / SLOT)));
  const gaps: [number, number][] = [];
  for (let at = from; at < to; at += HOUR) {
    const slots = Array.from({ length: 12 }, (_, n) => at / SLOT + n).filter((slot) => told.has(slot));
    if (slots.length >= 10) continue;
    const last = gaps.at(-1);
    if (last?.[1] === at) last[1] = at + HOUR;
    else gaps.push([at, at + HOUR]);
  }
  return gaps;
}

type Told = {
  online: boolean;
  ghs: number | null;
  chip: number | null;
  board: number | null;
  accepted: number;
  rejected: number;
};

/** What a miner lost in an hour, GH/s, and why: reading by reading. */
export function lostIn(plate: number | null, readings: readonly Told[]): { cause: string; ghs: number }[] {
  if (plate === null) return [];
  const away = readings.filter(({ online }) => !online).length / readings.length;
  const offline = { cause: "Offline", ghs: plate * away };
  const ghs = mean(readings.map((one) => one.ghs));
  if (ghs === null) return [offline];
  const reached = (values: readonly (number | null)[], limit: number) => known(values).some((value) => value >= limit);
  const isHot =
    reached(
      readings.map(({ chip }) => chip),
      95,
    ) ||
    reached(
      readings.map(({ board }) => board),
      85,
    );
  const why = ghs < 0.05 * plate ? "Standing still" : "Below nameplate";
  const rise = (values: readonly number[]) => Math.max(...values) - Math.min(...values);
  const [good, bad] = [rise(readings.map(({ accepted }) => accepted)), rise(readings.map(({ rejected }) => rejected))];
  return [
    offline,
    { cause: isHot ? "Heat" : why, ghs: Math.max(0, plate - ghs) * (1 - away) },
    { cause: "Rejected by the pool", ghs: good + bad === 0 ? 0 : (ghs * (1 - away) * bad) / (good + bad) },
  ];
}

/** A command to a miner: when it left, and when it was over; null while it goes on. */
export type Ordered = { name: string; state: string; sent: number; ended: number | null };
/** Maybe one around an event. */
export const orderAround = fc.option(
  fc.record({
    name: fc.constantFrom("reboot", "restart_hashing", "mode_set", "power_target", "pools_set", "locate", "raw"),
    state: fc.constantFrom("succeeded", "failed", "unknown", "refused", "expired"),
    secondsBefore: fc.integer({ min: -180, max: 1_800 }),
    took: fc.integer({ min: 0, max: 15 }),
  }),
);
type Around = { at: number; order: typeof orderAround extends fc.Arbitrary<infer T> ? T : never };

export const orderedAt = (events: readonly Around[]): Ordered[] =>
  events.flatMap(({ at, order }) => {
    if (order === null) return [];
    const { name, state, secondsBefore, took } = order;
    const sent = at - secondsBefore * 1_000;
    return [{ name, state, sent, ended: sent + took * MINUTE }];
  });

export async function storeOrdered(
  world: Pick<ReportWorld, "pool">,
  { siteNo, miner }: { siteNo: number | undefined; miner: string },
  ordered: readonly Ordered[],
): Promise<void> {
  for (const { name, state, sent, ended } of ordered) {
    const order = await storeOrder(world, { siteNo, name, at: sent });
    await world.pool.query(
      `insert into commands (command_id, order_id, site_no, miner_id, name, step, state, sent_at, ended_at)
       values ($1, $2, $3, $4, $5, 0, $6, $7, $8)`,
      [randomUUID(), order, siteNo, miner, name, state, iso(sent), ended === null ? null : iso(ended)],
    );
  }
}

const DOWN = ["unreachable", "notHashing"];
const HARMLESS = ["locate", "raw"];
const NEVER_DONE = ["refused", "expired"];
type Change = { at: number; before: string; after: string };

/**
 * Whether a change of health is a failure: by itself, and not by an order or within ten minutes after it. The edge that
 * dates the change may have a clock half a minute behind the one that dates the order.
 */
export const isFailure = ({ at, before, after }: Change, ordered: readonly Ordered[]): boolean =>
  DOWN.includes(after) &&
  ![...DOWN, "asleep", "maintenance"].includes(before) &&
  !ordered
    .filter(({ name, state }) => !HARMLESS.includes(name) && !NEVER_DONE.includes(state))
    .some(({ sent, ended }) => at + MINUTE / 2 >= sent && (ended === null || at < ended + 10 * MINUTE));

/** Offline hours a failure; unknown where nothing was told, or miners were back within a minute. */
export const hoursToRepair = (offline: number, told: number, failures: number): number | null =>
  failures === 0 || told === 0 || offline < failures ? null : offline / 60 / failures;
