import { DeleteEscalation, DeleteOnCall, type Escalation, GetOnCall, type OnCall } from "@banksman/wire/api";
import { App, Button, Popconfirm } from "antd";
import { useState } from "react";
import { useChange, useRoute } from "../../api/query.ts";
import { serverNow } from "../../api/server-clock.ts";
import { Icon } from "../../components/icons.tsx";
import { LevelPill } from "../../components/level-pill.tsx";
import { Panel } from "../../components/panel.tsx";
import { EmptyState, ErrorState, ProblemText, SkeletonRows } from "../../components/states.tsx";
import { date, duration, fullTime } from "../../format/time.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { useSession } from "../../shell/session.tsx";
import { AlertsFrame } from "./alerts-frame.tsx";
import { EscalationForm } from "./escalation-form.tsx";
import { OnCallForm } from "./on-call-form.tsx";
import { turnsOf } from "./on-call-turns.ts";

const WEEKS = 6;

/** Who is called when, and how an alert that nobody takes climbs. */
export default function OnCallPage() {
  const { t } = useLang();
  const { canEverywhere } = useSession();
  const [order, editOrder] = useState<OnCall | "new" | null>(null);
  const [escalation, editEscalation] = useState<Escalation | "new" | null>(null);
  const found = useRoute(GetOnCall, {}, { every: 60_000, keep: true });
  const mayManage = canEverywhere("alert.manage");
  const add = (onClick: () => void, label: string) =>
    mayManage ? (
      <Button size="small" icon={<Icon name="plus" />} onClick={onClick}>
        {label}
      </Button>
    ) : null;
  const addOrder = add(() => editOrder("new"), t("onCall.addOrder"));
  const addEscalation = add(() => editEscalation("new"), t("onCall.addEscalation"));
  const schedules = found.data?.schedules ?? [];
  const escalations = found.data?.escalations ?? [];
  return (
    <AlertsFrame>
      {found.error && !found.data ? (
        <div className="bm-panel">
          <ErrorState error={found.error} onRetry={() => void found.refetch()} permission="alert.read" />
        </div>
      ) : null}
      {found.isPending ? <SkeletonRows rows={6} /> : null}
      {found.data ? (
        <>
          <Panel title={t("onCall.orders")} extra={addOrder} flush>
            {schedules.length === 0 ? (
              <EmptyState icon="users" title={t("onCall.none")} detail={t("onCall.noneDetail")} />
            ) : null}
            {schedules.map((one) => (
              <Order key={one.name} order={one} onEdit={mayManage ? () => editOrder(one) : null} />
            ))}
          </Panel>
          <Panel title={t("onCall.escalations")} extra={addEscalation} flush>
            {escalations.length === 0 ? (
              <EmptyState icon="bell" title={t("onCall.noEscalation")} detail={t("onCall.noEscalationDetail")} />
            ) : null}
            {escalations.map((one) => (
              <Steps key={one.name} escalation={one} onEdit={mayManage ? () => editEscalation(one) : null} />
            ))}
          </Panel>
        </>
      ) : null}
      <OnCallForm editing={order} onClose={() => editOrder(null)} />
      <EscalationForm editing={escalation} schedules={schedules} onClose={() => editEscalation(null)} />
    </AlertsFrame>
  );
}

/** An order with its turns week by week. */
function Order({ order, onEdit }: { order: OnCall; onEdit: (() => void) | null }) {
  const { t } = useLang();
  const remove = useChange(DeleteOnCall, [GetOnCall]);
  return (
    <article className="bm-pad bm-on-call">
      <header className="bm-button-row">
        <h3>{order.name}</h3>
        <span>
          {order.now === null ? t("onCall.nobody") : t("onCall.now", { name: order.now })}
          {order.next
            ? ` · ${t("onCall.next", { name: order.next.name, time: fullTime(Date.parse(order.next.at), order.time_zone) })}`
            : ""}
        </span>
        <span className="bm-grow" />
        {onEdit ? (
          <EditButtons
            name={order.name}
            onEdit={onEdit}
            remove={() => remove.mutateAsync({ params: { name: order.name } })}
          />
        ) : null}
      </header>
      <ol className="bm-turns" aria-label={t("onCall.turns")}>
        {turnsOf(order, serverNow(), WEEKS * 7).map(({ name, from, isOverride, isNow }) => (
          <li key={`${from} ${name}`} className={isNow ? "bm-turn-now" : ""}>
            <strong>{name}</strong>
            <small className="bm-muted">
              {date(from, order.time_zone)}
              {isOverride ? ` · ${t("onCall.override")}` : ""}
            </small>
          </li>
        ))}
      </ol>
    </article>
  );
}

function Steps({ escalation, onEdit }: { escalation: Escalation; onEdit: (() => void) | null }) {
  const { t, lang } = useLang();
  const remove = useChange(DeleteEscalation, [GetOnCall]);
  return (
    <article className="bm-pad bm-on-call">
      <header className="bm-button-row">
        <h3>{escalation.name}</h3>
        {escalation.levels.map((level) => (
          <LevelPill key={level} level={level} />
        ))}
        <span className="bm-muted">
          {escalation.sites.length === 0 ? t("silences.anySite") : escalation.sites.join(", ")}
        </span>
        <span className="bm-grow" />
        {onEdit ? (
          <EditButtons
            name={escalation.name}
            onEdit={onEdit}
            remove={() => remove.mutateAsync({ params: { name: escalation.name } })}
          />
        ) : null}
      </header>
      <ol className="bm-plain-list">
        {escalation.steps.map((step) => (
          <li key={`${step.after_s} ${step.on_call} ${step.person}`}>
            {t("onCall.after", { time: duration(step.after_s, lang) })}{" "}
            {step.on_call === null ? "" : t("onCall.stepPerson", { order: step.on_call, person: step.person + 1 })}{" "}
            {step.channels.join(", ")}
          </li>
        ))}
      </ol>
    </article>
  );
}

type EditProps = { name: string; onEdit: () => void; remove: () => Promise<unknown> };

function EditButtons({ name, onEdit, remove }: EditProps) {
  const { t } = useLang();
  const { message } = App.useApp();
  return (
    <>
      <Button size="small" onClick={onEdit}>
        {t("channels.edit")}
      </Button>
      <Popconfirm
        title={t("channels.removeTitle", { name })}
        okText={t("channels.remove")}
        cancelText={t("common.cancel")}
        onConfirm={() => remove().catch((error: unknown) => void message.error(<ProblemText error={error} />))}
      >
        <Button size="small" danger>
          {t("channels.remove")}
        </Button>
      </Popconfirm>
    </>
  );
}
