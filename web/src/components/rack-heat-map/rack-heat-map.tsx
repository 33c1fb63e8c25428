import type { RackCell } from "@banksman/wire/api";
import { type KeyboardEvent, type PointerEvent, useEffect, useMemo, useRef, useState } from "react";
import { useLang } from "../../hooks/use-lang.ts";
import { useSize } from "../../hooks/use-size.ts";
import { useTheme } from "../../theme/theme-context.tsx";
import { tokens } from "../../theme/tokens.ts";
import { CellFacts, useCellText } from "./cell-facts.tsx";
import { paintMap } from "./draw.ts";
import { cellAt, fitMap, layoutMap, neighbour, type PlacedCell, racksOf } from "./layout.ts";
import type { HeatMode } from "./scale.ts";

type Props = {
  cells: readonly RackCell[];
  mode: HeatMode;
  /** Cell size in pixels; null fits the map into its space. */
  cellSize: number | null;
  /** The largest cells that fitting may use. */
  largest: number;
  selectedId: string | null;
  onOpen: (minerId: string) => void;
  onZoom?: (cellSize: number) => void;
};

type Hover = { placed: PlacedCell; x: number; y: number };

/** Every miner of a site as a coloured cell in its rack. Pointer and arrow keys walk the cells, which are also spoken. */
export function RackHeatMap({ cells, mode, cellSize, largest, selectedId, onOpen, onZoom }: Props) {
  const { t } = useLang();
  const { mode: theme } = useTheme();
  const [box, space] = useSize<HTMLDivElement>();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [hover, setHover] = useState<Hover | null>(null);
  const [active, setActive] = useState<PlacedCell | null>(null);
  const racks = useMemo(() => racksOf(cells), [cells]);
  const layout = useMemo(
    () =>
      cellSize === null
        ? fitMap(racks, space, tokens.size.heatCell.min, largest)
        : layoutMap(racks, space.width, cellSize),
    [racks, space, cellSize, largest],
  );
  const noRack = t("racks.noRack");
  useEffect(() => {
    const activeId = active?.cell.miner_id ?? null;
    if (canvas.current) paintMap(canvas.current, { layout, mode, theme, noRack, selectedId, activeId });
  }, [layout, mode, theme, noRack, selectedId, active]);
  useWheelZoom(canvas, layout.cell, onZoom);

  const pick = (event: PointerEvent): Hover | null => {
    const { left, top } = event.currentTarget.getBoundingClientRect();
    const [x, y] = [event.clientX - left, event.clientY - top];
    const placed = cellAt(layout, x, y);
    return placed && { placed, x, y };
  };
  const onKey = (event: KeyboardEvent) => {
    const next = neighbour(layout, active, event.key);
    if (next === null && event.key !== "Enter") return;
    event.preventDefault();
    if (next !== null) setActive(next);
    else if (active !== null) onOpen(active.cell.miner_id);
  };
  const spoken = useCellText(active?.cell ?? null);
  return (
    <div ref={box} className="bm-map">
      {/* biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: arrow keys walk its cells, as in an application */}
      <canvas
        ref={canvas}
        className="bm-map-canvas"
        style={{ width: layout.width, height: layout.height }}
        role="application"
        tabIndex={0}
        aria-label={t("racks.mapLabel", { count: cells.length })}
        onKeyDown={onKey}
        onFocus={() => setActive(active ?? layout.boxes[0]?.rack.cells[0] ?? null)}
        onBlur={() => setActive(null)}
        onPointerMove={(event) => setHover(pick(event))}
        onPointerLeave={() => setHover(null)}
        onPointerUp={(event) => {
          const hit = pick(event);
          if (hit) onOpen(hit.placed.cell.miner_id);
        }}
      />
      <span className="bm-spoken" aria-live="polite">
        {spoken}
      </span>
      {hover ? <CellFacts cell={hover.placed.cell} x={hover.x} y={hover.y} within={layout.width} /> : null}
    </div>
  );
}

/** The wheel changes the size of the cells. React listens passively to wheels, which could not keep the page from scrolling. */
function useWheelZoom(canvas: { current: HTMLCanvasElement | null }, cell: number, onZoom: Props["onZoom"]): void {
  const latest = useRef({ cell, onZoom });
  latest.current = { cell, onZoom };
  useEffect(() => {
    const element = canvas.current;
    if (element === null) return;
    const turn = (event: WheelEvent) => {
      const { cell: size, onZoom: zoom } = latest.current;
      if (!zoom) return;
      event.preventDefault();
      zoom(clampCell(size + (event.deltaY < 0 ? 2 : -2)));
    };
    element.addEventListener("wheel", turn, { passive: false });
    return () => element.removeEventListener("wheel", turn);
  }, [canvas]);
}

/** A cell size within what can be seen and what still is a map. */
export const clampCell = (size: number): number =>
  Math.max(tokens.size.heatCell.min, Math.min(tokens.size.heatCell.touch, size));
