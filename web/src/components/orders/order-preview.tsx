import {
  type CommandPreview,
  type CommandTarget,
  GetOrder,
  GiveCommands,
  ListCommands,
  ListOrders,
  PreviewCommands,
} from "@banksman/wire/api";
import { CommandOrder, CoolingOrder } from "@banksman/wire/model";
import { Button, Input, InputNumber, Modal } from "antd";
import { useEffect, useMemo, useRef, useState } from "react";
import { Link } from "react-router";
import { useChange, useRoute } from "../../api/query.ts";
import { hashrate, number, power } from "../../format/format.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { FormProblem } from "../form-problem.tsx";
import { SkeletonRows } from "../states.tsx";
import { UnitValue } from "../unit-value.tsx";
import { CommandTrail } from "./command-trail.tsx";
import { Labelled, OrderFields } from "./order-fields.tsx";
import { orderWords } from "./order-words.ts";
import { Paused } from "./paused.tsx";

/** From here on a person types the count: a slip of the hand should not stop a hall. */
const TYPED_FROM = 101;
const USUAL_BATCH = 50;

export type DeviceOrder = CommandOrder | CoolingOrder;
type Props = { target: CommandTarget; order: DeviceOrder; onClose: () => void };

/** What an order would do, to how many and why not to others; then the reason and the button; then what becomes of it. */
export function OrderPreview({ target, order: first, onClose }: Props) {
  const { t } = useLang();
  const [order, setOrder] = useState(first);
  const change = useChange(GiveCommands, [ListCommands, ListOrders]);
  const given = change.data?.order;
  return (
    <Modal open title={orderWords(t, order)} onCancel={onClose} footer={null} width={560} destroyOnHidden>
      {given ? (
        <Progress orderId={given.order_id} onClose={onClose} />
      ) : (
        <Ask
          target={target}
          order={order}
          onOrder={setOrder}
          error={change.error}
          isPending={change.isPending}
          onGive={(more) => change.mutate({ body: { target, order, ...more } })}
        />
      )}
    </Modal>
  );
}

type More = { reason: string; rolling: { canary: number; batch: number; max_failed_percent: number } | null };
type AskProps = {
  target: CommandTarget;
  order: DeviceOrder;
  onOrder: (order: DeviceOrder) => void;
  error: Error | null;
  isPending: boolean;
  onGive: (more: More) => void;
};

function Ask({ target, order, onOrder, error, isPending, onGive }: AskProps) {
  const { t, lang } = useLang();
  const [reason, setReason] = useState("");
  const [typed, setTyped] = useState<number | null>(null);
  const [rolling, setRolling] = useState({ canary: 1, batch: USUAL_BATCH, max_failed_percent: 10 });
  const isWhole =
    (CommandOrder.safeParse(order).success || CoolingOrder.safeParse(order).success) &&
    (order.order !== "pools_set" || order.pools[0]?.worker !== "");
  const body = useMemo(() => ({ target, order }), [target, order]);
  const preview = useRoute(PreviewCommands, { body }, { enabled: isWhole, keep: true });
  // What was kept of the order before says nothing of one that can't be given.
  const shown = isWhole ? preview.data : undefined;
  const count = shown?.ordered ?? 0;
  const mustType = count >= TYPED_FROM;
  const isReady = isWhole && reason.trim().length >= 3 && count > 0 && (!mustType || typed === count);
  const stops = order.order === "stop" || (order.order === "mode_set" && order.mode === "sleep");
  const devices = t("orders.device", { count });
  return (
    <form
      className="bm-order"
      onSubmit={(event) => {
        event.preventDefault();
        if (isReady) onGive({ reason: reason.trim(), rolling: count > 1 ? rolling : null });
      }}
    >
      <OrderFields order={order} onChange={onOrder} />
      {shown ? <Facts preview={shown} lang={lang} /> : isWhole && !preview.error ? <SkeletonRows rows={3} /> : null}
      {count > 1 ? <RollingFields value={rolling} onChange={setRolling} /> : null}
      <Labelled label={t("orders.reason")}>
        <Input
          data-first
          aria-label={t("orders.reason")}
          placeholder={t("orders.reasonHelp")}
          maxLength={500}
          value={reason}
          onChange={({ target: field }) => setReason(field.value)}
        />
      </Labelled>
      {mustType ? (
        <Labelled label={t("orders.typeCount", { n: number(count) })}>
          <InputNumber
            aria-label={t("orders.typeCount", { n: number(count) })}
            value={typed}
            onChange={(value) => setTyped(value)}
          />
        </Labelled>
      ) : null}
      <FormProblem error={error ?? (isWhole && !shown ? preview.error : null)} />
      <Button type="primary" danger={stops} ghost={stops} htmlType="submit" disabled={!isReady} loading={isPending}>
        {t("orders.give", { order: orderWords(t, order), devices })}
      </Button>
    </form>
  );
}

