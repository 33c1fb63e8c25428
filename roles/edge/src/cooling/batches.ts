import { randomUUIDv7 } from "node:crypto";
import { promisify } from "node:util";
import { constants, gzip } from "node:zlib";
import { COOLING_UPLOAD_MAX_READINGS, type CoolingUpload, UPLOAD_MAX_INFLATED_BYTES } from "@banksman/wire/ingest";
import type { Batch } from "../spool.ts";
import type { RoundPart } from "./round.ts";

const compress = promisify(gzip);
/** With the lists of all miners one reading can be a megabyte of text. */
const MAX_TEXT = UPLOAD_MAX_INFLATED_BYTES / 2;

export type BatchLabel = { siteId: string; collectorId: string; collectedAt: number };

/** A round's part as upload bodies, each within what the server takes at once. */
export async function coolingBatches(part: RoundPart, label: BatchLabel): Promise<Batch[]> {
  const uploads: { readings: string[]; failures: string[]; text: number }[] = [];
  const roomFor = (text: string) => {
    const last = uploads.at(-1);
    const isFull =
      !last ||
      last.readings.length + last.failures.length >= COOLING_UPLOAD_MAX_READINGS ||
      last.text + text.length > MAX_TEXT;
    const upload = isFull ? { readings: [], failures: [], text: 0 } : last;
    if (isFull) uploads.push(upload);
    upload.text += text.length;
    return upload;
  };
  for (const one of part.readings.map((reading) => JSON.stringify(reading))) roomFor(one).readings.push(one);
  for (const one of part.failures.map((failure) => JSON.stringify(failure))) roomFor(one).failures.push(one);
  if (part.rounds.length > 0) roomFor("");
  return Promise.all(uploads.map((one, i) => pack(one, i === 0 ? part.rounds : [], label)));
}

async function pack(
  { readings, failures }: { readings: readonly string[]; failures: readonly string[] },
  rounds: CoolingUpload["rounds"],
  { siteId, collectorId, collectedAt }: BatchLabel,
): Promise<Batch> {
  const batchId = randomUUIDv7();
  const head = JSON.stringify({ batch_id: batchId, collector_id: collectorId, rounds });
  const body = `${head.slice(0, -1)},"readings":[${readings.join()}],"failures":[${failures.join()}]}`;
  return {
    batchId,
    siteId,
    collectedAt,
    readings: readings.length + failures.length,
    body: await compress(body, { level: constants.Z_BEST_SPEED }),
  };
}
