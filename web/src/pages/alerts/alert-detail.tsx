import { AddAlertNote, type Alert, GetAlert, ListDeliveries } from "@banksman/wire/api";
import { Button, Input } from "antd";
import { type ReactNode, useState } from "react";
import { Link } from "react-router";
import type { DataOf } from "../../api/client.ts";
import { useChange, useRoute } from "../../api/query.ts";
import { Age } from "../../components/age.tsx";
import { FormProblem } from "../../components/form-problem.tsx";
import { Icon } from "../../components/icons.tsx";
import { LevelPill } from "../../components/level-pill.tsx";
import { SideDrawer } from "../../components/side-drawer.tsx";
import { ErrorState, SkeletonRows } from "../../components/states.tsx";
import { browserZone, fullTime } from "../../format/time.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { useDesk } from "../../hooks/use-media.ts";
import { useSession } from "../../shell/session.tsx";
import { useSiteName } from "../../shell/use-current-site.ts";
import { AlertClips } from "./alert-clips.tsx";
import { AlertTimeline } from "./alert-timeline.tsx";
import { pageOf, placeOf, valuesOf } from "./alert-words.ts";

type Detail = DataOf<typeof GetAlert>;
type Props = { alertId: number; onClose: () => void; onAcknowledge: () => void; onSilence: () => void };

/** One alert beside the list, or over it where there is no room. */
export function AlertDetail(props: Props) {
  const { t } = useLang();
  const isDesk = useDesk();
  const body = <Content {...props} />;
  if (isDesk)
    return (
      <aside className="bm-panel bm-alert-detail" aria-label={t("alerts.detail")}>
        {body}
      </aside>
    );
  return (
    <SideDrawer open onClose={props.onClose} title={t("alerts.detail")}>
      {body}
    </SideDrawer>
  );
}

function Content({ alertId, onClose, onAcknowledge, onSilence }: Props) {
  const { t, lang } = useLang();
  const siteName = useSiteName();
  const found = useRoute(GetAlert, { params: { alert_id: alertId } }, { every: 30_000, keep: true });
  if (found.error && !found.data)
    return (
      <ErrorState
        error={found.error}
        onRetry={() => void found.refetch()}
        missing={t("alerts.gone")}
        permission="alert.read"
      />
    );
  if (!found.data) return <SkeletonRows rows={8} />;
  const { alert, inhibits, earlier, timeline } = found.data;
  return (
    <>
      <header className="bm-alert-head">
        <div className="bm-with-glyph">
          <LevelPill level={alert.level} />
          <span className="bm-muted">
            #{alert.alert_id}{" "}
            {earlier.length > 0 ? `· ${t("alerts.occurrences", { count: earlier.length + 1 })}` : null}
          </span>
          <span className="bm-grow" />
          <Button
            type="text"
            className="bm-icon-button"
            aria-label={t("common.close")}
            icon={<Icon name="close" />}
            onClick={onClose}
          />
        </div>
        <h2>{alert.title[lang]}</h2>
        <p className="bm-muted">
          {placeOf(alert, t, siteName)} · {t(`alerts.state.${alert.state}`)} <Age at={alert.fired_at ?? alert.since} />
        </p>
        <Actions alert={alert} onAcknowledge={onAcknowledge} onSilence={onSilence} />
      </header>
      <Facts alert={alert} inhibits={inhibits} />
      <Note alert={alert} />
      <h3>{t("alerts.timeline")}</h3>
      <AlertTimeline events={timeline} />
      <AlertClips alert={alert} />
      <Deliveries alertId={alertId} />
      {earlier.length > 0 ? <Earlier earlier={earlier} /> : null}
    </>
  );
}

type ActionsProps = { alert: Alert; onAcknowledge: () => void; onSilence: () => void };

function Actions({ alert, onAcknowledge, onSilence }: ActionsProps) {
  const { t } = useLang();
  const { can } = useSession();
  const page = pageOf(alert.target);
  const isOpen = alert.state !== "resolved";
  return (
    <div className="bm-button-row">
      {can("alert.ack") && alert.state === "firing" ? (
        <Button type="primary" icon={<Icon name="check" />} onClick={onAcknowledge}>
          {t("alerts.acknowledge")}
        </Button>
      ) : null}
      {can("alert.ack") && isOpen ? (
        <Button icon={<Icon name="mute" />} onClick={onSilence}>
          {t("alerts.silenceDots")}
        </Button>
      ) : null}
      {page === null ? null : <Link to={page}>{t("alerts.openPage")}</Link>}
    </div>
  );
}

