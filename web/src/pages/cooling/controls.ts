import type { CoolingUnit } from "@banksman/wire/api";
import type { CoolingField, CoolingOrder } from "@banksman/wire/model";

/** One line of the control panel: what it is about, the value that tells how it stands now, and what can be ordered. */
export type Control = { about: CoolingField; orders: readonly CoolingOrder[] };

const BOUND = { least: 10, most: 60, usual: 35 };

/** What a unit's driver can order of what the unit has. Nothing is offered that it can't do. */
export function controlsOf({ orders, values }: Pick<CoolingUnit, "orders" | "values">): Control[] {
  const can = (order: CoolingOrder["order"]) => orders.includes(order);
  const controls: Control[] = [];
  const add = (about: CoolingField, ...list: (CoolingOrder | false)[]) => {
    const offered = list.filter((one) => one !== false);
    if (offered.length > 0) controls.push({ about, orders: offered });
  };
  add(
    "server.on" in values ? "server.on" : "pump.circulating",
    can("start") && { order: "start" },
    can("stop") && { order: "stop" },
  );
  add("supply.setpoint", can("set_temp") && { order: "set_temp", celsius: setpointOf(values) });
  add("supply.pid", can("pid") && { order: "pid", on: true });
  add("mode.auto", can("auto") && { order: "auto", on: true }, can("auto") && { order: "auto", on: false });
  const named = (prefix: string) =>
    Object.keys(values).filter((name) => name.startsWith(prefix) && isOnOff(values, name));
  if (can("pump"))
    for (const name of named("pump."))
      for (const pump of [name.slice("pump.".length)])
        add(name as CoolingField, { order: "pump", pump, on: true }, { order: "pump", pump, on: false });
  if (can("fan"))
    for (const name of named("drycooler."))
      for (const fan of [`${name.slice("drycooler.".length)}.all`])
        if (/^[12]\.all$/.test(fan))
          add(name as CoolingField, { order: "fan", fan, on: true }, { order: "fan", fan, on: false });
  if (can("valve"))
    for (const name of named("valve."))
      for (const valve of [name.slice("valve.".length)])
        add(name as CoolingField, { order: "valve", valve, open: true }, { order: "valve", valve, open: false });
  if (can("socket"))
    for (const unit of socketUnits(values))
      add(
        `socket.${unit}.1`,
        { order: "socket", unit, socket: -1, on: true },
        { order: "socket", unit, socket: -1, on: false },
      );
  return controls;
}

const isOnOff = (values: CoolingUnit["values"], name: string): boolean => typeof values[name]?.value === "boolean";

/** To begin from: what is set now, within what may be ordered. */
function setpointOf(values: CoolingUnit["values"]): number {
  const told = values["supply.setpoint"]?.value;
  return typeof told === "number" ? Math.min(BOUND.most, Math.max(BOUND.least, told)) : BOUND.usual;
}

const socketUnits = (values: CoolingUnit["values"]): number[] =>
  [...new Set(Object.keys(values).flatMap((name) => /^socket\.(\d+)\./.exec(name)?.[1] ?? []))]
    .map(Number)
    .toSorted((a, b) => a - b);

/** The box whose sockets are ordered all at once, of one of them. */
export const groupOf = (about: string): string | null => /^(socket\.\d+)\.\d+$/.exec(about)?.[1] ?? null;

/** Of switches that are ordered together, how many are on. */
export function onOf(values: CoolingUnit["values"], group: string): { on: number; count: number } {
  const known = Object.entries(values).filter(([name, told]) => groupOf(name) === group && told?.value !== null);
  return { on: known.filter(([, told]) => told?.value === true).length, count: known.length };
}
