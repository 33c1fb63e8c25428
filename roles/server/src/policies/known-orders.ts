import type { ApprovalPolicy, Interlock } from "@banksman/wire/api";
import { CommandOrder, CoolingOrder, coolingCommandName } from "@banksman/wire/model";
import { problem } from "../http/problem.ts";

/** The orders that a command can carry, by the names that interlocks and policies know them by, with their members. */
const KNOWN = new Map<string, readonly string[]>([
  ...CommandOrder.options.map(({ shape }) => [shape.order.value, Object.keys(shape)] as const),
  ...CoolingOrder.options.map(({ shape }) => [coolingCommandName(shape.order.value), Object.keys(shape)] as const),
]);

function mustBeKnown(names: readonly string[], path: string): void {
  const wrong = names.find((name) => !KNOWN.has(name));
  if (wrong === undefined) return;
  const text = `${path}: there is no order "${wrong}"; there are ${[...KNOWN.keys()].join(", ")}`;
  throw problem(400, "INVALID_INPUT", text, { path });
}

/** What names an order or a figure that there isn't would never hold, and nobody would see that. */
export function mustHoldForSomething({ orders, ...rest }: Interlock | ApprovalPolicy): void {
  mustBeKnown(orders, "orders");
  if (!("rule" in rest)) return;
  const { rule } = rest;
  if (rule.kind === "quiet") mustBeKnown(rule.after, "rule.after");
  if (rule.kind !== "limits") return;
  const { figure, min, max } = rule;
  const figures = [...new Set(orders.flatMap((name) => KNOWN.get(name) ?? []))].filter((name) => name !== "order");
  if (!figures.includes(figure)) {
    const text = `rule.figure: none of these orders has a figure "${figure}"; they have ${figures.join(", ") || "none"}`;
    throw problem(400, "INVALID_INPUT", text, { path: "rule.figure" });
  }
  if (min !== null && max !== null && min > max)
    throw problem(400, "INVALID_INPUT", "rule.max: must not be below rule.min", { path: "rule.max" });
}
