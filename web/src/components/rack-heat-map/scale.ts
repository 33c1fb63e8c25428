import type { RackCell } from "@banksman/wire/api";
import { shareOf } from "../../format/format.ts";
import { type ThemeMode, tokens } from "../../theme/tokens.ts";

export const HEAT_MODES = ["hashrate", "temperature", "status"] as const;
export type HeatMode = (typeof HEAT_MODES)[number];

/** Limits of a colour scale: fixed, since a scale that follows its data hides a hot hall. */
export type Limits = { low: number; high: number };

/** Wide enough to tell a miner without one of three boards from one that hardly hashes. */
export const NAMEPLATE_LIMITS: Limits = { low: 0.5, high: 1.5 };
const AIR_LIMITS: Limits = { low: 60, high: 90 };
const WATER_LIMITS: Limits = { low: 40, high: 75 };

/** Chip-temperature limits by model: water-cooled ones run cooler. */
export const temperatureLimits = (model: string | null): Limits =>
  /hyd|hydro|\bM[356][36]S?\b/i.test(model ?? "") ? WATER_LIMITS : AIR_LIMITS;

/** The step of a scale that a value falls on; what lies outside takes the end's colour. */
export function stepOf(value: number, { low, high }: Limits, steps: number): number {
  const step = Math.floor(((value - low) / (high - low)) * steps);
  return Math.max(0, Math.min(steps - 1, step));
}

const at = (colours: readonly string[], index: number) => colours[index] ?? "";

/** How a cell is filled: a colour, or null for no data, which is hatched. */
export function fillOf(cell: RackCell, mode: HeatMode, theme: ThemeMode): string | null {
  const { data, status } = tokens[theme];
  if (mode === "status") return cell.health === "hashing" ? (data.sequential[0] ?? null) : status[cell.health].mark;
  if (cell.health === "unreachable") return null;
  // Asleep on purpose is no shortfall: a calm cell with its outline.
  if (cell.health === "asleep") return data.gap;
  if (mode === "hashrate") {
    const share = shareOf(cell.hashrate_ghs, cell.expected_hashrate_ghs);
    return share === null ? null : at(data.diverging, stepOf(share, NAMEPLATE_LIMITS, data.diverging.length));
  }
  if (cell.temperature_max === null) return null;
  return at(data.sequential, stepOf(cell.temperature_max, temperatureLimits(cell.model), data.sequential.length));
}

/** The statuses that stay visible as an outline whatever the cell's colour tells. */
export const isOutlined = (cell: RackCell): boolean => cell.health === "unreachable" || cell.health === "asleep";
