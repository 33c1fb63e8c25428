import type { PoolUser, PoolWindowFigures } from "@banksman/wire/api";
import { Table } from "antd";
import { ColumnCards } from "../../components/column-cards.tsx";
import { Panel } from "../../components/panel.tsx";
import { SkeletonRows } from "../../components/states.tsx";
import { UnitValue } from "../../components/unit-value.tsx";
import { MISSING, number, percent, type Scale } from "../../format/format.ts";
import { duration } from "../../format/time.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { usePhone } from "../../hooks/use-media.ts";
import { poolHashrate } from "./pool-figures.ts";

/** The windows of the pool or of one user side by side, each with what of it is covered. */
export function WindowsPanel({ row, scale }: { row: Pick<PoolUser, "windows"> | undefined; scale: Scale }) {
  const { t } = useLang();
  const columns = useColumns(scale);
  const isPhone = usePhone();
  const keyOf = (one: PoolWindowFigures) => one.window;
  return (
    <Panel title={t("pool.windows")} hint={t("pool.windowsHint")} flush>
      {row === undefined ? <SkeletonRows rows={4} /> : null}
      {row && isPhone ? (
        <ColumnCards rows={row.windows} columns={columns} keyOf={keyOf} label={t("pool.windows")} />
      ) : null}
      {row && !isPhone ? (
        <Table<PoolWindowFigures>
          size="small"
          rowKey={keyOf}
          dataSource={row.windows}
          pagination={false}
          scroll={{ x: 560 }}
          aria-label={t("pool.windows")}
          columns={columns}
        />
      ) : null}
    </Panel>
  );
}

function useColumns(scale: Scale) {
  const { t, lang } = useLang();
  const right = "right" as const;
  const sum = (value: string | null) => (value === null ? MISSING : number(Number(value)));
  type Row = PoolWindowFigures;
  return [
    { key: "window", title: t("pool.window"), render: (_: unknown, row: Row) => duration(row.seconds, lang) },
    {
      key: "hashrate",
      title: t("figure.hashrate"),
      align: right,
      render: (_: unknown, row: Row) => (
        <UnitValue figure={poolHashrate(row.hashrate_hs, scale)} exact={row.hashrate_hs} />
      ),
    },
    { key: "accepted", title: t("pool.accepted"), align: right, render: (_: unknown, row: Row) => sum(row.accepted) },
    { key: "stale", title: t("pool.stale"), align: right, render: (_: unknown, row: Row) => sum(row.stale) },
    { key: "lost", title: t("pool.rejectedSum"), align: right, render: (_: unknown, row: Row) => sum(row.rejected) },
    {
      key: "share",
      title: t("pool.rejectShare"),
      align: right,
      render: (_: unknown, row: Row) => percent(row.reject_share, 2),
    },
    {
      key: "covered",
      title: t("pool.covered"),
      align: right,
      render: (_: unknown, row: Row) => duration(row.covered_seconds, lang),
    },
  ];
}
