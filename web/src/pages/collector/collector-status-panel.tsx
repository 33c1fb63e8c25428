import { type CollectorStatus, GetCollectorStatus } from "@banksman/wire/api";
import { Table } from "antd";
import { useRoute } from "../../api/query.ts";
import { Age } from "../../components/age.tsx";
import { ColumnCards } from "../../components/column-cards.tsx";
import { Panel } from "../../components/panel.tsx";
import { ErrorState, SkeletonRows } from "../../components/states.tsx";
import { MISSING, number } from "../../format/format.ts";
import { duration } from "../../format/time.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { usePhone } from "../../hooks/use-media.ts";

const REFRESH_MS = 10_000;
/** Half a second is within what a request's way takes. */
const IN_STEP_MS = 500;
/** A reading dated over ten minutes ahead is refused; long before that an operator should know. */
const SKEW_LOUD_MS = 30_000;

/** Each edge of a site: when it last uploaded, what waits, and how its clock stands. */
export function CollectorStatusPanel({ siteId }: { siteId: string }) {
  const { t } = useLang();
  const isPhone = usePhone();
  const columns = useEdgeColumns();
  const status = useRoute(GetCollectorStatus, { query: { site_id: siteId } }, { every: REFRESH_MS, keep: true });
  const list = status.data?.collectors;
  return (
    <Panel title={t("collector.collectors")} flush>
      {status.error && !list ? <ErrorState error={status.error} onRetry={() => void status.refetch()} /> : null}
      {status.isPending ? <SkeletonRows rows={2} /> : null}
      {list?.length === 0 ? <p className="bm-muted bm-pad">{t("empty.collectors")}</p> : null}
      {list && list.length > 0 && isPhone ? (
        <ColumnCards
          rows={list}
          columns={columns}
          keyOf={(one) => one.collector_id}
          label={t("collector.collectors")}
        />
      ) : null}
      {list && list.length > 0 && !isPhone ? (
        <Table<CollectorStatus>
          size="small"
          rowKey="collector_id"
          dataSource={list}
          pagination={false}
          aria-label={t("collector.collectors")}
          scroll={{ x: 760 }}
          columns={columns}
        />
      ) : null}
    </Panel>
  );
}

function useEdgeColumns() {
  const { t, lang } = useLang();
  return [
    {
      key: "edge",
      title: t("collector.edge"),
      render: (_: unknown, one: CollectorStatus) => <EdgeName collector={one} />,
    },
    {
      key: "upload",
      title: t("collector.lastUpload"),
      render: (_: unknown, one: CollectorStatus) => <Age at={one.last_upload_at} interval={one.interval_seconds} ago />,
    },
    {
      key: "readings",
      title: t("collector.readings"),
      align: "right" as const,
      render: (_: unknown, one: CollectorStatus) => number(one.last_readings),
    },
    {
      key: "backlog",
      title: t("collector.backlog"),
      align: "right" as const,
      render: (_: unknown, one: CollectorStatus) => <Backlog batches={one.backlog_batches} />,
    },
    {
      key: "interval",
      title: t("collector.interval"),
      align: "right" as const,
      render: (_: unknown, one: CollectorStatus) => duration(one.interval_seconds, lang),
    },
    {
      key: "skew",
      title: t("collector.skew"),
      render: (_: unknown, one: CollectorStatus) => <Skew ms={one.clock_skew_ms} />,
    },
    {
      key: "version",
      title: t("collector.version"),
      render: (_: unknown, one: CollectorStatus) => one.version ?? MISSING,
    },
    {
      key: "address",
      title: t("collector.address"),
      render: (_: unknown, one: CollectorStatus) => <span className="bm-mono">{one.address ?? MISSING}</span>,
    },
  ];
}

function EdgeName({ collector }: { collector: CollectorStatus }) {
  return (
    <>
      <b className="bm-medium">{collector.collector_id}</b>{" "}
      {collector.key_name ? <span className="bm-muted">{collector.key_name}</span> : null}
    </>
  );
}

function Backlog({ batches }: { batches: number | null }) {
  const { t } = useLang();
  if (batches === null) return MISSING;
  const text = t("collector.batches", { count: batches });
  return batches > 1 ? <b className="bm-loud">{text}</b> : text;
}

function Skew({ ms }: { ms: number | null }) {
  const { t } = useLang();
  if (ms === null) return MISSING;
  if (Math.abs(ms) < IN_STEP_MS) return t("collector.skewNone");
  const value = number(Math.abs(ms) / 1_000, 1);
  const text = ms > 0 ? t("collector.skewAhead", { value }) : t("collector.skewBehind", { value });
  return Math.abs(ms) > SKEW_LOUD_MS ? <b className="bm-loud">{text}</b> : text;
}
