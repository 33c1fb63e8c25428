import { type CommandTarget, type CoolingUnit, PreviewCommands } from "@banksman/wire/api";
import type { CoolingField, CoolingOrder } from "@banksman/wire/model";
import { Button } from "antd";
import { useState } from "react";
import { useRoute } from "../../api/query.ts";
import { Age } from "../../components/age.tsx";
import { Icon } from "../../components/icons.tsx";
import { OrderPreview } from "../../components/orders/order-preview.tsx";
import { orderWords } from "../../components/orders/order-words.ts";
import { Panel } from "../../components/panel.tsx";
import { joined } from "../../format/format.ts";
import { useLang } from "../../hooks/use-lang.ts";
import { useLive } from "../../shell/live-context.tsx";
import { useSession } from "../../shell/session.tsx";
import { controlsOf, groupOf, onOf } from "./controls.ts";
import { coolingFigure, coolingName } from "./cooling-names.ts";

const LOOK_EVERY_MS = 30_000;
/** States in which nobody knows how the plant stands: then nothing is ordered from here. */
const BLIND: readonly CoolingUnit["state"][] = ["failing", "silent", "new", "off"];

/** What this unit can be ordered, how each stands now, and what keeps it from being ordered. */
export function UnitControls({ unit }: { unit: CoolingUnit }) {
  const { t } = useLang();
  const { canAt } = useSession();
  const { state } = useLive();
  const [chosen, choose] = useState<CoolingOrder | null>(null);
  const target = { site_id: unit.site_id, cooling: [unit.host] };
  const controls = controlsOf(unit);
  const blind = state === "lost" ? t("orders.offline") : BLIND.includes(unit.state) ? t("cooling.lateOrders") : null;
  const mayOrder = canAt("command.give", unit.site_id);
  return (
    <Panel title={t("cooling.controls")} hint={controls.length > 0 ? t("cooling.controlsHint") : null}>
      {controls.length === 0 && !unit.orders.includes("reset") ? (
        <p className="bm-muted">{t("cooling.noControls")}</p>
      ) : null}
      {blind === null || controls.length === 0 ? null : <p className="bm-secondary">{blind}</p>}
      <ul className="bm-plain-list bm-controls">
        {controls.map(({ about, orders }) => (
          <li key={about}>
            <span className="bm-grow">
              <b className="bm-medium">
                <Name of={groupOf(about) ?? about} />
              </b>{" "}
              <Standing unit={unit} about={about} />
            </span>
            {mayOrder
              ? orders.map((order) => (
                  <OrderButton
                    key={orderWords(t, order)}
                    order={order}
                    target={target}
                    blind={blind !== null}
                    onOrder={choose}
                  />
                ))
              : null}
          </li>
        ))}
        {unit.orders.includes("reset") ? (
          <li>
            <span className="bm-grow">
              <b className="bm-medium">{t("cooling.faultsTitle")}</b>{" "}
              <span className="bm-secondary">
                {unit.faults.length === 0 ? t("cooling.allWell") : unit.faults.length}
              </span>
            </span>
            {mayOrder ? (
              <OrderButton order={{ order: "reset" }} target={target} blind={blind !== null} onOrder={choose} />
            ) : null}
          </li>
        ) : null}
      </ul>
      {chosen ? <OrderPreview target={target} order={chosen} onClose={() => choose(null)} /> : null}
    </Panel>
  );
}

function Name({ of }: { of: string }) {
  const { lang } = useLang();
  return coolingName(of, lang);
}

/** How it stands now, and since when that is known. */
function Standing({ unit, about }: { unit: CoolingUnit; about: CoolingField }) {
  const { t } = useLang();
  const told = unit.values[about];
  if (!told) return null;
  const { value, at } = told;
  const group = groupOf(about);
  const words =
    group !== null
      ? t("cooling.onOf", onOf(unit.values, group))
      : typeof value === "boolean"
        ? t(value ? "cooling.isOn" : "cooling.isOff")
        : joined(coolingFigure(about, value));
  return (
    <span className="bm-secondary">
      {words} · <Age at={at} interval={unit.settings.interval_s} plain />
    </span>
  );
}

type ButtonProps = {
  order: CoolingOrder;
  target: CommandTarget;
  /** Nothing may be ordered at all. */
  blind: boolean;
  onOrder: (order: CoolingOrder) => void;
};

/** One order; locked where an interlock refuses it now, in that interlock's words. */
function OrderButton({ order, target, blind, onOrder }: ButtonProps) {
  const { t, lang } = useLang();
  const stops = order.order === "stop";
  const preview = useRoute(
    PreviewCommands,
    { body: { target, order } },
    { enabled: stops && !blind, every: LOOK_EVERY_MS, keep: true },
  );
  const [refused] = preview.data?.ordered === 0 ? preview.data.skipped : [];
  return (
    <>
      <Button
        size="small"
        danger={stops}
        disabled={blind || refused !== undefined}
        icon={refused ? <Icon name="lock" size={12} /> : undefined}
        onClick={() => onOrder(order)}
      >
        {t("orders.preview", {
          order: orderWords(t, order.order === "set_temp" ? { order: "cooling_set_temperature" } : order),
        })}
      </Button>
      {refused ? <small className="bm-secondary bm-own-line">{refused.because[lang]}</small> : null}
    </>
  );
}
