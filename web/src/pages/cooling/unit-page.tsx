import { type CoolingUnit, DeleteCoolingUnit, GetCoolingUnit, ListCoolingUnits } from "@banksman/wire/api";
import { Button, Space } from "antd";
import { useEffect, useState } from "react";
import { Link, useNavigate, useParams } from "react-router";
import { ApiProblem } from "../../api/problem.ts";
import { useChange, useRoute } from "../../api/query.ts";
import { Age } from "../../components/age.tsx";
import { Icon } from "../../components/icons.tsx";
import { LevelPill } from "../../components/level-pill.tsx";
import { DeviceOrders } from "../../components/orders/device-orders.tsx";
import { Panel } from "../../components/panel.tsx";
import { SideDrawer } from "../../components/side-drawer.tsx";
import { ErrorState, SkeletonRows } from "../../components/states.tsx";
import { useConfirmed } from "../../components/use-confirmed.tsx";
import { browserZone } from "../../format/time.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { usePhone } from "../../hooks/use-media.ts";
import { useSession } from "../../shell/session.tsx";
import { useSite, useSiteName } from "../../shell/use-current-site.ts";
import { ContainedMiners } from "./contained-miners.tsx";
import { failureWords } from "./failure-words.ts";
import { loopOf } from "./loop/loop-model.ts";
import { LoopSchematic } from "./loop/loop-schematic.tsx";
import { CoolingStateBadge } from "./state-badge.tsx";
import { UnitAlerts } from "./unit-alerts.tsx";
import { UnitCameras } from "./unit-cameras.tsx";
import { UnitControls } from "./unit-controls.tsx";
import { UnitFaults } from "./unit-faults.tsx";
import { UnitFigures } from "./unit-figures.tsx";
import { UnitForm } from "./unit-form.tsx";
import { UnitHistory, useCharted } from "./unit-history.tsx";
import { UnitValues } from "./unit-values.tsx";
import { unitName, unitPath } from "./units-for.ts";
import { COOLING_EVERY_MS, UNIT_ROUTES, useCoolingLive } from "./use-cooling.ts";

/** One cooling unit: its loop as it runs now, what follows from it, its history, faults, miners, and what can be ordered. */
export default function CoolingUnitPage() {
  const { t } = useLang();
  const { siteId = "", host = "" } = useParams();
  useCoolingLive();
  const found = useRoute(
    GetCoolingUnit,
    { params: { site_id: siteId, host } },
    { every: COOLING_EVERY_MS, keep: true },
  );
  const site = useSite(siteId);
  const unit = found.data;
  const title = unit ? unitName(unit) : host;
  useEffect(() => {
    document.title = `${title} · Banksman`;
  }, [title]);
  if (found.error instanceof ApiProblem && !unit)
    return (
      <ErrorState
        error={found.error}
        onRetry={() => void found.refetch()}
        permission="reading.read"
        missing={t("cooling.missing", { host })}
        wayOut={<Link to="/cooling">{t("cooling.toAll")}</Link>}
      />
    );
  if (!unit) return <SkeletonRows rows={14} />;
  return <Unit unit={unit} zone={site.data?.time_zone ?? browserZone()} />;
}

function Unit({ unit, zone }: { unit: CoolingUnit; zone: string }) {
  const { t } = useLang();
  const { add } = useCharted();
  const isPhone = usePhone();
  const faults = (
    <>
      <UnitAlerts unit={unit} />
      <UnitFaults unit={unit} zone={zone} />
    </>
  );
  return (
    <div className="bm-stack">
      <UnitHead unit={unit} />
      <Trouble unit={unit} />
      {isPhone ? faults : null}
      <UnitFigures unit={unit} />
      <div className="bm-cooling-unit">
        <div className="bm-stack">
          <Panel title={t("cooling.loop")} hint={t("cooling.loopHint")}>
            <LoopSchematic unit={unit} loop={loopOf(unit)} onPick={add} />
          </Panel>
          <UnitHistory siteId={unit.site_id} host={unit.host} zone={zone} />
        </div>
        <div className="bm-stack">
          <UnitControls unit={unit} />
          {isPhone ? null : faults}
          <UnitCameras unit={unit} />
          <DeviceOrders device={{ site_id: unit.site_id, cooling_host: unit.host }} zone={zone} />
          <ContainedMiners unit={unit} />
        </div>
      </div>
      <UnitValues unit={unit} onPick={add} />
    </div>
  );
}

