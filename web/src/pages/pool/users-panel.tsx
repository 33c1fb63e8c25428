import { ListPoolUsers, type PoolUser, PoolUserSort } from "@banksman/wire/api";
import { Select, Table } from "antd";
import { Link, useNavigate } from "react-router";
import { useRoute } from "../../api/query.ts";
import { Age } from "../../components/age.tsx";
import { ColumnCards } from "../../components/column-cards.tsx";
import { PageFoot } from "../../components/page-foot.tsx";
import { Panel } from "../../components/panel.tsx";
import { EmptyState, ErrorState, SkeletonRows } from "../../components/states.tsx";
import { number, percent } from "../../format/format.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { usePhone } from "../../hooks/use-media.ts";
import { useUrlState } from "../../hooks/use-url-state.ts";
import { hourRejects, listHashrate, poolHashrate, userPath } from "./pool-figures.ts";

const EVERY_MS = 30_000;
const PER_PAGE = 25;
const SORTS = PoolUserSort.options;

/** The pool's users, sorted and paged by the pool-stats process itself. */
export function UsersPanel() {
  const { t } = useLang();
  const { params, set } = useUrlState();
  const sort = SORTS.find((one) => one === params.get("sort")) ?? "hashrate";
  const page = Math.max(1, Number(params.get("page")) || 1);
  const order = sort === "puid" ? "asc" : "desc";
  const query = { sort, order, page, per_page: PER_PAGE } as const;
  const users = useRoute(ListPoolUsers, { query }, { every: EVERY_MS, keep: true });
  const choose = (
    <Select
      size="small"
      aria-label={t("monitor.sortBy")}
      value={sort}
      popupMatchSelectWidth={false}
      options={SORTS.map((value) => ({ value, label: t(`pool.sorts.${value}`) }))}
      onChange={(value) => set({ sort: value === "hashrate" ? null : value, page: null })}
    />
  );
  const total = users.data?.pagination.total ?? 0;
  return (
    <Panel title={t("pool.users")} hint={users.data ? number(total) : null} extra={choose} flush>
      {users.error && !users.data ? (
        <ErrorState error={users.error} onRetry={() => void users.refetch()} permission="pool.read" />
      ) : null}
      {users.isPending ? <SkeletonRows rows={8} /> : null}
      {users.data && total === 0 ? (
        <EmptyState icon="users" title={t("pool.noUsers")} detail={t("pool.noUsersDetail")} />
      ) : null}
      {total > 0 ? <UserRows users={users.data?.users ?? []} /> : null}
      <PageFoot total={total} perPage={PER_PAGE} page={page} set={set} />
    </Panel>
  );
}

function UserRows({ users }: { users: readonly PoolUser[] }) {
  const { t } = useLang();
  const navigate = useNavigate();
  const columns = useColumns();
  const keyOf = ({ puid }: PoolUser) => puid;
  if (usePhone()) return <ColumnCards rows={users} columns={columns} keyOf={keyOf} label={t("pool.users")} />;
  return (
    <Table<PoolUser>
      size="small"
      rowKey={keyOf}
      dataSource={users}
      pagination={false}
      scroll={{ x: 560 }}
      aria-label={t("pool.users")}
      rowClassName="bm-row"
      onRow={({ puid }) => ({ onClick: () => void navigate(userPath(puid)) })}
      columns={columns}
    />
  );
}

function useColumns() {
  const { t } = useLang();
  const right = "right" as const;
  return [
    {
      key: "puid",
      title: t("pool.user"),
      render: (_: unknown, { puid }: PoolUser) => (
        <Link className="bm-id" to={userPath(puid)} onClick={(event) => event.stopPropagation()}>
          {puid}
        </Link>
      ),
    },
    {
      key: "hashrate",
      title: t("pool.ths15"),
      align: right,
      render: (_: unknown, user: PoolUser) => poolHashrate(listHashrate(user), "miner").text,
    },
    {
      key: "workers",
      title: t("pool.workers"),
      align: right,
      render: (_: unknown, user: PoolUser) => number(user.workers),
    },
    {
      key: "rejects",
      title: t("pool.rejectShare"),
      align: right,
      render: (_: unknown, user: PoolUser) => percent(hourRejects(user), 2),
    },
    {
      key: "last",
      title: t("pool.lastShare"),
      align: right,
      render: (_: unknown, user: PoolUser) => <Age at={user.last_share_at} />,
    },
  ];
}
