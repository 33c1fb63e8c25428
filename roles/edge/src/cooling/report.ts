import type { CoolingOrderReport } from "@banksman/devices";
import { COOLING_FIGURES, type CoolingRecord, isCoolingFigure } from "@banksman/wire/model";

/** A record as a person reads it: one value a line with its unit, and what is wrong with it where something is. */
export function describeRecord(record: CoolingRecord): string {
  const { make, model, firmware, driver, profile, connected, values, faults, miners } = record;
  const names = Object.keys(values)
    .filter((name) => !name.startsWith("socket."))
    .toSorted();
  const width = Math.max(...names.map((name) => name.length), 0);
  const lines = names.map((name) => `  ${name.padEnd(width)}  ${shown(name, values[name])}`);
  const title = [make, model, firmware].filter((part) => part !== null).join(" ");
  return `${[
    `${title} (${driver}, ${profile})${connected ? "" : ": the controller has lost its PLC, every value is old"}`,
    ...lines,
    ...socketLines(values),
    miners ? `  miners: ${miners.count ?? miners.list.length}` : null,
    ...faults.map(({ level, code, text }) => `  ${level}: ${text} (${code})`),
  ]
    .filter((line) => line !== null)
    .join("\n")}\n`;
}

/** One line a distribution unit: hundreds of sockets are for `--json`. */
function socketLines(values: CoolingRecord["values"]): string[] {
  const units = new Map<string, boolean[]>();
  for (const [name, { value }] of Object.entries(values)) {
    const unit = /^socket\.(\d+)\./.exec(name)?.[1];
    if (unit !== undefined) units.set(unit, [...(units.get(unit) ?? []), value === true]);
  }
  return [...units].map(([unit, on]) => `  sockets of unit ${unit}: ${on.filter(Boolean).length} of ${on.length} on`);
}

function shown(name: string, told: CoolingRecord["values"][string] | undefined): string {
  if (!told) return "-";
  const unit = isCoolingFigure(name) ? ` ${COOLING_FIGURES[name].unit}` : "";
  const { value, quality } = told;
  const text = value === null ? "-" : typeof value === "boolean" ? (value ? "on" : "off") : `${value}${unit}`;
  return quality === "good" ? text : `${text}  [${quality}]`;
}

/** What became of an order, in a line. One that left and doesn't show is not given again before the unit was read. */
export function describeCoolingOrder({
  outcome,
  verified,
  reason,
  seen,
  record,
  messages,
}: CoolingOrderReport): string {
  if (messages) return messages.map(({ to, bytes }) => `to ${to}:\n${bytes}\n`).join("");
  const what = { accepted: "taken", refused: "refused", unreachable: "not reached", unknown: "nobody can tell" }[
    outcome
  ];
  const unseen = record ? "and it does not show" : "and the unit could not be read since";
  const shows = { yes: "and it shows", no: unseen, not_checked: "not checked" }[verified];
  const why = [reason, seen].filter((part) => part !== null).join("; ");
  const told = why === "" ? "" : `: ${why}`;
  if (outcome !== "accepted" && outcome !== "unknown") return `${what}${told}\n`;
  return `${what}, ${shows}${told}\n${verified === "no" ? READ_FIRST : ""}`;
}

const READ_FIRST =
  "Read the unit (banksman cooling test) before you order it anything again: this order may still show.\n";

/** True when it was done and shows. A dry run, and an order that can't be seen, are done. */
export const isCoolingDone = ({ outcome, verified }: CoolingOrderReport): boolean =>
  outcome === "accepted" && verified !== "no";
