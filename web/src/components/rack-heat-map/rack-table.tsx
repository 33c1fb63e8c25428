import type { RackCell } from "@banksman/wire/api";
import { Table } from "antd";
import { Link } from "react-router";
import { hashrate, percent, power, shareOf, temperature } from "../../format/format.ts";
import { temperatureSign } from "../../format/temperature-unit.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { StatusBadge } from "../status-badge.tsx";
import { cellPlace } from "./cell-facts.tsx";

/** The rack map as a table: the same miners for those who can't use a picture. */
export function RackTable({ cells, siteId }: { cells: readonly RackCell[]; siteId: string }) {
  const { t } = useLang();
  const link = (id: string) => <Link to={`/miners/${encodeURIComponent(siteId)}/${encodeURIComponent(id)}`}>{id}</Link>;
  return (
    <Table<RackCell>
      size="small"
      rowKey="miner_id"
      dataSource={cells}
      aria-label={t("racks.title")}
      pagination={{ pageSize: 50, size: "small", showSizeChanger: false, hideOnSinglePage: true }}
      scroll={{ x: 640 }}
      columns={[
        { key: "rack", title: t("column.rack"), render: (_, cell) => cell.rack ?? t("racks.noRack") },
        { key: "place", title: t("column.position"), render: (_, cell) => cellPlace(cell) },
        { key: "miner", title: t("column.miner_id"), render: (_, cell) => link(cell.miner_id) },
        { key: "health", title: t("column.health"), render: (_, cell) => <StatusBadge status={cell.health} /> },
        { key: "ths", title: "TH/s", align: "right", render: (_, cell) => hashrate(cell.hashrate_ghs, "miner").text },
        {
          key: "share",
          title: t("column.nameplate"),
          align: "right",
          render: (_, cell) => percent(shareOf(cell.hashrate_ghs, cell.expected_hashrate_ghs), 0),
        },
        {
          key: "chip",
          title: temperatureSign(),
          align: "right",
          render: (_, cell) => temperature(cell.temperature_max).text,
        },
        { key: "kw", title: "kW", align: "right", render: (_, cell) => power(cell.power_consumption, "miner").text },
      ]}
    />
  );
}
