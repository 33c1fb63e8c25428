import type { Board, Fault, Gigahashes, Pool } from "@banksman/wire/model";
import { gigahashes, megahashes } from "@banksman/wire/model";
import type { Answers } from "../answers.ts";
import type { Fields } from "../decode/reply.ts";
import { boardMissing, chipsBad, fanStopped } from "../faults/fault.ts";
import { type Nameplate, nameplateOf } from "../models/nameplate.ts";
import type { Notes } from "../notes.ts";
import { type HashrateUnit, hashrate, namedHashrate, namedUnit } from "../read/hashrate.ts";
import { amount, count, greatest, mean, sum } from "../read/number.ts";
import { positive } from "../read/pick.ts";
import { firstLine, text } from "../read/text.ts";
import { newBoards, oldBoards, readFans, withLostBoards } from "./antminer-boards.ts";
import { readPools } from "./pools.ts";

/** What the bmminer API of Bitmain's machines tells, in either of its shapes; aftermarket firmwares kept the old one. */
export type AntminerView = {
  model: string | null;
  firmware: string | null;
  plate: Nameplate | null;
  summary: Fields | undefined;
  /** The data record of the old shape, and of the new one; either may be missing. */
  old: Fields | undefined;
  fresh: Fields | undefined;
  /** The new shape with an empty list: the machine is in its sleep mode. */
  emptyStats: boolean;
  rate5s: Gigahashes | null;
  rateAverage: Gigahashes | null;
  rateIdeal: Gigahashes | null;
  elapsed: number | null;
  boards: Board[];
  /** True when the answers name boards at all, be it with 0 chips. */
  tellsBoards: boolean;
  fans: number[] | null;
  pools: Pool[];
  devices: readonly Fields[];
};

/** Machines that compute scrypt or X11 and label their MH/s as GHS. */
const LABELS_MEGAHASHES_AS_GHS = /\b(?:L\d\+*|D3|X3)\b/;
/** Machines of algorithms whose "rate" counts solutions, not hashes. */
const COUNTS_SOLUTIONS = /\bZ\d+/;

export function antminerView(answers: Answers, notes: Notes): AntminerView {
  const version = answers.first("version", "VERSION");
  const stats = [...answers.all("stats", "STATS")];
  const head = stats.find((one) => "Type" in one || "CompileTime" in one);
  const info = infoOf(answers);
  const old = stats.find((one) => !isNewShape(one) && one !== head) ?? stats.find((one) => "GHS 5s" in one);
  const fresh = stats.find(isNewShape) ?? answers.all("stats~new_api", "STATS").find(isNewShape);
  const model = firstLine(version?.Type ?? head?.Type ?? info?.type);
  const plate = nameplateOf("Antminer", model);
  const unit = unitOf(model, old, fresh, notes);
  const machine = { unit, hydro: /\bhyd/i.test(model ?? "") };
  const summary = answers.first("summary", "SUMMARY");
  const rates = [summary, old];
  const boards = old ? oldBoards(old, machine) : [];
  const listed =
    boards.length > 0 ? withLostBoards(boards, plate?.boards ?? null) : fresh ? newBoards(fresh, machine) : [];
  return {
    model,
    firmware:
      text(version?.CompileTime ?? head?.CompileTime ?? info?.CompileTime) ??
      text(version?.Miner ?? info?.miner_version),
    plate,
    summary,
    old,
    fresh,
    emptyStats: isEmptyStats(answers),
    rate5s:
      namedHashrate(old, ["MHS(30s)"]) ??
      firstRate(rates, ["GHS 5s", "MHS 5s"], unit) ??
      hashrate(fresh?.rate_5s, unit),
    rateAverage:
      namedHashrate(old, ["MHS(Avg)"]) ??
      firstRate(rates, ["GHS av", "MHS av"], unit) ??
      hashrate(fresh?.rate_avg, unit),
    rateIdeal: positive(hashrate(old?.total_rateideal ?? fresh?.rate_ideal, unit)),
    elapsed: amount(summary?.Elapsed) ?? amount(old?.Elapsed) ?? amount(fresh?.elapsed),
    boards: listed.map((board) => ({ ...board, chips_expected: plate?.chipsPerBoard ?? null })),
    tellsBoards: listed.length > 0 || (old !== undefined && "chain_acn1" in old),
    fans: fansOf(old, fresh, plate),
    pools: readPools(answers.all("pools", "POOLS")),
    devices: answers.all("devs", "DEVS"),
  };
}

export const isNewShape = (stats: Fields) => "chain" in stats || "rate_5s" in stats;

