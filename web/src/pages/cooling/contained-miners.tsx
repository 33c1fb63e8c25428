import type { CoolingUnit } from "@banksman/wire/api";
import { LIST_SECONDS } from "@banksman/wire/model";
import { Table } from "antd";
import { Age } from "../../components/age.tsx";
import { ColumnCards } from "../../components/column-cards.tsx";
import { Panel } from "../../components/panel.tsx";
import { EmptyState } from "../../components/states.tsx";
import { hashrate, MISSING, temperature } from "../../format/format.ts";
import { duration } from "../../format/time.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { usePhone } from "../../hooks/use-media.ts";

type Miner = NonNullable<CoolingUnit["contained"]>["list"][number];
const PAGE = 25;

/** The miners that a container's controller lists, those that hash least first. */
export function ContainedMiners({ unit }: { unit: CoolingUnit }) {
  const { t, lang } = useLang();
  const isPhone = usePhone();
  const listedAt = unit.contained?.listed_at;
  const list = (unit.contained?.list ?? []).toSorted((a, b) => (a.hashrate_ghs ?? -1) - (b.hashrate_ghs ?? -1));
  const columns = [
    {
      key: "ip",
      title: t("cooling.address"),
      render: (_: unknown, { ip_address, model, firmware }: Miner) => (
        <span title={firmware ?? undefined}>
          <span className="bm-mono">{ip_address}</span>
          <br />
          <small className="bm-secondary">{model ?? MISSING}</small>
        </span>
      ),
    },
    {
      key: "hashrate",
      title: "TH/s",
      align: "right" as const,
      render: (_: unknown, { hashrate_ghs }: Miner) => hashrate(hashrate_ghs, "miner").text,
    },
    {
      key: "chip",
      title: `${t("cooling.chip")}, ${temperature(0).unit}`,
      align: "right" as const,
      render: (_: unknown, { temperature_chip }: Miner) => temperature(temperature_chip).text,
    },
    {
      key: "uptime",
      title: t("cooling.uptime"),
      align: "right" as const,
      render: (_: unknown, { uptime_seconds }: Miner) => duration(uptime_seconds, lang),
    },
  ];
  return (
    <Panel
      title={t("cooling.miners")}
      hint={t("cooling.minersInside", { count: list.length })}
      extra={listedAt ? <Age at={listedAt} interval={LIST_SECONDS} ago /> : null}
      flush
    >
      {list.length === 0 ? (
        <EmptyState icon="miners" title={t("cooling.noMiners")} detail={t("cooling.noMinersDetail")} />
      ) : isPhone ? (
        <ColumnCards
          rows={list.slice(0, PAGE)}
          columns={columns}
          keyOf={({ ip_address }) => ip_address}
          label={t("cooling.miners")}
        />
      ) : (
        <Table
          size="small"
          rowKey="ip_address"
          dataSource={list}
          columns={columns}
          pagination={list.length > PAGE ? { pageSize: PAGE, size: "small", showSizeChanger: false } : false}
        />
      )}
    </Panel>
  );
}
