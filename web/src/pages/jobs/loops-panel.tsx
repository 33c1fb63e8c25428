import type { JobLoop } from "@banksman/wire/api";
import { Table } from "antd";
import { Age } from "../../components/age.tsx";
import { ColumnCards } from "../../components/column-cards.tsx";
import { Panel } from "../../components/panel.tsx";
import { MISSING, number } from "../../format/format.ts";
import { duration } from "../../format/time.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { usePhone } from "../../hooks/use-media.ts";
import { useSiteName } from "../../shell/use-current-site.ts";

/** What goes round by itself: edges' sweeps and rounds, and the evaluation of rules. */
export function LoopsPanel({ loops }: { loops: readonly JobLoop[] }) {
  const { t } = useLang();
  const columns = useColumns();
  const keyOf = ({ kind, site_id, by }: JobLoop) => `${kind} ${site_id} ${by}`;
  const label = t("jobs.loops");
  const isPhone = usePhone();
  return (
    <Panel title={label} hint={t("jobs.loopsHint")} flush>
      {isPhone ? (
        <ColumnCards rows={loops} columns={columns} keyOf={keyOf} label={label} />
      ) : (
        <Table<JobLoop>
          size="small"
          rowKey={keyOf}
          dataSource={loops}
          pagination={false}
          scroll={{ x: 800 }}
          aria-label={label}
          columns={columns}
        />
      )}
    </Panel>
  );
}

function useColumns() {
  const { t, lang } = useLang();
  const siteName = useSiteName();
  return [
    { key: "kind", title: t("jobs.job"), render: (_: unknown, { kind }: JobLoop) => t(`jobs.loop.${kind}`) },
    {
      key: "by",
      title: t("jobs.loopBy"),
      render: (_: unknown, { kind, by, site_id, last_at }: JobLoop) => (
        <>
          {kind === "rules" ? t(last_at === null ? "jobs.anotherServer" : "jobs.thisServer") : by}{" "}
          {site_id === null ? null : <small className="bm-muted">{siteName(site_id)}</small>}
        </>
      ),
    },
    {
      key: "every",
      title: t("jobs.every"),
      render: (_: unknown, { every_seconds }: JobLoop) =>
        every_seconds !== null && every_seconds < 1
          ? `${number(every_seconds * 1_000)} ms`
          : duration(every_seconds, lang),
    },
    {
      key: "last",
      title: t("jobs.last"),
      render: (_: unknown, { last_at, every_seconds }: JobLoop) => <Age at={last_at} interval={every_seconds} ago />,
    },
    {
      key: "took",
      title: t("jobs.took_ms"),
      render: (_: unknown, { duration_ms }: JobLoop) =>
        duration_ms === null ? MISSING : `${number(duration_ms, duration_ms < 10 ? 1 : 0)} ms`,
    },
    {
      key: "done",
      title: t("jobs.loopDone"),
      render: (_: unknown, { done, failed }: JobLoop) =>
        failed === null || failed === 0
          ? number(done)
          : `${number(done)} · ${t("jobs.dayFailures", { count: failed })}`,
    },
  ];
}
