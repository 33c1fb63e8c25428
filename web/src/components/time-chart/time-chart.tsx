import { type PointerEvent, useEffect, useMemo, useRef, useState } from "react";
import { useSize } from "../../hooks/use-size.ts";
import { useTheme } from "../../theme/theme-context.tsx";
import { colour, type ThemeMode } from "../../theme/tokens.ts";
import { type Chart, startChart } from "./echarts.ts";
import type { ChartMark, ChartPlot, Span } from "./model.ts";
import { chartHeight, chartOptions, plotEdges } from "./options.ts";

type Props = {
  plots: readonly ChartPlot[];
  span: Span;
  zone: string;
  intervalMs: number;
  label: string;
  /** What happened meanwhile. */
  marks?: readonly ChartMark[];
  /** A drag across the chart chose this span. */
  onSelect?: (span: Span) => void;
  /** A double click asks for the full range again. */
  onReset?: () => void;
};

const SMALLEST_DRAG_PX = 6;

/** Plots under each other on one time axis. Drag chooses a span, a double click resets. */
export default function TimeChart({ plots, span, zone, intervalMs, label, marks, onSelect, onReset }: Props) {
  const { mode } = useTheme();
  const [box, { width }] = useSize<HTMLDivElement>();
  const host = useRef<HTMLDivElement>(null);
  const chart = useRef<Chart | null>(null);
  const hatch = useMemo(() => hatchTile(mode), [mode]);
  const height = chartHeight(plots);
  useEffect(() => {
    if (host.current === null) return;
    const started = startChart(host.current, mode);
    chart.current = started;
    return () => {
      chart.current = null;
      started.dispose();
    };
  }, [mode]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another theme means another chart, which needs its size too
  useEffect(() => {
    if (width > 0) chart.current?.resize({ width, height });
  }, [width, height, mode]);
  useEffect(() => {
    chart.current?.setOption(chartOptions({ plots, span, zone, theme: mode, intervalMs, hatch, marks }), {
      notMerge: true,
    });
  }, [plots, span, zone, mode, intervalMs, hatch, marks]);
  const drag = useDrag(span, width, onSelect);
  return (
    <div
      ref={box}
      className="bm-chart"
      role="img"
      aria-label={label}
      style={{ height }}
      onDoubleClick={onReset}
      onPointerDown={drag.start}
      onPointerMove={drag.move}
      onPointerUp={drag.end}
      onPointerLeave={drag.cancel}
    >
      <div ref={host} style={{ height }} />
      {drag.range ? <div className="bm-chart-drag" style={{ left: drag.range.left, width: drag.range.width }} /> : null}
    </div>
  );
}

/** Follows a drag and turns its ends into times. */
function useDrag(span: Span, width: number, onSelect: Props["onSelect"]) {
  const [ends, setEnds] = useState<{ from: number; to: number } | null>(null);
  const xOf = (event: PointerEvent) => {
    const x = event.clientX - event.currentTarget.getBoundingClientRect().left;
    return Math.max(plotEdges.left, Math.min(width - plotEdges.right, x));
  };
  const timeOf = (x: number) => {
    const share = (x - plotEdges.left) / Math.max(1, width - plotEdges.left - plotEdges.right);
    return Math.round(span.from + share * (span.to - span.from));
  };
  const left = ends === null ? 0 : Math.min(ends.from, ends.to);
  const size = ends === null ? 0 : Math.abs(ends.to - ends.from);
  return {
    range: size > SMALLEST_DRAG_PX ? { left, width: size } : null,
    start: (event: PointerEvent) => {
      // A finger's drag scrolls the page.
      if (onSelect && event.pointerType === "mouse" && event.button === 0)
        setEnds({ from: xOf(event), to: xOf(event) });
    },
    move: (event: PointerEvent) => {
      if (ends !== null) setEnds({ ...ends, to: xOf(event) });
    },
    end: () => {
      if (size > SMALLEST_DRAG_PX) onSelect?.({ from: timeOf(left), to: timeOf(left + size) });
      setEnds(null);
    },
    cancel: () => setEnds(null),
  };
}

/** The pattern of spans without data; null where no canvas can be had. */
function hatchTile(mode: ThemeMode): HTMLCanvasElement | null {
  const tile = document.createElement("canvas");
  tile.width = 8;
  tile.height = 8;
  const pen = tile.getContext("2d");
  if (pen === null) return null;
  pen.strokeStyle = colour("data.gap", mode);
  pen.lineWidth = 1.5;
  pen.beginPath();
  for (const shift of [-8, 0, 8]) {
    pen.moveTo(shift, 8);
    pen.lineTo(shift + 8, 0);
  }
  pen.stroke();
  return tile;
}
