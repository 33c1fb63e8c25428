import type { Clock } from "@banksman/kit";
import type pg from "pg";
import { inTransaction } from "../db/in-transaction.ts";
import { openAndClose } from "./fault-store.ts";
import { FINDING_FIGURES, findingsAt, type Hour } from "./findings.ts";

const HOUR_MS = 3_600_000;
/** What the slowest finding looks back. */
const LOOK_BACK = "57 days";

type Unit = { site_no: number; unit_no: number; fields: string[] };

/**
 * Looks through the hours of every unit for what shows only over hours and weeks, and keeps it as faults that stand until it
 * shows no more. A unit that nobody reads keeps what stands.
 */
export const createFindings =
  (pool: pg.Pool, clock: Clock) => async (): Promise<{ units: number; findings: number }> => {
    const { rows: units } = await pool.query<Unit>(
      `select u.site_no, u.unit_no, u.fields from cooling_units u join cooling_latest l using (site_no, unit_no)
     where u.enabled and l.received_at > now() - interval '1 hour'`,
    );
    // Whole hours: the one that runs would be judged by its beginning.
    const now = Math.floor(clock.now() / HOUR_MS) * HOUR_MS;
    let findings = 0;
    for (const unit of units) {
      const faults = findingsAt(await hoursOf(pool, unit), now);
      findings += faults.length;
      await inTransaction(pool, (client) =>
        openAndClose(client, [{ unit, at: new Date(now).toISOString(), faults }], true),
      );
    }
    return { units: units.length, findings };
  };

type Row = { at: Date } & Record<string, number | Date | null>;

async function hoursOf(pool: pg.Pool, { site_no, unit_no, fields }: Unit): Promise<Hour[]> {
  const names = FINDING_FIGURES.filter((name) => fields.includes(name));
  if (names.length === 0) return [];
  const columns = names.flatMap((name, n) => {
    const place = fields.indexOf(name) + 1;
    return [`least[${place}] as l${n}`, `mean[${place}] as m${n}`, `most[${place}] as h${n}`];
  });
  const { rows } = await pool.query<Row>(
    `select bucket as at, ${columns.join(", ")} from cooling_1h
     where site_no = $1 and unit_no = $2 and bucket > now() - interval '${LOOK_BACK}' order by bucket`,
    [site_no, unit_no],
  );
  return rows.map((row) => ({
    at: row.at.getTime(),
    figures: new Map(names.flatMap((name, n) => figureOf(row, name, n))),
  }));
}

function figureOf(row: Row, name: string, n: number): [string, { least: number; mean: number; most: number }][] {
  const [least, mean, most] = [row[`l${n}`], row[`m${n}`], row[`h${n}`]];
  if (typeof least !== "number" || typeof mean !== "number" || typeof most !== "number") return [];
  return [[name, { least, mean, most }]];
}
