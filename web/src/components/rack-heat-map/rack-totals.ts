import type { RackCell } from "@banksman/wire/api";
import { shareOf } from "../../format/format.ts";
import type { HeatMode } from "./scale.ts";

/** A rack in one line: how far below its nameplate, or how hot. */
export type RackTotal = {
  rack: string;
  miners: number;
  unreachable: number;
  share: number | null;
  hottest: number | null;
};

const sumOf = (cells: readonly RackCell[], pick: (cell: RackCell) => number | null) => {
  const known = cells.map(pick).filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0);
};

function totalOf(rack: string, cells: readonly RackCell[]): RackTotal {
  const heats = cells.map((cell) => cell.temperature_max).filter((value) => value !== null);
  return {
    rack,
    miners: cells.length,
    unreachable: cells.filter((cell) => cell.health === "unreachable").length,
    share: shareOf(
      sumOf(cells, (cell) => cell.hashrate_ghs),
      sumOf(cells, (cell) => cell.expected_hashrate_ghs),
    ),
    hottest: heats.length === 0 ? null : Math.max(...heats),
  };
}

/** The racks that need a look first: the hottest, or those furthest below their nameplate. */
export function worstRacks(cells: readonly RackCell[], mode: HeatMode, count: number): RackTotal[] {
  const groups = Map.groupBy(cells, (cell) => cell.rack);
  const totals = [...groups].flatMap(([rack, members]) => (rack === null ? [] : [totalOf(rack, members)]));
  // A rack whose miners are all unreachable has no share, and needs a look before any other.
  const badness = (total: RackTotal) =>
    mode === "temperature" ? (total.hottest ?? 0) : 1 - (total.share ?? (total.unreachable > 0 ? 0 : 1));
  return totals.toSorted((a, b) => badness(b) - badness(a)).slice(0, count);
}