function UnitHead({ unit }: { unit: CoolingUnit }) {
  const { t } = useLang();
  const { canAt } = useSession();
  const nameOf = useSiteName();
  const [editing, setEditing] = useState(false);
  const [worst] = unit.faults;
  const source = [
    [unit.make, unit.model].filter(Boolean).join(" ") || unit.driver,
    unit.name === null ? null : unit.host,
    unit.lease ? t("cooling.heldBy", { collector: unit.lease.collector_id }) : t("cooling.nobody"),
  ].filter(Boolean);
  return (
    <div className="bm-page-head">
      <div className="bm-title">
        <nav className="bm-crumbs" aria-label="breadcrumb">
          <Link to="/cooling">{t("cooling.title")}</Link> /{" "}
          <Link to={`/cooling?site=${encodeURIComponent(unit.site_id)}`}>{nameOf(unit.site_id)}</Link> /{" "}
          {unitName(unit)}
        </nav>
        <h1>
          {unitName(unit)} <CoolingStateBadge state={unit.state} />
          {worst ? <LevelPill level={worst.level} /> : null}
          <small>
            {" · "}
            {source.join(" · ")} · <Age at={unit.at} interval={unit.settings.interval_s} />
          </small>
        </h1>
      </div>
      <span className="bm-grow" />
      <Neighbours unit={unit} />
      {canAt("site.manage", unit.site_id) ? (
        <Button icon={<Icon name="columns" />} onClick={() => setEditing(true)}>
          {t("cooling.edit")}
        </Button>
      ) : null}
      <SideDrawer open={editing} title={unitName(unit)} onClose={() => setEditing(false)}>
        <UnitForm unit={unit} onDone={() => setEditing(false)} />
        <Forget unit={unit} />
      </SideDrawer>
    </div>
  );
}

/** The units before and after this one at its site. */
function Neighbours({ unit }: { unit: CoolingUnit }) {
  const { t } = useLang();
  const navigate = useNavigate();
  const { data } = useRoute(
    ListCoolingUnits,
    { query: { site_id: unit.site_id, values: "supply.temp" } },
    { keep: true },
  );
  const compare = new Intl.Collator("en", { numeric: true }).compare;
  const units = (data?.units ?? []).toSorted((a, b) => compare(unitName(a), unitName(b)));
  const at = units.findIndex(({ host }) => host === unit.host);
  const [before, next] = [units[at - 1], units[at + 1]];
  if (at < 0 || units.length < 2) return null;
  return (
    <Space.Compact>
      <Button
        icon={<Icon name="left" />}
        disabled={!before}
        aria-label={before ? `${t("cooling.before")}: ${unitName(before)}` : t("cooling.before")}
        onClick={() => before && void navigate(unitPath(before))}
      >
        {before ? unitName(before) : null}
      </Button>
      <Button
        icon={<Icon name="right" />}
        iconPlacement="end"
        disabled={!next}
        aria-label={next ? `${t("cooling.next")}: ${unitName(next)}` : t("cooling.next")}
        onClick={() => next && void navigate(unitPath(next))}
      >
        {next ? unitName(next) : null}
      </Button>
    </Space.Compact>
  );
}

/** Why the figures are not of now. */
function Trouble({ unit }: { unit: CoolingUnit }) {
  const { t, lang } = useLang();
  const { failure, state } = unit;
  if (state === "failing" && failure) {
    const words = t("cooling.lastTry", { count: failure.rounds, reason: failureWords(failure, lang) });
    return <Banner words={words} at={unit.at} title={failure.reason} />;
  }
  if (state === "lost") return <Banner words={t("cooling.lost")} at={unit.at} />;
  if (state === "silent") return <Banner words={t("cooling.silent")} at={unit.at} />;
  return null;
}

function Banner({ words, at, title }: { words: string; at: string | null; title?: string }) {
  return (
    <p className="bm-late" role="status" title={title}>
      <Icon name="warning" /> {words} <Age at={at} ago />
    </p>
  );
}

function Forget({ unit }: { unit: CoolingUnit }) {
  const { t } = useLang();
  const confirm = useConfirmed();
  const navigate = useNavigate();
  const remove = useChange(DeleteCoolingUnit, UNIT_ROUTES);
  const ask = () =>
    confirm({
      title: t("cooling.removeTitle", { name: unitName(unit) }),
      detail: t("cooling.removeDetail"),
      action: t("cooling.removeAction"),
      run: async () => {
        await remove.mutateAsync({ params: { site_id: unit.site_id, host: unit.host } });
        await navigate("/cooling");
      },
    });
  return (
    <Button danger className="bm-form-second" onClick={ask}>
      {t("cooling.remove")}
    </Button>
  );
}