/** A few miners are a thousandth of the units of sites. */
const scaleOf = (devices: number) => (devices < 100 ? "miner" : "site");

function Facts({ preview, lang }: { preview: CommandPreview; lang: "zh" | "en" }) {
  const { t } = useLang();
  const { ordered, devices, skipped, waits, approval } = preview;
  return (
    <div className="bm-order-facts" aria-live="polite">
      <p>
        <b>
          {number(ordered)} / {number(devices)}
        </b>{" "}
        {t("orders.ordered")}
      </p>
      {preview.hashrate_ghs === null ? null : (
        <p>
          {t("orders.lost")}: <UnitValue figure={hashrate(preview.hashrate_ghs, scaleOf(ordered))} />
          {preview.power_consumption === null ? null : (
            <>
              {" · "}
              {t("orders.power")}: <UnitValue figure={power(preview.power_consumption, scaleOf(ordered))} />
            </>
          )}
        </p>
      )}
      <ul>
        {skipped.map(({ code, because, devices: n }) => (
          <li key={code + because.en}>
            {t("orders.skipped")} {number(n)}: {because[lang]}
          </li>
        ))}
        {waits.map(({ code, because, devices: n }) => (
          <li key={code}>
            {t("orders.waits")} {number(n)}: {because[lang]}
          </li>
        ))}
        {approval ? (
          <li>{t("orders.approvalNeeded", { minutes: approval.within_minutes, title: approval.title[lang] })}</li>
        ) : null}
        {preview.unlinked_because ? <li>{preview.unlinked_because[lang]}</li> : null}
      </ul>
    </div>
  );
}

type RollingValue = { canary: number; batch: number; max_failed_percent: number };

function RollingFields({ value, onChange }: { value: RollingValue; onChange: (value: RollingValue) => void }) {
  const { t } = useLang();
  const field = (name: keyof RollingValue, label: string, min: number, max: number) => (
    <Labelled label={label}>
      <InputNumber
        aria-label={label}
        min={min}
        max={max}
        value={value[name]}
        onChange={(next) => onChange({ ...value, [name]: next ?? min })}
      />
    </Labelled>
  );
  return (
    <div className="bm-order-row">
      {field("canary", t("orders.canary"), 0, 1_000)}
      {field("batch", t("orders.batch"), 1, 20_000)}
      {field("max_failed_percent", t("orders.stopAt"), 0, 100)}
    </div>
  );
}

const LOOK_EVERY_MS = 2_000;

/** Live: changes are pushed, and looked for now and then where they can't be. */
function Progress({ orderId, onClose }: { orderId: string; onClose: () => void }) {
  const { t } = useLang();
  const order = useRoute(GetOrder, { params: { order_id: orderId } }, { every: LOOK_EVERY_MS, keep: true }).data;
  // The button that was pressed is gone, and the focus with it.
  const follow = useRef<HTMLAnchorElement>(null);
  useEffect(() => follow.current?.focus(), []);
  return (
    <div className="bm-order" aria-live="polite">
      <p>{t("orders.given")}</p>
      {order ? <CommandTrail counts={order.by_state} /> : <SkeletonRows rows={1} />}
      {order?.paused_because ? (
        <p>
          <Paused order={order} />
        </p>
      ) : null}
      <Link ref={follow} to={`/commands?order=${orderId}`} onClick={onClose}>
        {t("orders.follow")}
      </Link>
    </div>
  );
}
