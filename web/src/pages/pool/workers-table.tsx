import type { PoolWorker } from "@banksman/wire/api";
import { Table } from "antd";
import { Link } from "react-router";
import { Age } from "../../components/age.tsx";
import { ColumnCards } from "../../components/column-cards.tsx";
import { MISSING, percent } from "../../format/format.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { usePhone } from "../../hooks/use-media.ts";
import { hourRejects, listHashrate, poolHashrate, userPath } from "./pool-figures.ts";

type Props = { workers: readonly PoolWorker[]; withUser?: boolean; label: string };

/** Workers with their names where the pool's events told them. */
export function WorkersTable({ workers, withUser = false, label }: Props) {
  const columns = useColumns(withUser);
  const keyOf = ({ puid, worker_id }: PoolWorker) => `${puid}/${worker_id}`;
  if (usePhone()) return <ColumnCards rows={workers} columns={columns} keyOf={keyOf} label={label} />;
  return (
    <Table<PoolWorker>
      size="small"
      rowKey={keyOf}
      dataSource={workers}
      pagination={false}
      scroll={{ x: 720 }}
      aria-label={label}
      columns={columns}
    />
  );
}

function useColumns(withUser: boolean) {
  const { t } = useLang();
  const right = "right" as const;
  const user = {
    key: "puid",
    title: t("pool.user"),
    render: (_: unknown, { puid }: PoolWorker) => <Link to={userPath(puid)}>{puid}</Link>,
  };
  return [
    {
      key: "worker",
      title: t("pool.worker"),
      render: (_: unknown, { worker_id, worker_name }: PoolWorker) => (
        <span title={worker_id}>{worker_name ?? <span className="bm-mono">{worker_id}</span>}</span>
      ),
    },
    ...(withUser ? [user] : []),
    {
      key: "hashrate",
      title: t("pool.ths15"),
      align: right,
      render: (_: unknown, worker: PoolWorker) => poolHashrate(listHashrate(worker), "miner").text,
    },
    {
      key: "rejects",
      title: t("pool.rejectShare"),
      align: right,
      render: (_: unknown, worker: PoolWorker) => percent(hourRejects(worker), 2),
    },
    {
      key: "ip",
      title: t("column.ip_address"),
      render: (_: unknown, worker: PoolWorker) => <span className="bm-mono">{worker.last_share_ip ?? MISSING}</span>,
    },
    {
      key: "agent",
      title: t("pool.agent"),
      render: (_: unknown, worker: PoolWorker) => worker.miner_agent ?? MISSING,
    },
    {
      key: "last",
      title: t("pool.lastShare"),
      align: right,
      render: (_: unknown, worker: PoolWorker) => <Age at={worker.last_share_at} />,
    },
  ];
}
