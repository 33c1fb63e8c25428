import { Table } from "antd";
import { Link } from "react-router";
import { Age } from "../../components/age.tsx";
import { ColumnCards } from "../../components/column-cards.tsx";
import { LevelGlyph } from "../../components/level-pill.tsx";
import { MISSING, number } from "../../format/format.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { usePhone } from "../../hooks/use-media.ts";
import { useSiteName } from "../../shell/use-current-site.ts";
import { coolingFigure, coolingName, coolingScale } from "./cooling-names.ts";
import { CoolingStateBadge } from "./state-badge.tsx";
import { type ShownUnit, unitName, unitPath } from "./units-for.ts";

const VALUES = ["supply.temp", "return.temp", "supply.flow", "supply.pressure"] as const;
const DERIVED = ["heat", "power", "pue", "dew_margin"] as const;
const PAGE = 50;
const INTERVAL_S = 60;

/** Units as rows, one unit of measure a column. */
export function UnitTable({ units }: { units: readonly ShownUnit[] }) {
  const { t, lang } = useLang();
  const siteName = useSiteName();
  const isPhone = usePhone();
  const head = (name: string) => {
    const { unit } = coolingScale(name);
    return unit === "" ? coolingName(name, lang) : `${coolingName(name, lang)}, ${unit}`;
  };
  const columns = [
    {
      key: "unit",
      title: t("cooling.unit"),
      render: (_: unknown, unit: ShownUnit) => (
        <Link to={unitPath(unit)}>
          <b>{unitName(unit)}</b>
        </Link>
      ),
    },
    { key: "site", title: t("cooling.site"), render: (_: unknown, unit: ShownUnit) => siteName(unit.site_id) },
    {
      key: "state",
      title: t("cooling.status"),
      render: (_: unknown, unit: ShownUnit) => <CoolingStateBadge state={unit.state} />,
    },
    ...VALUES.map((name) => ({
      key: name,
      title: head(name),
      align: "right" as const,
      render: (_: unknown, { values }: ShownUnit) => {
        const value = values[name]?.value;
        return coolingFigure(name, typeof value === "number" ? value : null).text;
      },
    })),
    ...DERIVED.map((name) => ({
      key: name,
      title: head(`derived.${name}`),
      align: "right" as const,
      render: (_: unknown, { derived }: ShownUnit) => coolingFigure(`derived.${name}`, derived[name]).text,
    })),
    {
      key: "faults",
      title: t("cooling.faultsTitle"),
      render: (_: unknown, { troubles: [worst, ...more] }: ShownUnit) =>
        worst ? (
          <span className="bm-fault-counts">
            <span>
              <LevelGlyph level={worst.level} /> <span className="bm-spoken">{t(`level.${worst.level}`)}</span>
              {worst.words[lang]}
              {more.length > 0 ? ` +${number(more.length)}` : ""}
            </span>
          </span>
        ) : (
          MISSING
        ),
    },
    {
      key: "age",
      title: t("cooling.age"),
      align: "right" as const,
      render: (_: unknown, { at }: ShownUnit) => <Age at={at} interval={INTERVAL_S} plain />,
    },
  ];
  const keyOf = ({ site_id, host }: ShownUnit) => `${site_id} ${host}`;
  if (isPhone)
    return <ColumnCards rows={units.slice(0, PAGE)} columns={columns} keyOf={keyOf} label={t("cooling.title")} />;
  return (
    <section className="bm-panel bm-panel-flush" aria-label={t("cooling.title")}>
      <Table
        size="small"
        rowKey={keyOf}
        dataSource={[...units]}
        columns={columns}
        pagination={units.length > PAGE ? { pageSize: PAGE, size: "small", showSizeChanger: false } : false}
        scroll={{ x: "max-content" }}
      />
    </section>
  );
}
