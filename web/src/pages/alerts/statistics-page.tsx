import { GetAlertStatistics } from "@banksman/wire/api";
import { AlertLevel } from "@banksman/wire/model";
import { Segmented, Table } from "antd";
import type { ReactNode } from "react";
import { Link } from "react-router";
import type { DataOf } from "../../api/client.ts";
import { useRoute } from "../../api/query.ts";
import { ColumnCards } from "../../components/column-cards.tsx";
import { Panel } from "../../components/panel.tsx";
import { StatTile } from "../../components/stat-tile.tsx";
import { EmptyState, ErrorState, SkeletonRows } from "../../components/states.tsx";
import { ChoiceFilter } from "../../components/table-filters.tsx";
import { number } from "../../format/format.ts";
import { browserZone, duration } from "../../format/time.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { usePhone } from "../../hooks/use-media.ts";
import { useUrlState } from "../../hooks/use-url-state.ts";
import { useSiteName, useSites } from "../../shell/use-current-site.ts";
import { placeOf } from "./alert-words.ts";
import { AlertsFrame } from "./alerts-frame.tsx";
import { DayBars } from "./day-bars.tsx";

const DAYS = [7, 30, 90] as const;
type Statistics = DataOf<typeof GetAlertStatistics>;

/** Which rules and sites fire most, how soon people answer, and what flaps. */
export default function StatisticsPage() {
  const { t } = useLang();
  const { params, set } = useUrlState();
  const { data } = useSites();
  const days = DAYS.find((one) => String(one) === params.get("days")) ?? DAYS[0];
  const site = params.get("site");
  const query = { days, time_zone: browserZone(), ...(site === null ? {} : { site_id: site }) };
  const found = useRoute(GetAlertStatistics, { query }, { every: 60_000, keep: true });
  return (
    <AlertsFrame>
      <div className="bm-table-tools">
        <Segmented
          size="small"
          aria-label={t("miner.range")}
          value={days}
          options={DAYS.map((value) => ({ value, label: t("miner.days", { count: value }) }))}
          onChange={(value) => set({ days: value === DAYS[0] ? null : String(value) })}
        />
        <ChoiceFilter
          label={t("alerts.site")}
          value={site}
          options={(data?.sites ?? []).map(({ site_id, name }) => ({ value: site_id, label: name }))}
          onChange={(chosen) => set({ site: chosen })}
        />
      </div>
      {found.error && !found.data ? (
        <div className="bm-panel">
          <ErrorState error={found.error} onRetry={() => void found.refetch()} permission="alert.read" />
        </div>
      ) : null}
      {found.isPending ? <SkeletonRows rows={10} /> : null}
      {found.data ? <Figures statistics={found.data} /> : null}
    </AlertsFrame>
  );
}

function Figures({ statistics }: { statistics: Statistics }) {
  const { t, lang } = useLang();
  const siteName = useSiteName();
  const { fired, by_level, to_acknowledge_s: answer, acknowledged, by_rule, by_site, by_day, flappers } = statistics;
  if (fired === 0)
    return (
      <div className="bm-panel">
        <EmptyState icon="check" title={t("statistics.none")} detail={t("statistics.noneDetail")} />
      </div>
    );
  const text = (value: number | null) => ({ text: duration(value, lang), unit: "" });
  return (
    <>
      <div className="bm-tiles">
        <StatTile label={t("statistics.fired")} figure={{ text: number(fired), unit: "" }} />
        {AlertLevel.options.map((level) => (
          <StatTile key={level} label={t(`level.${level}`)} figure={{ text: number(by_level[level]), unit: "" }} />
        ))}
        <StatTile
          label={t("statistics.answer")}
          figure={text(answer.median)}
          context={t("statistics.answerContext", { p95: duration(answer.p95, lang), count: acknowledged })}
        />
      </div>
      <Panel title={t("statistics.byDay")}>
        <DayBars days={by_day} />
      </Panel>
      <Panel title={t("statistics.byRule")} flush>
        <Rows
          label={t("statistics.byRule")}
          rows={by_rule}
          keyOf={({ rule_id, rule }) => rule_id ?? rule.en}
          columns={[
            {
              key: "rule",
              title: t("alerts.rule"),
              render: (_, { rule_id, rule }) =>
                rule_id === null ? (
                  rule[lang]
                ) : (
                  <Link to={`/alerts/rules/${encodeURIComponent(rule_id)}`}>{rule[lang]}</Link>
                ),
            },
            { key: "fired", title: t("statistics.fired"), align: "right", render: (_, row) => number(row.fired) },
            { key: "open", title: t("statistics.open"), align: "right", render: (_, row) => number(row.open) },
            {
              key: "ack",
              title: t("statistics.answer"),
              align: "right",
              render: (_, row) => duration(row.to_acknowledge_s, lang),
            },
            {
              key: "over",
              title: t("statistics.recover"),
              align: "right",
              render: (_, row) => duration(row.to_resolve_s, lang),
            },
          ]}
        />
      </Panel>
      <Panel title={t("statistics.bySite")} flush>
        <Rows
          label={t("statistics.bySite")}
          rows={by_site}
          keyOf={({ site_id }) => site_id ?? ""}
          columns={[
            {
              key: "site",
              title: t("alerts.site"),
              render: (_, { site_id }) => (site_id === null ? t("alerts.fleet") : siteName(site_id)),
            },
            { key: "fired", title: t("statistics.fired"), align: "right", render: (_, row) => number(row.fired) },
            { key: "open", title: t("statistics.open"), align: "right", render: (_, row) => number(row.open) },
          ]}
        />
      </Panel>
      {flappers.length > 0 ? (
        <Panel title={t("statistics.flappers")} hint={t("statistics.flappersHint")} flush>
          <Rows
            label={t("statistics.flappers")}
            rows={flappers}
            keyOf={({ fingerprint }) => fingerprint}
            columns={[
              {
                key: "target",
                title: t("statistics.target"),
                render: (_, { target }) => (target ? placeOf({ target, labels: {} }, t, siteName) : "–"),
              },
              { key: "rule", title: t("alerts.rule"), render: (_, { rule }) => rule[lang] },
              { key: "fired", title: t("statistics.fired"), align: "right", render: (_, row) => number(row.fired) },
            ]}
          />
        </Panel>
      ) : null}
    </>
  );
}

type Column<Row> = {
  key: string;
  title: string;
  align?: "right";
  render: (value: unknown, row: Row) => ReactNode;
};
type RowsProps<Row> = { label: string; rows: readonly Row[]; keyOf: (row: Row) => string; columns: Column<Row>[] };

function Rows<Row extends object>({ label, rows, keyOf, columns }: RowsProps<Row>) {
  if (usePhone()) return <ColumnCards rows={rows} columns={columns} keyOf={keyOf} label={label} />;
  return (
    <Table<Row>
      size="small"
      rowKey={keyOf}
      dataSource={[...rows]}
      pagination={false}
      scroll={{ x: 560 }}
      aria-label={label}
      columns={columns}
    />
  );
}
