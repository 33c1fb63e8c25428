import { colour, type ThemeMode, tokens } from "../../theme/tokens.ts";
import { cornerOf, type MapLayout, type PlacedCell, type RackBox } from "./layout.ts";
import { fillOf, type HeatMode, isOutlined } from "./scale.ts";

export type Painting = {
  layout: MapLayout;
  mode: HeatMode;
  theme: ThemeMode;
  noRack: string;
  selectedId: string | null;
  activeId: string | null;
};

/** Paints the whole map; 5,000 cells take a few milliseconds. */
export function paintMap(canvas: HTMLCanvasElement, painting: Painting): void {
  const { layout } = painting;
  const ratio = window.devicePixelRatio || 1;
  const context = canvas.getContext("2d");
  if (context === null) return;
  canvas.width = Math.ceil(layout.width * ratio);
  canvas.height = Math.ceil(layout.height * ratio);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, layout.width, layout.height);
  const hatch = hatchPattern(context, painting.theme);
  for (const box of layout.boxes) paintRack(context, box, painting, hatch);
}

function paintRack(
  context: CanvasRenderingContext2D,
  box: RackBox,
  painting: Painting,
  hatch: CanvasPattern | string,
): void {
  const { theme, layout } = painting;
  context.font = `11px ${tokens.font.family}`;
  context.fillStyle = colour("text.muted", theme);
  context.textBaseline = "top";
  context.fillText(box.rack.name ?? painting.noRack, box.x, box.y, Math.max(box.width, 60));
  paintEmptySlots(context, box, painting);
  for (const placed of box.rack.cells) {
    const { x, y } = cornerOf(box, placed.column, placed.row, layout);
    paintCell(context, placed, x, y, painting, hatch);
  }
}

function paintEmptySlots(context: CanvasRenderingContext2D, box: RackBox, { layout, theme }: Painting): void {
  const { rack } = box;
  if (rack.cells.length === rack.columns * rack.rows) return;
  const taken = new Set(rack.cells.map((one) => one.row * rack.columns + one.column));
  context.strokeStyle = colour("data.empty", theme);
  context.lineWidth = 1;
  for (let slot = 0; slot < rack.columns * rack.rows; slot += 1) {
    if (taken.has(slot)) continue;
    const { x, y } = cornerOf(box, slot % rack.columns, Math.floor(slot / rack.columns), layout);
    context.strokeRect(x + 0.5, y + 0.5, layout.cell - 1, layout.cell - 1);
  }
}

function paintCell(
  context: CanvasRenderingContext2D,
  placed: PlacedCell,
  x: number,
  y: number,
  painting: Painting,
  hatch: CanvasPattern | string,
): void {
  const { mode, theme, layout } = painting;
  const { cell } = placed;
  const size = layout.cell;
  context.fillStyle = fillOf(cell, mode, theme) ?? hatch;
  context.beginPath();
  context.roundRect(x, y, size, size, size >= 10 ? tokens.radius.cell : 1);
  context.fill();
  if (isOutlined(cell)) outline(context, x, y, size, colour(`status.${cell.health}.mark`, theme), size >= 10 ? 1.5 : 1);
  if (mode !== "status" && cell.health === "asleep") dot(context, x, y, size, colour("status.asleep.mark", theme));
  if (mode === "status" && size >= 12 && cell.health !== "hashing") paintLetter(context, placed, x, y, painting);
  if (cell.miner_id === painting.selectedId || cell.miner_id === painting.activeId)
    outline(context, x - 1, y - 1, size + 2, colour("accent.solid", theme), 2);
}

/** In the colours of statuses a letter tells them apart in black and white. */
function paintLetter(
  context: CanvasRenderingContext2D,
  { cell }: PlacedCell,
  x: number,
  y: number,
  { layout, theme }: Painting,
): void {
  context.font = `600 ${Math.round(layout.cell * 0.66)}px ${tokens.font.family}`;
  context.fillStyle = colour("surface.panel", theme);
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(tokens.status[cell.health].letter, x + layout.cell / 2, y + layout.cell / 2 + 0.5);
  context.textAlign = "left";
}

function outline(
  context: CanvasRenderingContext2D,
  x: number,
  y: number,
  size: number,
  stroke: string,
  width: number,
): void {
  context.strokeStyle = stroke;
  context.lineWidth = width;
  context.strokeRect(x + width / 2, y + width / 2, size - width, size - width);
}

/** Tells a sleeping miner from an empty position, which is an outline too. */
function dot(context: CanvasRenderingContext2D, x: number, y: number, size: number, fill: string): void {
  context.fillStyle = fill;
  context.beginPath();
  context.arc(x + size / 2, y + size / 2, Math.max(1, size / 6), 0, 2 * Math.PI);
  context.fill();
}

/** Diagonal lines for what has no data; a plain colour where patterns can't be made. */
function hatchPattern(context: CanvasRenderingContext2D, theme: ThemeMode): CanvasPattern | string {
  const tile = document.createElement("canvas");
  tile.width = 4;
  tile.height = 4;
  const pen = tile.getContext("2d");
  if (pen === null) return colour("data.gap", theme);
  pen.strokeStyle = colour("data.hatch", theme);
  pen.lineWidth = 1;
  pen.beginPath();
  for (const shift of [-4, 0, 4]) {
    pen.moveTo(shift, 4);
    pen.lineTo(shift + 4, 0);
  }
  pen.stroke();
  return context.createPattern(tile, "repeat") ?? colour("data.gap", theme);
}
