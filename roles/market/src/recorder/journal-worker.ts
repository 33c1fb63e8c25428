import { closeSync, existsSync, fsyncSync, ftruncateSync, mkdirSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { messageOf } from "@banksman/kit";
import { encodeBlock } from "./journal-format.ts";
import { HOUR_MS, hourOf, journalFolder } from "./layout.ts";
import type { JournalOrder, JournalSetup, WorkerReply } from "./worker-messages.ts";

const setup: JournalSetup = workerData;
const RETRY_MS = 1_000;

type OpenFile = { descriptor: number; hour: number; size: number };
let file: OpenFile | null = null;
let files = 0;
let written = 0;

const reply = (message: WorkerReply) => parentPort?.postMessage(message);

/** The file of this hour; each hour starts one, so that old ones can be dropped whole. */
function fileAt(nowMs: number): OpenFile {
  const hour = Math.floor(nowMs / HOUR_MS);
  if (file && file.hour === hour) return file;
  if (file) closeSync(file.descriptor);
  file = null;
  const folder = join(setup.outputDir, journalFolder(setup.exchange, nowMs));
  mkdirSync(folder, { recursive: true });
  const nameOf = (number: number) =>
    join(folder, `${setup.runId}-${hourOf(nowMs)}-${String(number).padStart(4, "0")}.journal.zst`);
  // A thread before this one may have written some.
  do files++;
  while (existsSync(nameOf(files)));
  file = { descriptor: openSync(nameOf(files), "wx"), hour, size: 0 };
  return file;
}

/** Appends one block; what was written of a block that did not fit is taken off again. */
function append(nowMs: number, records: Uint8Array): void {
  const target = fileAt(nowMs);
  const block = encodeBlock(records);
  try {
    for (let at = 0; at < block.length; )
      at += writeSync(target.descriptor, block, at, block.length - at, target.size + at);
  } catch (error) {
    ftruncateSync(target.descriptor, target.size);
    throw error;
  }
  target.size += block.length;
  written += block.length;
}

function obey(order: JournalOrder): void {
  if (order.order === "records") {
    append(order.nowMs, order.bytes);
    reply({ reply: "taken", bytes: order.bytes.byteLength });
    return;
  }
  if (file) fsyncSync(file.descriptor);
  if (order.isLast && file) {
    closeSync(file.descriptor);
    file = null;
  }
  reply({ reply: "synced", number: order.number, bytes: written });
  written = 0;
}

/** Orders are obeyed one after the other; one that fails is tried again until it works, and the rest waits. */
const waiting: JournalOrder[] = [];
let isTroubled = false;
let timer: NodeJS.Timeout | undefined;

function work(): void {
  timer = undefined;
  for (let order = waiting[0]; order; order = waiting[0]) {
    try {
      obey(order);
    } catch (error) {
      isTroubled = true;
      reply({ reply: "trouble", reason: messageOf(error) });
      timer = setTimeout(work, RETRY_MS);
      return;
    }
    waiting.shift();
    if (isTroubled) reply({ reply: "trouble", reason: null });
    isTroubled = false;
  }
}

parentPort?.on("message", (order: JournalOrder) => {
  waiting.push(order);
  if (!timer) work();
});
