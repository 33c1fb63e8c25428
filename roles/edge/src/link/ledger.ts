import { randomUUID } from "node:crypto";
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Kept } from "@banksman/devices";
import { CommandOrder, CoolingOrder, CoolingUnitKey, OrderResult } from "@banksman/wire/model";
import { z } from "zod";
import { keepPrivate } from "../spool-schema.ts";

/**
 * received → leaving → taken → ended. `leaving` is on disk before the order's first byte may leave, so that whoever finds
 * it after a crash knows: it may have left, and is never to be sent again.
 */
export type Stage = "received" | "leaving" | "taken" | "ended";

type Progress = {
  commandId: string;
  stage: Stage;
  /** Wall clock in ms; it begins no later. */
  expiresAt: number;
  before: Kept | null;
  leftAt: number | null;
  result: OrderResult | null;
};

/** A command to a miner, or to the edge itself, which has no miner. */
export type MinerEntry = Progress & { unit: null; minerId: string | null; order: CommandOrder };
export type UnitEntry = Progress & { unit: CoolingUnitKey; minerId: null; order: CoolingOrder };
export type Entry = MinerEntry | UnitEntry;

const TABLES = `
  CREATE TABLE IF NOT EXISTS command (
    command_id TEXT PRIMARY KEY,
    miner_id TEXT,
    stage TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    left_at INTEGER,
    result TEXT,
    ended_at INTEGER,
    told INTEGER NOT NULL DEFAULT 0,
    command TEXT NOT NULL,
    before TEXT
  ) STRICT;
  CREATE INDEX IF NOT EXISTS command_open ON command (told) WHERE told = 0;
  CREATE TABLE IF NOT EXISTS note (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
`;

/** The server asks for nothing older: its own time for a command ends after a day. */
const KEPT_MS = 14 * 86_400_000;

const Row = z.object({
  command_id: z.string(),
  miner_id: z.string().nullable(),
  stage: z.enum(["received", "leaving", "taken", "ended"]),
  expires_at: z.number(),
  left_at: z.number().nullable(),
  result: z.string().nullable(),
  command: z.string(),
  before: z.string().nullable(),
  /** Of a command to a cooling unit. */
  unit: z.string().nullable(),
});

/** What the devices library itself wrote. */
const readKept = (text: string): Kept => JSON.parse(text);

function toEntry(row: unknown): Entry {
  const { command_id, miner_id, stage, expires_at, left_at, result, command, before, unit } = Row.parse(row);
  const progress: Progress = {
    commandId: command_id,
    stage,
    expiresAt: expires_at,
    leftAt: left_at,
    result: result === null ? null : OrderResult.parse(JSON.parse(result)),
    before: before === null ? null : readKept(before),
  };
  const order: unknown = JSON.parse(command);
  return unit === null
    ? { ...progress, unit: null, minerId: miner_id, order: CommandOrder.parse(order) }
    : { ...progress, unit: CoolingUnitKey.parse(JSON.parse(unit)), minerId: null, order: CoolingOrder.parse(order) };
}

/** The edge's record of commands: every command it was ever sent, and how far it came. Each write is on disk when it returns. */
export class Ledger implements Disposable {
  readonly #db: DatabaseSync;
  readonly id: string;

  /** Orders may hold passwords: the file is its owner's alone. */
  constructor(path: string) {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    keepPrivate(path);
    this.#db = new DatabaseSync(path, { timeout: 5_000 });
    this.#db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
    this.#db.exec(TABLES);
    // Of an edge that knew no cooling units yet.
    const columns = this.#db.prepare("PRAGMA table_info(command)").all();
    if (!columns.some(({ name }) => name === "unit")) this.#db.exec("ALTER TABLE command ADD COLUMN unit TEXT");
    this.#db.prepare("INSERT INTO note (name, value) VALUES ('ledger_id', ?) ON CONFLICT DO NOTHING").run(randomUUID());
    this.id = this.note("ledger_id") ?? "";
  }

  find(commandId: string): Entry | null {
    const row = this.#db.prepare("SELECT * FROM command WHERE command_id = ?").get(commandId);
    return row ? toEntry(row) : null;
  }

  /** False when it is here already. */
  add(commandId: string, minerId: string | null, order: CommandOrder, expiresAt: number): boolean {
    const { changes } = this.#db
      .prepare(
        `INSERT INTO command (command_id, miner_id, stage, expires_at, command) VALUES (?, ?, 'received', ?, ?)
         ON CONFLICT DO NOTHING`,
      )
      .run(commandId, minerId, expiresAt, JSON.stringify(order));
    return changes === 1;
  }

  /** The same for a command to a cooling unit. */
  addForUnit(commandId: string, unit: CoolingUnitKey, order: CoolingOrder, expiresAt: number): boolean {
    const { changes } = this.#db
      .prepare(
        `INSERT INTO command (command_id, unit, stage, expires_at, command) VALUES (?, ?, 'received', ?, ?)
         ON CONFLICT DO NOTHING`,
      )
      .run(commandId, JSON.stringify(unit), expiresAt, JSON.stringify(order));
    return changes === 1;
  }

  /** From here on it may have left. */
  leaving(commandId: string, before: Kept | null, now: number): void {
    this.#db
      .prepare("UPDATE command SET stage = 'leaving', before = ?, left_at = ? WHERE command_id = ?")
      .run(before === null ? null : JSON.stringify(before), now, commandId);
  }

  taken(commandId: string): void {
    this.#db.prepare("UPDATE command SET stage = 'taken' WHERE command_id = ?").run(commandId);
  }

  end(commandId: string, result: OrderResult, now: number): void {
    this.#db
      .prepare(
        "UPDATE command SET stage = 'ended', result = ?, ended_at = ?, before = NULL, told = 0 WHERE command_id = ?",
      )
      .run(JSON.stringify(result), now, commandId);
  }

  /** A command that never arrived here is noted as over, so that one that arrives after all is not carried out. */
  neverArrived(commandId: string, result: OrderResult, now: number): void {
    this.#db
      .prepare(
        `INSERT INTO command (command_id, stage, expires_at, command, result, ended_at)
         VALUES (?, 'ended', 0, '{"order":"rescan"}', ?, ?) ON CONFLICT DO NOTHING`,
      )
      .run(commandId, JSON.stringify(result), now);
  }

  /** The server has it. */
  told(commandId: string): void {
    this.#db.prepare("UPDATE command SET told = 1 WHERE command_id = ? AND stage = 'ended'").run(commandId);
  }

  /** What isn't over, or whose end the server doesn't have, in the order it came. */
  open(): Entry[] {
    return this.#db.prepare("SELECT * FROM command WHERE told = 0 ORDER BY rowid").all().map(toEntry);
  }

  forget(now: number): void {
    this.#db.prepare("DELETE FROM command WHERE told = 1 AND ended_at < ?").run(now - KEPT_MS);
  }

  note(name: string): string | null {
    const value = this.#db.prepare("SELECT value FROM note WHERE name = ?").get(name)?.value;
    return typeof value === "string" ? value : null;
  }

  setNote(name: string, value: string): void {
    this.#db
      .prepare("INSERT INTO note (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value")
      .run(name, value);
  }

  [Symbol.dispose](): void {
    this.#db.close();
  }
}
