import { mkdirSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

export type Limit = { weight: number; perMs: number };

/** Where this machine's collectors meet, unless the configuration names another folder. */
export const defaultSharedFolder = (): string => join(tmpdir(), `banksman-market-${userInfo().uid}`);

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS spent (host TEXT NOT NULL, at_ms INTEGER NOT NULL, weight INTEGER NOT NULL);
  CREATE INDEX IF NOT EXISTS spent_host ON spent (host, at_ms);
  CREATE TABLE IF NOT EXISTS bans (host TEXT PRIMARY KEY, until_ms INTEGER NOT NULL, reason TEXT NOT NULL);
`;

/**
 * Request weights and bans of one machine's address, shared by all its collectors through one SQLite file, since an
 * exchange counts by address. Bans outlive a restart.
 */
export class Budget {
  readonly #db: DatabaseSync;

  constructor(folder = defaultSharedFolder()) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#db = new DatabaseSync(join(folder, "budget.sqlite"), { timeout: 2_000 });
    this.#db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;");
    this.#db.exec(SCHEMA);
  }

  /**
   * Takes `weight` from the host's budget and returns 0, or takes nothing and returns how many ms to wait. `limits` are
   * already this machine's share.
   */
  take(host: string, weight: number, limits: readonly Limit[], now: number): number {
    return this.#transaction(() => {
      const ban = this.banOf(host, now);
      if (ban) return ban.untilMs - now;
      const longest = Math.max(...limits.map((limit) => limit.perMs), 0);
      this.#db.prepare("DELETE FROM spent WHERE host = ? AND at_ms <= ?").run(host, now - longest);
      for (const limit of limits) {
        const wait = this.#waitFor(host, weight, limit, now);
        if (wait > 0) return wait;
      }
      this.#db.prepare("INSERT INTO spent (host, at_ms, weight) VALUES (?, ?, ?)").run(host, now, weight);
      return 0;
    });
  }

  /** Weight used in the window that ends now. */
  used(host: string, perMs: number, now: number): number {
    const row = this.#db
      .prepare("SELECT coalesce(sum(weight), 0) AS used FROM spent WHERE host = ? AND at_ms > ?")
      .get(host, now - perMs);
    return Number(row?.used ?? 0);
  }

  /** No request of this machine to `host` before `untilMs`; a ban is only ever lengthened. */
  ban(host: string, untilMs: number, reason: string): void {
    this.#db
      .prepare(
        `INSERT INTO bans (host, until_ms, reason) VALUES (?, ?, ?) ON CONFLICT (host) DO UPDATE
         SET until_ms = excluded.until_ms, reason = excluded.reason WHERE excluded.until_ms > until_ms`,
      )
      .run(host, Math.round(untilMs), reason.slice(0, 300));
  }

  banOf(host: string, now: number): { untilMs: number; reason: string } | null {
    const row = this.#db.prepare("SELECT until_ms, reason FROM bans WHERE host = ? AND until_ms > ?").get(host, now);
    return row ? { untilMs: Number(row.until_ms), reason: String(row.reason) } : null;
  }

  close(): void {
    this.#db.close();
  }

  /** How long until `weight` fits into the window, counting from its oldest entries on. */
  #waitFor(host: string, weight: number, { weight: most, perMs }: Limit, now: number): number {
    let over = this.used(host, perMs, now) + Math.min(weight, most) - most;
    if (over <= 0) return 0;
    const rows = this.#db
      .prepare("SELECT at_ms, weight FROM spent WHERE host = ? AND at_ms > ? ORDER BY at_ms")
      .all(host, now - perMs);
    for (const row of rows) {
      over -= Number(row.weight);
      if (over <= 0) return Math.max(1, Number(row.at_ms) + perMs - now);
    }
    return perMs;
  }

  #transaction<T>(work: () => T): T {
    this.#db.exec("BEGIN IMMEDIATE");
    try {
      const result = work();
      this.#db.exec("COMMIT");
      return result;
    } catch (error) {
      this.#db.exec("ROLLBACK");
      throw error;
    }
  }
}
