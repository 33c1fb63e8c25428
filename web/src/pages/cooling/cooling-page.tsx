import { type Alert, type CoolingOverview, GetCoolingOverview, ListCoolingUnits } from "@banksman/wire/api";
import { FaultLevel } from "@banksman/wire/model";
import { Button, Segmented } from "antd";
import { type ReactNode, useEffect, useState } from "react";
import { useRoute } from "../../api/query.ts";
import { Icon } from "../../components/icons.tsx";
import { LevelGlyph } from "../../components/level-pill.tsx";
import { SideDrawer } from "../../components/side-drawer.tsx";
import { StatTile } from "../../components/stat-tile.tsx";
import { EmptyState, ErrorState, SkeletonRows } from "../../components/states.tsx";
import { ChoiceFilter, TextFilter } from "../../components/table-filters.tsx";
import { hashrate, MISSING, number, power } from "../../format/format.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { useUrlState } from "../../hooks/use-url-state.ts";
import { useSession } from "../../shell/session.tsx";
import { useSites } from "../../shell/use-current-site.ts";
import { CoolingTrendPanel } from "./cooling-trend.tsx";
import { UnitForm } from "./unit-form.tsx";
import { UnitMap } from "./unit-map.tsx";
import { UnitTable } from "./unit-table.tsx";
import { UnitTiles } from "./unit-tiles.tsx";
import { unitsFor } from "./units-for.ts";
import { COOLING_EVERY_MS, MOST_ALERTS, useCoolingLive, useUnitAlerts } from "./use-cooling.ts";

/** All cooling units: their sums, what is wrong, where they are, a day of heat, and each as a tile or row. */
export default function CoolingPage() {
  const { t } = useLang();
  const { params, set } = useUrlState();
  const { canAtSites } = useSession();
  const [adding, setAdding] = useState(false);
  useCoolingLive();
  const siteId = params.get("site");
  const query = siteId === null ? {} : { site_id: siteId };
  const overview = useRoute(GetCoolingOverview, { query }, { every: COOLING_EVERY_MS, keep: true });
  const units = useRoute(ListCoolingUnits, { query }, { every: COOLING_EVERY_MS, keep: true });
  useEffect(() => {
    document.title = `${t("cooling.title")} · Banksman`;
  }, [t]);
  const alerts = useUnitAlerts(siteId);
  const found = unitsFor(units.data?.units ?? [], params.get("q") ?? "", alerts);
  const add = canAtSites("site.manage") ? (
    <Button icon={<Icon name="plus" />} onClick={() => setAdding(true)}>
      {t("cooling.add")}
    </Button>
  ) : null;
  const asTable = params.get("as") === "table";
  let body: ReactNode;
  if ((units.error && !units.data) || (overview.error && !overview.data))
    body = (
      <ErrorState
        error={units.error ?? overview.error}
        onRetry={() => void Promise.all([units.refetch(), overview.refetch()])}
        permission="reading.read"
      />
    );
  else if (!units.data || !overview.data) body = <SkeletonRows rows={14} />;
  else if (units.data.units.length === 0)
    body = <EmptyState icon="cooling" title={t("cooling.none")} detail={t("cooling.noneDetail")} action={add} />;
  else
    body = (
      <>
        <Sums overview={overview.data} alerts={alerts} />
        <div className="bm-cooling-columns">
          <UnitMap units={found} />
          <CoolingTrendPanel siteId={siteId} />
        </div>
        {found.length === 0 ? (
          <EmptyState icon="search" title={t("cooling.nothingFound")} detail={t("cooling.nothingFoundDetail")} />
        ) : asTable ? (
          <UnitTable units={found} />
        ) : (
          <UnitTiles units={found} />
        )}
      </>
    );
  return (
    <div className="bm-stack">
      <div className="bm-page-head">
        <h1>
          {t("cooling.title")}{" "}
          <small>{units.data ? t("cooling.units", { count: units.data.units.length }) : null}</small>
        </h1>
        <span className="bm-grow" />
        <SiteFilter value={siteId} onChange={(site) => set({ site })} />
        <TextFilter size="small" label={t("cooling.find")} value={params.get("q")} onChange={(q) => set({ q })} />
        <Segmented
          size="small"
          value={asTable ? "table" : "tiles"}
          options={[
            { value: "tiles", label: t("cooling.asTiles") },
            { value: "table", label: t("cooling.asTable") },
          ]}
          onChange={(as) => set({ as: as === "table" ? as : null })}
        />
        {add}
      </div>
      {body}
      <SideDrawer open={adding} title={t("cooling.add")} onClose={() => setAdding(false)}>
        <UnitForm unit={null} onDone={() => setAdding(false)} />
      </SideDrawer>
    </div>
  );
}

function SiteFilter({ value, onChange }: { value: string | null; onChange: (site: string | null) => void }) {
  const { t } = useLang();
  const { data } = useSites();
  const options = (data?.sites ?? []).map(({ site_id, name }) => ({ value: site_id, label: name }));
  return <ChoiceFilter isLong label={t("cooling.site")} value={value} options={options} onChange={onChange} />;
}

/** The sums of all units that are shown. */
function Sums({ overview, alerts }: { overview: CoolingOverview; alerts: readonly Alert[] }) {
  const { t } = useLang();
  const { canAtSites } = useSession();
  const { units, by_state, heat_kw, power_kw, pue, hashrate_ghs, miners, water_l_per_kwh: water } = overview;
  const watts = (kw: number | null) => (kw === null ? null : kw * 1_000);
  return (
    <div className="bm-tiles bm-cooling-tiles">
      <StatTile
        label={t("cooling.online")}
        figure={{ text: number(by_state.online ?? 0), unit: "" }}
        context={t("cooling.ofUnits", { total: number(units) })}
      />
      <StatTile
        label={t("cooling.heat")}
        figure={power(watts(heat_kw), "site")}
        exact={heat_kw}
        context={[
          t("cooling.ofUnits", { total: number(overview.heat_units) }),
          water === null ? null : t("cooling.water", { figure: number(water, 2) }),
        ]
          .filter(Boolean)
          .join(", ")}
      />
      <StatTile
        label={t("cooling.power")}
        figure={power(watts(power_kw), "site")}
        exact={power_kw}
        context={t("cooling.ofUnits", { total: number(overview.power_units) })}
      />
      <StatTile
        label={t("cooling.pue")}
        figure={{ text: number(pue, 3), unit: "" }}
        exact={pue}
        context={t("cooling.withPumps")}
      />
      <StatTile
        label={t("cooling.hashrate")}
        figure={hashrate(hashrate_ghs, "site")}
        exact={hashrate_ghs}
        context={miners === null ? MISSING : t("cooling.minersInside", { count: miners })}
      />
      {canAtSites("alert.read") ? (
        <StatTile
          label={t("wall.alerts")}
          figure={{ text: `${number(alerts.length)}${alerts.length < MOST_ALERTS ? "" : "+"}`, unit: "" }}
          context={alerts.length === 0 ? t("wall.quiet") : <AlertCounts alerts={alerts} />}
          to="/alerts"
        />
      ) : null}
    </div>
  );
}

function AlertCounts({ alerts }: { alerts: readonly Alert[] }) {
  const { t } = useLang();
  const counts = Map.groupBy(alerts, ({ level }) => level);
  return (
    <span className="bm-fault-counts">
      {FaultLevel.options
        .filter((level) => counts.has(level))
        .map((level) => (
          <span key={level}>
            <LevelGlyph level={level} />
            <span className="bm-spoken">{t(`level.${level}`)}</span> {number(counts.get(level)?.length)}
          </span>
        ))}
    </span>
  );
}