const infoOf = (answers: Answers): Fields | undefined => {
  for (const command of ["stats", "stats~new_api", "summary"]) {
    const info = answers.get(command)?.body.INFO;
    if (typeof info === "object" && info !== null) return { ...info };
  }
  return undefined;
};

function isEmptyStats(answers: Answers): boolean {
  const body = answers.get("stats")?.body;
  return body !== undefined && "INFO" in body && Array.isArray(body.STATS) && body.STATS.length === 0;
}

/** The unit of figures labelled GHS: what the machine names, else by its algorithm, which its model tells. */
function unitOf(model: string | null, old: Fields | undefined, fresh: Fields | undefined, notes: Notes): HashrateUnit {
  const named = fresh?.rate_unit ?? old?.rate_unit;
  const unit = namedUnit(named);
  if (unit) return unit;
  if (text(named) !== null || COUNTS_SOLUTIONS.test(model ?? "")) {
    notes.warn("unit_unknown", `the rate is in ${text(named) ?? "solutions"}, which is no hashrate`);
    return () => gigahashes(Number.NaN);
  }
  if (old && "MHS 5s" in old && !("GHS 5s" in old)) return megahashes;
  return LABELS_MEGAHASHES_AS_GHS.test(model ?? "") ? megahashes : gigahashes;
}

/** `MHS` keeps the unit of its name; `GHS` is what the machine takes it for. */
function firstRate(
  sources: readonly (Fields | undefined)[],
  keys: readonly string[],
  ghs: HashrateUnit,
): Gigahashes | null {
  for (const source of sources) {
    for (const key of keys) {
      const rate = namedHashrate(source, [key], key.startsWith("GHS") ? ghs : undefined);
      if (rate !== null) return rate;
    }
  }
  return null;
}

/** A `fan_num` above this counts slots, not fans (S7: 6 slots for 2 fans). */
const MOST_FANS = 4;

function fansOf(old: Fields | undefined, fresh: Fields | undefined, plate: Nameplate | null): number[] | null {
  const declared = count(old?.fan_num ?? fresh?.fan_num);
  const expected = plate?.fans ?? (declared !== null && declared <= MOST_FANS ? declared : null);
  if (fresh && Array.isArray(fresh.fan)) {
    const listed = fresh.fan.map(amount).filter((speed) => speed !== null);
    return declared === 0 ? listed.filter((speed) => speed > 0) : listed;
  }
  if (!old) return null;
  return readFans(
    Array.from({ length: 16 }, (_, i) => amount(old[`fan${i + 1}`])),
    expected,
  );
}

/** The mean clock of the boards, as the machine sums it up or as its boards tell it. */
export function frequencyOf({ old, boards }: AntminerView): number | null {
  const total = amount(old?.total_freqavg);
  if (total !== null && total > 0) return total;
  return (
    mean(boards.map((board) => board.frequency).filter((mhz) => mhz != null && mhz > 0)) ??
    positiveAmount(old?.frequency)
  );
}

const positiveAmount = (raw: unknown): number | null => positive(amount(raw));

/** Watts, where the firmware tells them under one of its names. 0 is no figure: the fans alone draw some. */
export function powerOf({ old, fresh }: AntminerView): number | null {
  for (const [source, key] of POWER_KEYS) {
    const value = positiveAmount((source === "old" ? old : fresh)?.[key]);
    if (value !== null) return value;
  }
  return old ? positiveAmount(sum([1, 2, 3, 4].map((slot) => amount(old[`chain_power${slot}`])))) : null;
}

const POWER_KEYS = [
  ["old", "total_power"],
  ["old", "chain_power"],
  ["old", "power"],
  ["old", "Power"],
  ["fresh", "power"],
  ["fresh", "Power"],
  ["fresh", "watt"],
  ["old", "watt"],
] as const;

/** What the answers say of broken parts: lost boards, dead chips, fans that stand still. */
export function faultsOf(view: AntminerView, hashing: boolean): Fault[] {
  // A stopped machine marks every chip x and turns no fan.
  if (!hashing) return [];
  const boards = view.boards.flatMap(({ slot, chips, chips_bad: bad }) => {
    if (chips === 0) return [boardMissing(slot)];
    return bad != null && bad > 0 ? [chipsBad(slot, bad)] : [];
  });
  const fans = view.fans?.flatMap((speed, i) => (speed === 0 ? [fanStopped(i + 1)] : [])) ?? [];
  return [...boards, ...fans];
}

/** The hottest chip, or null. */
export const hottestChip = (boards: readonly Board[]): number | null =>
  greatest(boards.flatMap((board) => board.temperature_chips ?? []));
