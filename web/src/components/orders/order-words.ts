import {
  type CommandOrder,
  type CommandState,
  CoolingOrder,
  coolingCommandName,
  ORDER_WORDS,
} from "@banksman/wire/model";
import type { useLang } from "../../hooks/use-lang.ts";

type Translate = ReturnType<typeof useLang>["t"];

const isNamed = (name: unknown): name is keyof typeof ORDER_WORDS =>
  typeof name === "string" && Object.hasOwn(ORDER_WORDS, name);

/** An order in words, such as "Sleep" or "Set pools"; one of a newer server keeps its own name. */
export function orderWords(
  t: Translate,
  order: Readonly<Record<string, unknown>> | CommandOrder | CoolingOrder,
): string {
  const cooling = CoolingOrder.safeParse(order);
  // While its figures are typed an order is none yet, and has its name all the same.
  const unit = CoolingOrder.options.find(({ shape }) => shape.order.value === order.order);
  const name = unit ? coolingCommandName(unit.shape.order.value) : order.order;
  if (name === "locate" && "on" in order) return t(order.on === true ? "order.locate_on" : "order.locate_off");
  if (name === "mode_set" && "mode" in order) {
    const modes = ["sleep", "wake", "low", "normal", "high"] as const;
    const mode = modes.find((one) => order.mode === one);
    return mode ? t(`order.mode_set_${mode}`) : String(name);
  }
  const words = isNamed(name) ? t(`order.${name}`) : t("order.other", { name: String(name) });
  return cooling.success ? [words, detailOf(t, cooling.data)].filter(Boolean).join(" ") : words;
}

/** Which part of a unit, and what of it. */
function detailOf(t: Translate, order: CoolingOrder): string {
  const onOff = (on: boolean) => t(on ? "order.on" : "order.off");
  switch (order.order) {
    case "set_temp":
      return `${order.celsius} °C`;
    case "auto":
      return onOff(order.on);
    case "pump":
      return `${order.pump} ${onOff(order.on)}`;
    case "fan":
      return `${order.fan} ${onOff(order.on)}`;
    case "valve":
      return `${order.valve} ${t(order.open ? "order.open" : "order.close")}`;
    case "socket":
      return `${order.unit}.${order.socket === -1 ? t("order.each") : order.socket} ${onOff(order.on)}`;
    default:
      return "";
  }
}

/** How each state reads at a glance: a shape beside its word, its colour from the statuses and levels. */
export const STATE_LOOK: Readonly<Record<CommandState, { shape: string; colour: string }>> = {
  "pending-approval": { shape: "◇", colour: "var(--bm-status-maintenance-text)" },
  queued: { shape: "◌", colour: "var(--bm-text-secondary)" },
  sent: { shape: "◔", colour: "var(--bm-status-starting-text)" },
  executing: { shape: "◑", colour: "var(--bm-status-starting-text)" },
  verifying: { shape: "◕", colour: "var(--bm-status-starting-text)" },
  succeeded: { shape: "●", colour: "var(--bm-status-hashing-text)" },
  failed: { shape: "■", colour: "var(--bm-status-not-hashing-text)" },
  refused: { shape: "✕", colour: "var(--bm-text-secondary)" },
  expired: { shape: "☾", colour: "var(--bm-text-secondary)" },
  cancelled: { shape: "–", colour: "var(--bm-text-secondary)" },
  unknown: { shape: "▲", colour: "var(--bm-status-degraded-text)" },
};
