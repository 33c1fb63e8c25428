import type { Board } from "@banksman/wire/model";

/** One chip as it is drawn: its temperature where the device tells it, and whether it answers. */
export type ChipCell = { state: "good" | "bad" | "silent"; celsius: number | null };

const states: Record<string, ChipCell["state"]> = { o: "good", x: "bad", "-": "silent" };

/**
 * A board's chips in the device's order. The map says how each does, temperatures colour them when there is one a chip;
 * without a map the counts alone are drawn. Boards that say nothing of chips give an empty list.
 */
export function chipCells(board: Board): ChipCell[] {
  const letters = [...(board.chip_map ?? "")].flatMap((letter) => states[letter] ?? []);
  const count = letters.length > 0 ? letters.length : Math.max(board.chips_expected ?? 0, board.chips ?? 0);
  const temperatures = board.temperature_chips ?? [];
  const oneEach = temperatures.length === count;
  const answering = board.chips ?? count;
  return Array.from({ length: count }, (_, index) => ({
    state: letters[index] ?? (index < answering ? "good" : "silent"),
    celsius: oneEach ? (temperatures[index] ?? null) : null,
  }));
}

const FEWEST_COLUMNS = 18;
const MOST_COLUMNS = 32;

/** A number of columns that leaves no ragged last row where there is one. */
export function chipColumns(count: number): number {
  for (let columns = MOST_COLUMNS; columns >= FEWEST_COLUMNS; columns -= 1) if (count % columns === 0) return columns;
  return Math.min(count, 27);
}
