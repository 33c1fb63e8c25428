import type { OrderReport } from "@banksman/devices";
import type { Order } from "@banksman/wire/model";

/** Whether what was ordered was done as far as can be told. */
export const isDone = ({ outcome, verified }: OrderReport): boolean => outcome === "accepted" && verified !== "no";

const OUTCOMES: Readonly<Record<OrderReport["outcome"], string>> = {
  accepted: "accepted",
  refused: "refused by the device",
  unreachable: "not reached: nothing was ordered",
  unknown: "unknown: it may have been ordered, and no answer came",
};
const VERIFIED: Readonly<Record<OrderReport["verified"], string>> = {
  yes: "seen on the device",
  no: "NOT seen on the device",
  not_checked: "not read back",
};

/** What is refused before anything of it leaves, by its code; all else the device refuses. */
const HERE: Readonly<Record<string, string>> = {
  not_offered: "not offered: nothing was sent",
  not_possible: "refused by banksman: nothing was sent",
  credentials_needed: "refused by banksman: nothing was sent",
  another_device: "refused by banksman",
};

/** What became of an order, for a person. */
export function describeReport(order: Order, report: OrderReport): string {
  const { outcome, verified, code, reason, seen, value, messages, driver, model, took_ms: took } = report;
  const who = [model, driver && `(${driver})`].filter(Boolean).join(" ");
  if (messages) return shownMessages(who, messages, reason);
  if (outcome === "accepted" && value !== undefined) return `${shown(value)}\n`;
  const lines = [
    `${order.order}: ${who === "" ? "" : `${who}: `}${(outcome === "refused" && HERE[code ?? ""]) || OUTCOMES[outcome]}`,
    ...(reason === null ? [] : [`  ${reason}`]),
    ...(outcome === "accepted" || outcome === "unknown" ? [`  ${VERIFIED[verified]}${seen ? `: ${seen}` : ""}`] : []),
    `  ${(took / 1_000).toFixed(1)} s`,
  ];
  return `${lines.join("\n")}\n`;
}

function shownMessages(who: string, messages: NonNullable<OrderReport["messages"]>, missing: string | null): string {
  if (messages.length === 0) return `${who}: it is so already; nothing would be sent\n`;
  const parts = messages.map(({ to, bytes }) => `to ${to}\n${bytes.replaceAll(/^/gm, "  ")}\n`);
  if (missing !== null) return `${who}: would be refused, and nothing was sent: ${missing}\n${parts.join("")}`;
  return `${who}: would be sent, nothing was\n${parts.join("")}`;
}

const shown = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value, null, 2));
