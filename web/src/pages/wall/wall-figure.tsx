import type { ReactNode } from "react";
import type { Figure } from "../../format/format.ts";

type Props = { label: string; figure: Figure; context?: ReactNode; hero?: boolean; loud?: boolean };

/** A figure that is read from across a room. */
export function WallFigure({ label, figure: { text, unit }, context, hero = false, loud = false }: Props) {
  return (
    <div className="bm-wall-figure">
      <span className="bm-wall-label">{label}</span>
      <span className={hero ? "bm-wall-hero" : "bm-wall-number"}>
        <b className={loud ? "bm-wall-loud" : undefined}>{text}</b> <small className="bm-wall-unit">{unit}</small>
      </span>
      <span className="bm-secondary">{context ?? "\u00a0"}</span>
    </div>
  );
}
