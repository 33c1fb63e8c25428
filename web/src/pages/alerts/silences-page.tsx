import { EndSilence, GetAlertCounts, ListAlerts, ListSilences, type Silence } from "@banksman/wire/api";
import { App, Button, Popconfirm, Segmented, Table } from "antd";
import { useState } from "react";
import { useChange, useRoute } from "../../api/query.ts";
import { ColumnCards } from "../../components/column-cards.tsx";
import { Icon } from "../../components/icons.tsx";
import { EmptyState, ErrorState, ProblemText, SkeletonRows } from "../../components/states.tsx";
import { number } from "../../format/format.ts";
import { browserZone, fullTime } from "../../format/time.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { usePhone } from "../../hooks/use-media.ts";
import { useUrlState } from "../../hooks/use-url-state.ts";
import { useSession } from "../../shell/session.tsx";
import { AlertsFrame } from "./alerts-frame.tsx";
import { matcherWords, scheduleWords } from "./matcher-words.ts";
import { SilenceForm } from "./silence-form.tsx";

/** What is kept from being told: silences and maintenance windows. */
export default function SilencesPage() {
  const { t } = useLang();
  const { can } = useSession();
  const { params, set } = useUrlState();
  const [isMaking, setMaking] = useState(false);
  const state = params.get("state") === "all" ? "all" : "current";
  const found = useRoute(ListSilences, { query: { state } }, { every: 30_000, keep: true });
  const silences = found.data?.silences ?? [];
  const make = can("alert.ack") ? (
    <Button icon={<Icon name="plus" />} onClick={() => setMaking(true)}>
      {t("silences.make")}
    </Button>
  ) : null;
  return (
    <AlertsFrame extra={make}>
      <section className="bm-panel bm-panel-flush" aria-label={t("alerts.tab.silences")}>
        <div className="bm-table-tools">
          <Segmented
            size="small"
            aria-label={t("alerts.stateTitle")}
            value={state}
            options={[
              { value: "current", label: t("silences.current") },
              { value: "all", label: t("silences.all") },
            ]}
            onChange={(value) => set({ state: value === "all" ? "all" : null })}
          />
        </div>
        {found.error && !found.data ? (
          <ErrorState error={found.error} onRetry={() => void found.refetch()} permission="alert.read" />
        ) : null}
        {found.isPending ? <SkeletonRows rows={4} /> : null}
        {found.data && silences.length === 0 ? (
          <EmptyState icon="mute" title={t("silences.none")} detail={t("silences.noneDetail")} action={make} />
        ) : null}
        {silences.length > 0 ? <Rows silences={silences} /> : null}
      </section>
      <SilenceForm open={isMaking} about={null} onClose={() => setMaking(false)} />
    </AlertsFrame>
  );
}

function Rows({ silences }: { silences: readonly Silence[] }) {
  const { t } = useLang();
  const columns = useColumns();
  const keyOf = ({ silence_id }: Silence) => silence_id;
  if (usePhone())
    return <ColumnCards rows={silences} columns={columns} keyOf={keyOf} label={t("alerts.tab.silences")} />;
  return (
    <Table<Silence>
      size="small"
      rowKey={keyOf}
      dataSource={silences}
      pagination={false}
      scroll={{ x: 900 }}
      aria-label={t("alerts.tab.silences")}
      columns={columns}
    />
  );
}

function useColumns() {
  const { t, lang } = useLang();
  const zone = browserZone();
  const time = (at: string | null) => (at === null ? t("silences.noEnd") : fullTime(Date.parse(at), zone));
  return [
    {
      key: "state",
      title: t("alerts.stateTitle"),
      render: (_: unknown, { state }: Silence) => t(`silences.state.${state}`),
    },
    { key: "kind", title: t("silences.kind"), render: (_: unknown, { kind }: Silence) => t(`silences.${kind}`) },
    {
      key: "what",
      title: t("silences.what"),
      render: (_: unknown, { matcher }: Silence) => matcherWords(matcher, t),
    },
    {
      key: "reason",
      title: t("silences.reason"),
      render: (_: unknown, { reason }: Silence) => <span className="bm-wrap">{reason}</span>,
    },
    {
      key: "when",
      title: t("silences.when"),
      render: (_: unknown, { starts_at, ends_at, schedule }: Silence) => (
        <>
          {time(starts_at)} – {time(ends_at)}
          {schedule ? <small className="bm-muted"> {scheduleWords(schedule, lang)}</small> : null}
        </>
      ),
    },
    {
      key: "matches",
      title: t("silences.matches"),
      align: "right" as const,
      render: (_: unknown, { matches }: Silence) => number(matches),
    },
    { key: "by", title: t("silences.by"), render: (_: unknown, { created_by }: Silence) => created_by },
    { key: "end", title: t("common.actions"), render: (_: unknown, silence: Silence) => <End silence={silence} /> },
  ];
}

function End({ silence }: { silence: Silence }) {
  const { t } = useLang();
  const { can } = useSession();
  const { message } = App.useApp();
  const end = useChange(EndSilence, [ListSilences, ListAlerts, GetAlertCounts]);
  if (!can("alert.ack") || silence.state === "ended") return null;
  return (
    <Popconfirm
      title={t("silences.endTitle")}
      okText={t("silences.end")}
      cancelText={t("common.cancel")}
      onConfirm={() =>
        end
          .mutateAsync({ params: { silence_id: silence.silence_id } })
          .catch((error: unknown) => void message.error(<ProblemText error={error} />))
      }
    >
      <Button size="small">{t("silences.end")}</Button>
    </Popconfirm>
  );
}
