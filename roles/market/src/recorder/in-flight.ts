import type { Table } from "./layout.ts";
import { endKey } from "./rows-to-parts.ts";

/** Rows handed to the tables' thread that are in no complete file yet. */
export class InFlight {
  readonly #rows = new Map<string, { table: Table; pair: string; rows: number }>();

  /** `rows` more are on their way; fewer than 0 have arrived in a file. */
  add(table: Table, pair: string, rows: number): void {
    const key = endKey(table, pair);
    const known = this.#rows.get(key);
    if (known) known.rows += rows;
    else this.#rows.set(key, { table, pair, rows });
  }

  /** What the thread took with it. */
  take(): { table: Table; pair: string; rows: number }[] {
    const lost = [...this.#rows.values()].filter(({ rows }) => rows > 0);
    this.#rows.clear();
    return lost;
  }
}
