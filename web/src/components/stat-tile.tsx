import type { ReactNode } from "react";
import { Link } from "react-router";
import type { Figure } from "../format/format.ts";
import { classNames } from "./class-names.ts";
import { Sparkline } from "./sparkline.tsx";
import { UnitValue } from "./unit-value.tsx";

type Props = {
  label: string;
  /** Undefined while loading. */
  figure: Figure | undefined;
  exact?: number | null | undefined;
  /** One line of context: a target, a change, a reason. */
  context?: ReactNode;
  trend?: readonly (number | null)[] | undefined;
  trendColour?: string;
  late?: boolean;
  /** Where the list is that sums to this figure. */
  to?: string;
  missingReason?: string;
};

/** A label with its sparkline, the figure, and one line of context. */
export function StatTile(props: Props) {
  const { label, figure, exact, context, trend, trendColour, late = false, to, missingReason } = props;
  const inside = (
    <>
      <span className="bm-tile-label">
        {label}
        {trend ? <Sparkline values={trend} {...(trendColour ? { colour: trendColour } : {})} /> : null}
      </span>
      {figure === undefined ? (
        <span className="bm-skeleton bm-tile-bar" />
      ) : (
        <span className={classNames("bm-tile-figure", late && "bm-is-late")}>
          <UnitValue figure={figure} exact={exact} {...(missingReason ? { missingReason } : {})} />
        </span>
      )}
      <span className="bm-tile-context">
        {figure === undefined ? <span className="bm-skeleton bm-tile-line" /> : (context ?? "\u00a0")}
      </span>
    </>
  );
  if (to === undefined) return <div className="bm-panel bm-tile">{inside}</div>;
  return (
    <Link className="bm-panel bm-tile" to={to}>
      {inside}
    </Link>
  );
}
