import type { Alert, CoolingState, CoolingUnitRow } from "@banksman/wire/api";
import type { FaultLevel, LocalText } from "@banksman/wire/model";

/** Worst first: what a list of units begins with. */
export const WORST_STATES: readonly CoolingState[] = ["failing", "silent", "lost", "new", "online", "off"];

/** A unit as people call it: by its name, else its address. */
export const unitName = ({ name, host }: { name: string | null; host: string }): string => name ?? host;

export const unitPath = ({ site_id, host }: { site_id: string; host: string }): string =>
  `/cooling/${encodeURIComponent(site_id)}/${encodeURIComponent(host)}`;

const LEVELS: readonly FaultLevel[] = ["urgent", "severe", "warning", "info"];

/** What is wrong with a unit: a fault that its controller tells, or an alert that a rule raised. */
export type Trouble = { level: FaultLevel; words: LocalText };
export type ShownUnit = CoolingUnitRow & { /** The worst first. */ troubles: readonly Trouble[] };

function troublesOf({ site_id, host, faults }: CoolingUnitRow, alerts: readonly Alert[]): Trouble[] {
  const raised = alerts.filter(
    ({ target }) => target?.kind === "cooling" && target.site_id === site_id && target.id === host,
  );
  return [
    ...faults.map(({ level, text, text_zh }) => ({ level, words: { en: text, zh: text_zh || text } })),
    ...raised.map(({ level, title }) => ({ level, words: title })),
  ].toSorted((a, b) => LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level));
}

/** How bad the worst trouble is; 4 for none. */
const worstOf = ({ troubles: [worst] }: ShownUnit): number => (worst ? LEVELS.indexOf(worst.level) : LEVELS.length);

/** The units that what was typed fits with what is wrong with them, the worst first, and else by site and address. */
export function unitsFor(units: readonly CoolingUnitRow[], typed: string, alerts: readonly Alert[]): ShownUnit[] {
  const wanted = typed.trim().toLowerCase();
  const fits = ({ site_id, host, name, model, driver }: CoolingUnitRow) =>
    [site_id, host, name, model, driver].some((text) => text?.toLowerCase().includes(wanted));
  const compare = new Intl.Collator("en", { numeric: true }).compare;
  return units
    .filter((unit) => wanted === "" || fits(unit))
    .map((unit) => ({ ...unit, troubles: troublesOf(unit, alerts) }))
    .toSorted(
      (a, b) =>
        worstOf(a) - worstOf(b) ||
        WORST_STATES.indexOf(a.state) - WORST_STATES.indexOf(b.state) ||
        compare(a.site_id, b.site_id) ||
        compare(unitName(a), unitName(b)),
    );
}
