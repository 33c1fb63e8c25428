import { memo } from "react";

/** The path of a line over evenly spaced values, broken where a value is missing; y grows downwards. */
export function sparkPath(values: readonly (number | null)[], width: number, height: number, top: number): string {
  const step = values.length > 1 ? width / (values.length - 1) : 0;
  let pen = "M";
  let path = "";
  for (const [index, value] of values.entries()) {
    if (value === null) {
      pen = "M";
      continue;
    }
    const y = height - 1 - (top > 0 ? value / top : 0) * (height - 2);
    path += `${pen}${(index * step).toFixed(1)} ${y.toFixed(1)}`;
    pen = "L";
  }
  // A lone value would be an invisible move: give it the length of a dot.
  return path.replace(/M([\d.]+) ([\d.-]+)(?=M|$)/g, "M$1 $2h-3");
}

type Props = {
  values: readonly (number | null)[] | undefined;
  top?: number;
  colour?: string;
  width?: number;
  height?: number;
};

/** The values from the first known one on: a young series fills its space. */
export function fromFirst(values: readonly (number | null)[]): readonly (number | null)[] {
  const first = values.findIndex((value) => value !== null);
  return first > 0 ? values.slice(first) : values;
}

/** A line without axes, from 0 to `top` or the highest value. Decoration: the figure beside it says what matters. */
export const Sparkline = memo(function Sparkline({ values, top, colour, width = 56, height = 16 }: Props) {
  if (values === undefined) return <span className="bm-spark" style={{ width, height }} />;
  const highest = Math.max(0, top ?? 0, ...values.map((value) => value ?? 0));
  return (
    <svg className="bm-spark" width={width} height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
      <path d={sparkPath(values, width, height, highest)} style={{ stroke: colour ?? "var(--bm-border-control)" }} />
    </svg>
  );
});
