import type { RackCell } from "@banksman/wire/api";
import { parseSlot } from "./position.ts";

/** A cell on its rack's grid; column from the left, row from the bottom, both from 0. */
export type PlacedCell = { cell: RackCell; column: number; row: number };
/** One rack as a grid of slots; `name` is null for miners without a rack. */
export type Rack = { name: string | null; columns: number; rows: number; cells: readonly PlacedCell[] };

const natural = new Intl.Collator("en", { numeric: true });
const LOOSE_COLUMNS = 10;

/** The racks of a site in the order of their names, those without one last. */
export function racksOf(cells: readonly RackCell[]): Rack[] {
  const groups = Map.groupBy(cells, (cell) => cell.rack);
  const names = [...groups.keys()].toSorted((a, b) => (a === null ? 1 : b === null ? -1 : natural.compare(a, b)));
  return names.map((name) => placeRack(name, groups.get(name) ?? []));
}

function placeRack(name: string | null, cells: readonly RackCell[]): Rack {
  const slots = cells.map((cell) => parseSlot(cell.position));
  const taken = new Set(slots.map((slot) => slot && `${slot.level}:${slot.number}`));
  // Two miners said to stand in one slot, or one without a slot: the names' order is then all there is to go by.
  if (taken.has(null) || taken.size < cells.length) return placeInOrder(name, cells);
  const placed = cells.flatMap((cell, index) => {
    const slot = slots[index];
    return slot ? [{ cell, column: slot.number - 1, row: slot.level - 1 }] : [];
  });
  const columns = Math.max(...placed.map((one) => one.column)) + 1;
  const rows = Math.max(...placed.map((one) => one.row)) + 1;
  return { name, columns, rows, cells: placed };
}

function placeInOrder(name: string | null, cells: readonly RackCell[]): Rack {
  const columns = name === null ? 2 * LOOSE_COLUMNS : LOOSE_COLUMNS;
  const sorted = cells.toSorted((a, b) => natural.compare(a.position ?? a.miner_id, b.position ?? b.miner_id));
  const placed = sorted.map((cell, index) => ({ cell, column: index % columns, row: Math.floor(index / columns) }));
  return { name, columns: Math.min(columns, cells.length), rows: Math.ceil(cells.length / columns), cells: placed };
}

/** A rack's place on the canvas in CSS pixels; cells start below its label. */
export type RackBox = { rack: Rack; x: number; y: number; width: number; height: number };
export type MapLayout = { boxes: readonly RackBox[]; cell: number; gap: number; width: number; height: number };

export const LABEL_PX = 16;
const RACK_GAP_PX = 10;
const SMALL_RACK_GAP_PX = 5;

/** Places racks from left to right and wraps them within `width`, with cells of a given size. */
export function layoutMap(racks: readonly Rack[], width: number, cell: number): MapLayout {
  const gap = cell >= 10 ? 2 : 1;
  const rackGap = cell >= 10 ? RACK_GAP_PX : SMALL_RACK_GAP_PX;
  const boxes: RackBox[] = [];
  let [x, y, lineHeight] = [0, 0, 0];
  for (const rack of racks) {
    const boxWidth = Math.max(rack.columns * (cell + gap) - gap, 28);
    const boxHeight = LABEL_PX + rack.rows * (cell + gap) - gap;
    if (x > 0 && x + boxWidth > width) {
      x = 0;
      y += lineHeight + rackGap;
      lineHeight = 0;
    }
    boxes.push({ rack, x, y, width: boxWidth, height: boxHeight });
    x += boxWidth + rackGap;
    lineHeight = Math.max(lineHeight, boxHeight);
  }
  const widest = Math.max(0, ...boxes.map((box) => box.x + box.width));
  return { boxes, cell, gap, width: widest, height: y + lineHeight };
}

/** The layout with the largest cells that fit into a space, never smaller than `smallest`. */
export function fitMap(
  racks: readonly Rack[],
  space: { width: number; height: number },
  smallest: number,
  largest: number,
): MapLayout {
  for (let cell = largest; cell > smallest; cell -= 1) {
    const layout = layoutMap(racks, space.width, cell);
    if (layout.height <= space.height && layout.width <= space.width) return layout;
  }
  return layoutMap(racks, space.width, smallest);
}

/** The top left corner of a cell; the origin of a rack is its bottom left. */
export function cornerOf(
  box: RackBox,
  column: number,
  row: number,
  { cell, gap }: MapLayout,
): { x: number; y: number } {
  const step = cell + gap;
  return { x: box.x + column * step, y: box.y + LABEL_PX + (box.rack.rows - 1 - row) * step };
}

/** The cell under a point of the map, or null. */
export function cellAt(layout: MapLayout, x: number, y: number): PlacedCell | null {
  const step = layout.cell + layout.gap;
  const box = layout.boxes.find(
    (one) =>
      x >= one.x && x < one.x + one.width + layout.gap && y >= one.y + LABEL_PX && y < one.y + one.height + layout.gap,
  );
  if (!box) return null;
  const column = Math.floor((x - box.x) / step);
  const row = box.rack.rows - 1 - Math.floor((y - box.y - LABEL_PX) / step);
  return box.rack.cells.find((one) => one.column === column && one.row === row) ?? null;
}

const DIRECTIONS: Record<string, { x: number; y: number }> = {
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
};

/** The cell that an arrow key leads to: the nearest one in its direction, also across racks; null for other keys. */
export function neighbour(layout: MapLayout, from: PlacedCell | null, key: string): PlacedCell | null {
  const direction = DIRECTIONS[key];
  if (!direction) return null;
  const all = layout.boxes.flatMap((box) =>
    box.rack.cells.map((placed) => ({ placed, at: cornerOf(box, placed.column, placed.row, layout) })),
  );
  const start = all.find(({ placed }) => placed.cell.miner_id === from?.cell.miner_id);
  if (!start) return all[0]?.placed ?? null;
  let best: { placed: PlacedCell; distance: number } | null = null;
  for (const { placed, at } of all) {
    const [dx, dy] = [at.x - start.at.x, at.y - start.at.y];
    const ahead = dx * direction.x + dy * direction.y;
    const aside = Math.abs(dx * direction.y) + Math.abs(dy * direction.x);
    // Stepping aside costs more than going far, so that a line of cells is walked to its end before it turns.
    const distance = ahead + 4 * aside;
    if (ahead > 0 && (best === null || distance < best.distance)) best = { placed, distance };
  }
  return best?.placed ?? start.placed;
}
