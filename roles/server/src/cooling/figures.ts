import {
  COOLING_SWITCHES,
  type CoolingDerived,
  type CoolingRecord,
  type CoolingSwitch,
  isCoolingFigure,
} from "@banksman/wire/model";

/** What the slow lane read longer ago than this is not told again as if it had been read now. */
const MOST_CARRIED_MS = 600_000;
/** Beyond it a float4 is no figure of any plant. */
const MOST = 1e12;

const SWITCHES: ReadonlySet<string> = new Set<CoolingSwitch>(COOLING_SWITCHES);

/**
 * The figures of a record that history keeps, by name: what was measured (`good` or `uncertain`), a switch as 0 or 1, and
 * what follows from it as `derived.…`. What is bad, stale or carried along is a gap. Sockets are kept in the newest record
 * alone: there are hundreds of them.
 */
export function figuresOf({ at, values }: CoolingRecord, derived: CoolingDerived): Map<string, number> {
  const figures = new Map<string, number>();
  const keep = (name: string, value: number | boolean | null) => {
    const figure = typeof value === "boolean" ? Number(value) : value;
    if (figure !== null && Math.abs(figure) < MOST) figures.set(name, figure);
  };
  for (const [name, { value, quality, at: readAt }] of Object.entries(values)) {
    const isKept = isCoolingFigure(name) || SWITCHES.has(name);
    const isMeasured = quality === "good" || quality === "uncertain";
    if (isKept && isMeasured && Date.parse(at) - Date.parse(readAt) <= MOST_CARRIED_MS) keep(name, value);
  }
  for (const [name, value] of Object.entries(derived)) keep(`derived.${name}`, value);
  return figures;
}

/** Figures in the order of a unit's fields, as PostgreSQL writes an array. */
export const toArray = (fields: readonly string[], figures: ReadonlyMap<string, number>): string =>
  `{${fields.map((name) => figures.get(name) ?? "NULL").join(",")}}`;
