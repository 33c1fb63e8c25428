import type { CoolingUnitRow } from "@banksman/wire/api";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { Link } from "react-router";
import { Panel } from "../../components/panel.tsx";
import { EmptyState } from "../../components/states.tsx";
import { StatusGlyph } from "../../components/status-glyph.tsx";
import { useLang } from "../../hooks/use-lang.ts";
import { useSize } from "../../hooks/use-size.ts";
import { useSiteName } from "../../shell/use-current-site.ts";
import { type Mark, marksOf, placeIn, type Window, windowOf } from "./map-view.ts";
import { STATE_SHAPES } from "./state-badge.tsx";

const HEIGHT = 240;
type Ring = readonly (readonly number[])[];

/** The world's land (Natural Earth, 1:110 million), which comes with the program: the map needs no internet. */
async function loadLand(): Promise<Ring[]> {
  const [{ default: atlas }, { feature }] = await Promise.all([
    import("world-atlas/land-110m.json"),
    import("topojson-client"),
  ]);
  const land = feature(atlas, atlas.objects.land);
  return land.features.flatMap(({ geometry }) => (geometry.type === "MultiPolygon" ? geometry.coordinates.flat() : []));
}

/** Sites on an outline of land, each as the shape of its worst state and as large as its heat. */
export function UnitMap({ units }: { units: readonly CoolingUnitRow[] }) {
  const { t } = useLang();
  const [box, { width }] = useSize<HTMLDivElement>();
  const land = useQuery({ queryKey: ["land"], queryFn: loadLand, staleTime: Number.POSITIVE_INFINITY });
  const marks = useMemo(() => marksOf(units), [units]);
  const view = windowOf(marks, Math.max(1, width) / HEIGHT);
  return (
    <Panel title={t("cooling.map")} hint={t("cooling.mapHint")}>
      <div ref={box} className="bm-unit-map" style={{ height: HEIGHT }}>
        {marks.length === 0 ? (
          <EmptyState icon="sites" title={t("cooling.noPlaces")} detail={t("cooling.noPlacesDetail")} />
        ) : width > 0 ? (
          <>
            <svg width={width} height={HEIGHT} aria-hidden="true">
              <path className="bm-land" d={pathOf(land.data ?? [], view, width)} />
            </svg>
            {marks.map((mark) => (
              <MapMark key={mark.site_id} mark={mark} place={placeIn(view, mark, width, HEIGHT)} />
            ))}
          </>
        ) : null}
      </div>
    </Panel>
  );
}

function pathOf(rings: readonly Ring[], view: Window, width: number): string {
  return rings
    .map((ring) => {
      const points = ring.map(([longitude = 0, latitude = 0]) => {
        const { x, y } = placeIn(view, { longitude, latitude }, width, HEIGHT);
        return `${x.toFixed(1)} ${y.toFixed(1)}`;
      });
      return `M${points.join("L")}Z`;
    })
    .join("");
}

/** A megawatt has the size of a letter, forty of them four times that. */
const sizeOf = ({ heatKw }: Mark): number => Math.round(Math.min(36, 12 + Math.sqrt(heatKw / 1_000) * 4));

function MapMark({ mark, place: { x, y } }: { mark: Mark; place: { x: number; y: number } }) {
  const { t } = useLang();
  const nameOf = useSiteName();
  const name = nameOf(mark.site_id);
  const label = t("cooling.mapMark", { name, state: t(`cooling.state.${mark.state}`), count: mark.units });
  return (
    <Link
      className="bm-map-mark"
      style={{ left: x, top: y }}
      to={`/cooling?site=${encodeURIComponent(mark.site_id)}`}
      aria-label={label}
      title={label}
    >
      <StatusGlyph status={STATE_SHAPES[mark.state]} size={sizeOf(mark)} />
      <span>{name}</span>
    </Link>
  );
}