function Facts({ alert, inhibits }: { alert: Alert; inhibits: number }) {
  const { t, lang } = useLang();
  const zone = browserZone();
  const { suppressed } = alert;
  const facts: [string, ReactNode][] = [];
  if (alert.text[lang] !== "") facts.push([t("alerts.says"), alert.text[lang]]);
  if (valuesOf(alert) !== "") facts.push([t("alerts.values"), valuesOf(alert)]);
  if (alert.no_data) facts.push([t("alerts.noData"), t("alerts.noDataWhy")]);
  if (suppressed)
    facts.push([
      t("alerts.whyQuiet"),
      <>
        {t(`alerts.why.${suppressed.by}`)} {suppressed.reason}
        {suppressed.by === "inhibition" && suppressed.ref !== null ? (
          <Link to={`?alert=${suppressed.ref}`}> #{suppressed.ref}</Link>
        ) : null}
        {suppressed.until ? ` ${t("alerts.until", { time: fullTime(Date.parse(suppressed.until), zone) })}` : null}
      </>,
    ]);
  if (inhibits > 0) facts.push([t("alerts.holdsDown"), t("alerts.holdsDownCount", { count: inhibits })]);
  if (alert.acknowledged_by !== null)
    facts.push([t("alerts.takenBy"), `${alert.acknowledged_by}${alert.comment ? `: ${alert.comment}` : ""}`]);
  const rulePath = alert.rule_id === null ? null : `/alerts/rules/${encodeURIComponent(alert.rule_id)}`;
  const rule = rulePath === null ? alert.rule[lang] : <Link to={rulePath}>{alert.rule[lang]}</Link>;
  facts.push([t("alerts.rule"), rule]);
  return (
    <dl className="bm-facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd className="bm-wrap">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Note({ alert }: { alert: Alert }) {
  const { t } = useLang();
  const { can } = useSession();
  const [text, setText] = useState("");
  const add = useChange(AddAlertNote, [GetAlert]);
  if (!can("alert.ack")) return null;
  const submit = async () => {
    if (text.trim() === "") return;
    const added = await add
      .mutateAsync({ params: { alert_id: alert.alert_id }, body: { text: text.trim() } })
      .catch(() => null);
    if (added) setText("");
  };
  return (
    <div className="bm-alert-note">
      <Input.TextArea
        id="alert-note"
        autoSize={{ minRows: 1, maxRows: 5 }}
        aria-label={t("alerts.note")}
        placeholder={t("alerts.noteHelp")}
        value={text}
        maxLength={2_000}
        onChange={({ target }) => setText(target.value)}
      />
      <Button disabled={text.trim() === ""} loading={add.isPending} onClick={() => void submit()}>
        {t("alerts.addNote")}
      </Button>
      <FormProblem error={add.error} />
    </div>
  );
}

function Deliveries({ alertId }: { alertId: number }) {
  const { t } = useLang();
  const found = useRoute(ListDeliveries, { query: { alert_id: alertId, per_page: 20 } }, { keep: true });
  const deliveries = found.data?.deliveries ?? [];
  if (deliveries.length === 0) return null;
  return (
    <>
      <h3>{t("alerts.messages")}</h3>
      <ul className="bm-plain-list">
        {deliveries.map(({ delivery_id, channel, state, error, created_at }) => (
          <li key={delivery_id}>
            {channel}: {t(`alerts.delivery.${state}`)} <Age at={created_at} ago />
            {error !== null && state !== "sent" ? <small className="bm-muted"> {error}</small> : null}
          </li>
        ))}
      </ul>
    </>
  );
}

function Earlier({ earlier }: { earlier: Detail["earlier"] }) {
  const { t } = useLang();
  return (
    <>
      <h3>{t("alerts.earlier")}</h3>
      <ul className="bm-plain-list">
        {earlier.slice(0, 10).map(({ alert_id, since }) => (
          <li key={alert_id}>
            <Link to={`?alert=${alert_id}`}>#{alert_id}</Link> <Age at={since} ago />
          </li>
        ))}
      </ul>
    </>
  );
}
