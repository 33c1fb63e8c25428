import type { GetProfitability, Profit, ReplyOf } from "@banksman/wire/api";
import { Button, Table } from "antd";
import type { ReactNode } from "react";
import { ColumnCards } from "../../components/column-cards.tsx";
import { Panel } from "../../components/panel.tsx";
import { UnitValue } from "../../components/unit-value.tsx";
import { hashrate, number, power } from "../../format/format.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { usePhone } from "../../hooks/use-media.ts";
import { usdADay, usdAKwh } from "./money.ts";

type Profitability = ReplyOf<typeof GetProfitability>["data"];
type SiteProfit = Profitability["sites"][number];
type ModelProfit = Profitability["models"][number];
type Column<Row> = { key: string; title: ReactNode; align?: "right"; render: (value: unknown, row: Row) => ReactNode };

/** The columns that every table of profits has: what is hashed, burnt, earned and left. */
export function useProfitColumns<Row extends Profit>(scale: "site" | "miner"): Column<Row>[] {
  const { t } = useLang();
  const column = (key: string, title: string, render: (row: Row) => ReactNode): Column<Row> => ({
    key,
    title,
    align: "right",
    render: (_, row) => render(row),
  });
  return [
    column("hashrate", t("figure.hashrate"), (row) => <UnitValue figure={hashrate(row.hashrate_ghs, scale)} />),
    column("power", t("figure.power"), (row) => <UnitValue figure={power(row.power_watts, scale)} />),
    column("efficiency", "J/TH", (row) => number(row.efficiency_j_th, 1)),
    column("revenue", t("profit.revenue"), (row) => (
      <UnitValue figure={usdADay(row.revenue, scale)} exact={row.revenue} missingReason={t("profit.needsInputs")} />
    )),
    column("cost", t("profit.cost"), (row) => (
      <UnitValue
        figure={usdADay(row.power_cost, scale)}
        exact={row.power_cost}
        missingReason={t("profit.needsTariff")}
      />
    )),
    column("margin", t("profit.margin"), (row) => (
      <b className="bm-medium">
        <UnitValue figure={usdADay(row.margin, scale)} exact={row.margin} missingReason={t("profit.needsTariff")} />
      </b>
    )),
    column("breakEven", t("profit.breakEven"), (row) => (
      <UnitValue figure={usdAKwh(row.break_even)} exact={row.break_even} missingReason={t("profit.needsInputs")} />
    )),
  ];
}

/** A table that becomes cards on a phone. */
export function ProfitTable<Row extends Profit>(props: {
  rows: readonly Row[];
  columns: Column<Row>[];
  keyOf: (row: Row) => string;
  label: string;
}) {
  const { rows, columns, keyOf, label } = props;
  const isPhone = usePhone();
  if (isPhone) return <ColumnCards rows={rows} columns={columns} keyOf={keyOf} label={label} />;
  return (
    <Table<Row>
      size="small"
      rowKey={keyOf}
      dataSource={rows}
      columns={columns}
      pagination={false}
      aria-label={label}
      scroll={{ x: 980 }}
    />
  );
}

type SitesProps = {
  sites: readonly SiteProfit[];
  onOpen: (siteId: string) => void;
  maySetTariff: (siteId: string) => boolean;
  onTariff: (siteId: string) => void;
};

/** Each site with what it pays for power. */
export function SitesPanel({ sites, onOpen, maySetTariff, onTariff }: SitesProps) {
  const { t } = useLang();
  const columns: Column<SiteProfit>[] = [
    {
      key: "site",
      title: t("sites.site"),
      render: (_, row) => (
        <Button type="link" size="small" className="bm-flat" onClick={() => onOpen(row.site_id)}>
          {row.name}
        </Button>
      ),
    },
    ...useProfitColumns<SiteProfit>("site"),
    {
      key: "tariff",
      title: t("profit.tariff"),
      align: "right",
      render: (_, row) => <TariffCell site={row} {...(maySetTariff(row.site_id) ? { onTariff } : {})} />,
    },
  ];
  return (
    <Panel title={t("profit.sites")} hint={t("profit.chooseSite")} flush>
      <ProfitTable rows={sites} columns={columns} keyOf={(row) => row.site_id} label={t("profit.sites")} />
    </Panel>
  );
}

function TariffCell({ site, onTariff }: { site: SiteProfit; onTariff?: (siteId: string) => void }) {
  const { t } = useLang();
  const figure = usdAKwh(site.tariff?.price);
  if (!onTariff) return <UnitValue figure={figure} missingReason={t("profit.needsTariff")} />;
  return (
    <Button size="small" onClick={() => onTariff(site.site_id)}>
      {site.tariff ? <UnitValue figure={figure} /> : t("profit.setTariff")}
      <span className="bm-spoken"> {t("profit.tariffOf", { site: site.name })}</span>
    </Button>
  );
}

/** Each model, wherever it stands. */
export function ModelsPanel({ models }: { models: readonly ModelProfit[] }) {
  const { t } = useLang();
  const columns: Column<ModelProfit>[] = [
    { key: "model", title: t("column.model"), render: (_, row) => row.model ?? t("profit.noModel") },
    {
      key: "miners",
      title: t("sites.miners"),
      align: "right",
      render: (_, row) => `${number(row.hashing)} / ${number(row.miners)}`,
    },
    ...useProfitColumns<ModelProfit>("site"),
  ];
  return (
    <Panel title={t("profit.models")} flush>
      <ProfitTable rows={models} columns={columns} keyOf={(row) => row.model ?? ""} label={t("profit.models")} />
    </Panel>
  );
}
