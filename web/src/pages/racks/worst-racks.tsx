import type { RackCell } from "@banksman/wire/api";
import { Link } from "react-router";
import { worstRacks } from "../../components/rack-heat-map/rack-totals.ts";
import type { HeatMode } from "../../components/rack-heat-map/scale.ts";
import { joined, percent, temperature } from "../../format/format.ts";
import { useLang } from "../../hooks/use-lang.ts";

/** The three racks to look at first; each leads to its miners. */
export function WorstRacks({
  cells,
  mode,
  siteId,
  count = 3,
}: {
  cells: readonly RackCell[];
  mode: HeatMode;
  siteId: string;
  count?: number;
}) {
  const { t } = useLang();
  const racks = worstRacks(cells, mode, count);
  if (racks.length === 0) return null;
  return (
    <div className="bm-worst">
      <h2>{mode === "temperature" ? t("racks.hottest") : t("racks.worst")}</h2>
      {racks.map((rack) => (
        <Link key={rack.rack} to={`/monitor/${encodeURIComponent(siteId)}?rack=${encodeURIComponent(rack.rack)}`}>
          <b className="bm-medium">{rack.rack}</b>
          <span>{t("figure.ofNameplateOnly", { percent: percent(rack.share) })}</span>
          <span>{joined(temperature(rack.hottest))}</span>
          <span className="bm-muted">{t("common.miners", { count: rack.miners })}</span>
        </Link>
      ))}
    </div>
  );
}
