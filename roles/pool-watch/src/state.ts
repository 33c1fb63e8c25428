import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { messageOf } from "@banksman/kit";
import type { Receipt } from "@banksman/notify";
import { z } from "zod";
import { WatchErrors } from "./errors.ts";

const TABLES = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  CREATE TABLE IF NOT EXISTS account (
    account TEXT PRIMARY KEY,
    failures INTEGER NOT NULL DEFAULT 0,
    said TEXT
  ) STRICT;
  CREATE TABLE IF NOT EXISTS message (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    account TEXT NOT NULL,
    channel TEXT NOT NULL,
    receipt TEXT NOT NULL,
    sent_at INTEGER NOT NULL,
    delete_at INTEGER
  ) STRICT;
`;

/** A message that stands in a chat and is to be taken away or changed. */
export type Standing = { seq: number; account: string; channel: string; receipt: Receipt; deleteAt: number | null };

const Stored = z.object({
  seq: z.number(),
  account: z.string(),
  channel: z.string(),
  receipt: z
    .string()
    .transform((text) => z.record(z.string(), z.union([z.string(), z.number()])).parse(JSON.parse(text))),
  delete_at: z.number().nullable(),
});

/**
 * What outlives a run: failures in a row, what was said last, and which messages stand in which chat, so that any later
 * run takes away what an earlier one sent. Throws CONFIG_WATCH_STATE when the file can't be used.
 */
export class WatchState {
  readonly #db: DatabaseSync;

  constructor(path: string) {
    try {
      mkdirSync(dirname(path), { recursive: true });
      this.#db = new DatabaseSync(path, { timeout: 5_000 });
      this.#db.exec(TABLES);
    } catch (error) {
      throw WatchErrors.STATE(path, messageOf(error), { cause: error });
    }
  }

  failures(account: string): number {
    const row = this.#db.prepare("SELECT failures FROM account WHERE account = ?").get(account);
    return Number(row?.failures ?? 0);
  }

  setFailures(account: string, failures: number): void {
    this.#db
      .prepare("INSERT INTO account (account, failures) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET failures = ?2")
      .run(account, failures);
  }

  /** What was said of the running incident; null when there is none. */
  said(account: string): string | null {
    const row = this.#db.prepare("SELECT said FROM account WHERE account = ?").get(account);
    return typeof row?.said === "string" ? row.said : null;
  }

  setSaid(account: string, said: string | null): void {
    this.#db
      .prepare("INSERT INTO account (account, said) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET said = ?2")
      .run(account, said);
  }

  addMessage(account: string, channel: string, receipt: Receipt, sentAt: number, deleteAt: number | null): void {
    this.#db
      .prepare("INSERT INTO message (account, channel, receipt, sent_at, delete_at) VALUES (?, ?, ?, ?, ?)")
      .run(account, channel, JSON.stringify(receipt), sentAt, deleteAt);
  }

  /** Messages of an account that still stand, oldest first. */
  standing(account: string): Standing[] {
    return this.#list("WHERE account = ?", account);
  }

  due(now: number): Standing[] {
    return this.#list("WHERE delete_at IS NOT NULL AND delete_at <= ?", now);
  }

  /** When the next message is due; null when none is. */
  nextDue(): number | null {
    const row = this.#db.prepare("SELECT min(delete_at) AS at FROM message").get();
    return typeof row?.at === "number" ? row.at : null;
  }

  forget(seq: number): void {
    this.#db.prepare("DELETE FROM message WHERE seq = ?").run(seq);
  }

  close(): void {
    this.#db.close();
  }

  #list(where: string, value: string | number): Standing[] {
    const rows = this.#db
      .prepare(`SELECT seq, account, channel, receipt, delete_at FROM message ${where} ORDER BY seq`)
      .all(value);
    return rows.map((row) => {
      const { delete_at: deleteAt, ...rest } = Stored.parse(row);
      return { ...rest, deleteAt };
    });
  }
}
