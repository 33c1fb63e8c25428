import { type Alert, ListAlerts } from "@banksman/wire/api";
import { Button } from "antd";
import { useMemo, useState } from "react";
import { useRoute } from "../../api/query.ts";
import { Pages } from "../../components/page-foot.tsx";
import { EmptyState, ErrorState, SkeletonRows } from "../../components/states.tsx";
import { number } from "../../format/format.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { useUrlState } from "../../hooks/use-url-state.ts";
import { useSession } from "../../shell/session.tsx";
import { useKey } from "../../shell/use-shortcuts.ts";
import { AcknowledgeDialog } from "./acknowledge-dialog.tsx";
import { AlertDetail } from "./alert-detail.tsx";
import { AlertFilters } from "./alert-filters.tsx";
import { alertQuery, FILTERS, isFiltered, PER_PAGE, type View } from "./alert-query.ts";
import { AlertRow } from "./alert-row.tsx";
import { AlertsFrame } from "./alerts-frame.tsx";
import { KeyboardHelp } from "./keyboard-help.tsx";
import { LevelCounts } from "./level-counts.tsx";
import { SilenceForm } from "./silence-form.tsx";

const EVERY_MS = 30_000;

/** Alerts that are open, the worst first, or those that are over; one of them beside the list. */
export default function AlertsPage({ view }: { view: View }) {
  const { t } = useLang();
  const { can } = useSession();
  const { params, set, push } = useUrlState();
  const found = useRoute(ListAlerts, { query: alertQuery(params, view) }, { every: EVERY_MS, keep: true });
  const alerts = found.data?.alerts ?? [];
  const selection = useSelection(alerts);
  const [dialog, setDialog] = useState<"ack" | "silence" | null>(null);
  const openId = Number(params.get("alert")) || null;
  const open = (alert: Alert | undefined) => alert && push({ alert: String(alert.alert_id) });
  const current = alerts.find(({ alert_id }) => alert_id === openId);
  const chosen = selection.chosen.length > 0 ? selection.chosen : current ? [current] : [];
  const mayAct = can("alert.ack") && view === "active";

  useKey("jkxXans", (key, event) => {
    const place = alerts.findIndex(({ alert_id }) => alert_id === openId);
    if (key === "j") open(alerts[Math.min(place + 1, alerts.length - 1)]);
    if (key === "k") open(alerts[Math.max(place - 1, 0)]);
    if (!mayAct || current === undefined) return;
    event.preventDefault();
    if (key === "x" || key === "X") selection.toggle(current.alert_id, key === "X");
    if (key === "a") setDialog("ack");
    if (key === "s") setDialog("silence");
    if (key === "n") document.querySelector<HTMLTextAreaElement>("#alert-note")?.focus();
  });

  const total = found.data?.total ?? 0;
  const done = () => {
    setDialog(null);
    selection.clear();
  };
  return (
    <AlertsFrame>
      <div className="bm-alerts-columns">
        <div className="bm-stack">
          {view === "active" ? <LevelCounts /> : null}
          <section className="bm-panel bm-panel-flush" aria-label={t(`alerts.tab.${view}`)}>
            <AlertFilters view={view} />
            {found.error && !found.data ? (
              <ErrorState error={found.error} onRetry={() => void found.refetch()} permission="alert.read" />
            ) : null}
            {found.isPending ? <SkeletonRows rows={10} /> : null}
            {found.data && total === 0 ? <NoAlerts view={view} /> : null}
            <ul className="bm-alert-list" aria-label={t("alerts.list")}>
              {alerts.map((alert) => (
                <AlertRow
                  key={alert.alert_id}
                  alert={alert}
                  isCurrent={alert.alert_id === openId}
                  isSelected={selection.has(alert.alert_id)}
                  onOpen={() => open(alert)}
                  onSelect={mayAct ? (range) => selection.toggle(alert.alert_id, range) : null}
                />
              ))}
            </ul>
            <div className="bm-table-foot">
              {selection.chosen.length > 0 ? (
                <>
                  <span>{t("alerts.selected", { count: selection.chosen.length })}</span>
                  <Button size="small" type="primary" onClick={() => setDialog("ack")}>
                    {t("alerts.acknowledge")}
                  </Button>
                  <Button size="small" onClick={selection.clear}>
                    {t("alerts.clearSelection")}
                  </Button>
                </>
              ) : (
                <KeyboardHelp acts={mayAct} />
              )}
              <span className="bm-grow" />
              {total > PER_PAGE ? (
                <Pages total={total} perPage={PER_PAGE} page={Number(params.get("page")) || 1} set={set} />
              ) : (
                <span className="bm-muted">{t("alerts.rowCount", { total: number(total) })}</span>
              )}
            </div>
          </section>
        </div>
        {openId === null ? null : (
          <AlertDetail
            alertId={openId}
            onClose={() => set({ alert: null })}
            onAcknowledge={() => setDialog("ack")}
            onSilence={() => setDialog("silence")}
          />
        )}
      </div>
      <AcknowledgeDialog open={dialog === "ack"} alerts={chosen} onClose={() => setDialog(null)} onDone={done} />
      <SilenceForm open={dialog === "silence"} about={current ?? null} onClose={() => setDialog(null)} />
    </AlertsFrame>
  );
}

function NoAlerts({ view }: { view: View }) {
  const { t } = useLang();
  const { params, set } = useUrlState();
  if (!isFiltered(params))
    return <EmptyState icon="check" title={t(`alerts.none.${view}`)} detail={t(`alerts.noneDetail.${view}`)} />;
  const clear = (
    <Button onClick={() => set(Object.fromEntries(FILTERS.map((name) => [name, null])))}>{t("alerts.clear")}</Button>
  );
  return <EmptyState icon="search" title={t("alerts.noMatch")} detail={t("alerts.noMatchDetail")} action={clear} />;
}

/** What is ticked; it survives paging, and what is over falls out of it. */
function useSelection(alerts: readonly Alert[]) {
  const [ids, setIds] = useState<ReadonlyMap<number, Alert>>(new Map());
  const [last, setLast] = useState<number | null>(null);
  const chosen = useMemo(() => [...ids.values()], [ids]);
  const toggle = (id: number, range: boolean) => {
    const next = new Map(ids);
    const from = alerts.findIndex(({ alert_id }) => alert_id === last);
    const to = alerts.findIndex(({ alert_id }) => alert_id === id);
    const span = range && from >= 0 ? alerts.slice(Math.min(from, to), Math.max(from, to) + 1) : [alerts[to]];
    const adds = !ids.has(id);
    for (const alert of span) {
      if (alert && adds) next.set(alert.alert_id, alert);
      else if (alert) next.delete(alert.alert_id);
    }
    setIds(next);
    setLast(id);
  };
  return { chosen, has: (id: number) => ids.has(id), toggle, clear: () => setIds(new Map()) };
}
