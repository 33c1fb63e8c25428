import { parentPort, workerData } from "node:worker_threads";
import { messageOf } from "@banksman/kit";
import { HOUR_MS, type Table } from "./layout.ts";
import { writePart } from "./part-writer.ts";
import { type PlainRow, plainColumns, tickColumns } from "./table-columns.ts";
import type { TablesOrder, TablesSetup, WorkerReply } from "./worker-messages.ts";

const setup: TablesSetup = workerData;
const CHECK_MS = 1_000;
/** A row of the smaller tables is reckoned as so many bytes. */
const PLAIN_ROW_BYTES = 200;

/** What is held for one file until it is written. */
type Held = {
  table: Table;
  pair: string;
  hour: number;
  chunks: Uint8Array[];
  plain: PlainRow[];
  rows: number;
  bytes: number;
  sinceMs: number;
};

const held = new Map<string, Held>();
let parts = 0;
let total = 0;
let isTroubled = false;

const reply = (message: WorkerReply) => parentPort?.postMessage(message);

function heldFor(table: Table, pair: string, hour: number): Held {
  const key = `${table} ${pair} ${hour}`;
  const found = held.get(key) ?? { table, pair, hour, chunks: [], plain: [], rows: 0, bytes: 0, sinceMs: Date.now() };
  held.set(key, found);
  return found;
}

/** Writes one file. Answers false when the disk did not take it: the rows are kept and tried again. */
function write(one: Held): boolean {
  const labels = { ...setup.labels, pair: one.pair };
  const started = performance.now();
  try {
    const content =
      one.table === "ticks"
        ? tickColumns(one.chunks, labels, setup.layout)
        : plainColumns(one.table, one.plain, labels);
    if (content.rows > 0) {
      const { bytes, path } = writePart(setup, one.table, labels, ++parts, content);
      reply({
        reply: "part",
        path,
        table: one.table,
        pair: one.pair,
        rows: one.rows,
        bytes,
        seconds: (performance.now() - started) / 1_000,
      });
    }
  } catch (error) {
    isTroubled = true;
    reply({ reply: "trouble", reason: messageOf(error) });
    return false;
  }
  held.delete(`${one.table} ${one.pair} ${one.hour}`);
  total -= one.bytes;
  reply({ reply: "taken", bytes: one.bytes });
  if (isTroubled) reply({ reply: "trouble", reason: null });
  isTroubled = false;
  return true;
}

const isDue = (one: Held, nowMs: number) =>
  one.rows >= setup.rotate.rows ||
  one.bytes >= setup.rotate.bytes ||
  nowMs - one.sinceMs >= setup.rotate.ms ||
  // The hour is over, with a moment's grace for what was on its way.
  nowMs >= (one.hour + 1) * HOUR_MS + 2_000;

/** Files that are full or whose hour is over; and the largest ones while all together hold too much. */
function rotate(): void {
  const now = Date.now();
  for (const one of [...held.values()]) if (isDue(one, now) && !write(one)) return;
  while (total > setup.maxBytes) {
    const largest = [...held.values()].reduce((a, b) => (a.bytes >= b.bytes ? a : b));
    if (!write(largest)) return;
  }
}

function obey(order: TablesOrder): void {
  if (order.order === "flush") {
    const isWritten = [...held.values()].every(write);
    if (isWritten) reply({ reply: "flushed", number: order.number });
    else setTimeout(() => obey(order), CHECK_MS);
    return;
  }
  const table = order.order === "ticks" ? "ticks" : order.table;
  const one = heldFor(table, order.pair, order.hour);
  const bytes = order.order === "ticks" ? order.bytes.byteLength : order.rows.length * PLAIN_ROW_BYTES;
  if (order.order === "ticks") one.chunks.push(order.bytes);
  else one.plain.push(...order.rows);
  one.rows += order.order === "ticks" ? order.rows : order.rows.length;
  one.bytes += bytes;
  total += bytes;
  // Rows of a later hour mean that the one before is over, whatever this machine's clock says.
  for (const other of [...held.values()])
    if (other.table === table && other.pair === order.pair && other.hour < order.hour) write(other);
  if (one.rows >= setup.rotate.rows || one.bytes >= setup.rotate.bytes || total > setup.maxBytes) rotate();
}

parentPort?.on("message", obey);
setInterval(rotate, CHECK_MS);
