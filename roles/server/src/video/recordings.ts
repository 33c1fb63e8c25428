import { createReadStream, createWriteStream } from "node:fs";
import { rm, stat } from "node:fs/promises";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { codeOf, type Log, messageOf } from "@banksman/kit";
import { Recording } from "@banksman/wire/api";
import type { JobFigures } from "@banksman/wire/model";
import type { Audit } from "../audit/recorder.ts";
import { ServerErrors } from "../errors.ts";
import { isWithin, type Sites } from "../http/caller.ts";
import { problem } from "../http/problem.ts";
import type { ObjectStore } from "./object-store.ts";
import type { RecordingFiles, Span } from "./recording-files.ts";
import type { RecordingRow, RecordingStore } from "./recording-store.ts";

/** A clip of an alert may be this much older than it: what is kept before an alarm at most. */
const BEFORE_ALERT_MS = 120_000;
/** An alert that goes on for days is not shown with all of them. */
const AFTER_ALERT_MS = 15 * 60_000;
const MOST_DOWNLOAD_MS = 6 * 3_600_000;

type Site = { site_id: string | null; since: string; resolved_at: string | null };
type Parts = {
  store: RecordingStore;
  files: RecordingFiles;
  objects: ObjectStore | null;
  audit: Pick<Audit, "record">;
  /** Ends a part that is being written here, so that it can be played; false where it isn't. */
  roll: (cameraId: string, recordingId: string) => Promise<boolean>;
  alertOf: (alertId: number, sites: Sites) => Promise<Site>;
  mostBytes: number;
  log: Log;
};

const shown = (row: RecordingRow): Recording => Recording.parse(row);

export type Sent = { body: Readable; status: 200 | 206; headers: Record<string, string> };

export type RecordingService = ReturnType<typeof recordingService>;

/** What is recorded: found, played, cut out, held, and thrown away in its time. */
export const recordingService = ({ store, files, objects, audit, roll, alertOf, mostBytes, log }: Parts) => {
  const find = async (recordingId: string, sites: Sites): Promise<RecordingRow> => {
    const row = await store.find(recordingId);
    if (row && isWithin(sites, row.site_id)) return row;
    throw problem(404, "NO_SUCH_RECORDING", "there is no such recording", { path: "recording_id" });
  };
  /** What is asked for just now is wanted now: a part that is being written ends here, and the next one goes on. */
  const finished = async (row: RecordingRow): Promise<RecordingRow> =>
    row.to === null && (await roll(row.camera_id, row.recording_id))
      ? ((await store.find(row.recording_id)) ?? row)
      : row;
  const notReady = () =>
    problem(
      409,
      "RECORDING_OPEN",
      "this part is being written by another server; it can be played when it is finished, within ten minutes",
    );
  const elsewhere = () =>
    problem(
      404,
      "RECORDING_ELSEWHERE",
      "the file is not on this server's disk: ask the one that wrote it, or set video.s3",
    );

  const move = async (id: string): Promise<void> => {
    if (objects === null) return;
    await objects.put(id, files.fileOf(id));
    await store.moved(id);
    await rm(files.fileOf(id), { force: true });
  };
  /** One after another, beside everything else: an object store may be slow. */
  let moving: Promise<void> = Promise.resolve();
  const moveLater = (id: string): Promise<void> => {
    moving = moving
      .then(() => move(id))
      .catch((error: unknown) => log.warn({ err: error }, `a recording stays on disk for now: ${messageOf(error)}`));
    return moving;
  };
  const throwAway = async (row: RecordingRow, why: string): Promise<void> => {
    if (row.place === "disk") await files.remove(row.recording_id);
    else if (objects !== null) await objects.remove(row.recording_id);
    else throw ServerErrors.OBJECT_STORE("remove a recording", "video.s3 is not configured any more");
    await store.remove(row.recording_id);
    log.info({ recording: row.recording_id }, `a recording was thrown away: ${why}`);
  };

  /** A recording's file is whole: its hash goes into the audit trail, and it to where recordings are kept. */
  const finishOne = async (recordingId: string, to: Date | null): Promise<void> => {
    const row = await store.find(recordingId);
    if (!row || row.to !== null) return;
    const written = await files.close(recordingId);
    if (written === null) {
      await files.remove(recordingId);
      await store.remove(recordingId);
      return log.warn({ recording: recordingId }, "a recording held no picture and was thrown away");
    }
    const until = to ?? new Date(Date.parse(row.from) + (await files.durationS(recordingId)) * 1_000);
    await store.finish(recordingId, until, written.bytes, written.sha256);
    await audit.record({
      actor: { kind: "system", name: "recorder" },
      action: "recordings.write",
      site: row.site_id,
      target: recordingId,
      after: { camera: row.camera_name, from: row.from, to: until.toISOString(), ...written },
    });
    await files.drop(recordingId);
    void moveLater(recordingId);
  };
  /** Being finished: at a server's stop and at its cleaning up one may be asked for twice. */
  const finishing = new Map<string, Promise<void>>();
  const finish = (recordingId: string, to: Date | null): Promise<void> => {
    const running = finishing.get(recordingId);
    if (running) return running;
    const finished = finishOne(recordingId, to).finally(() => finishing.delete(recordingId));
    finishing.set(recordingId, finished);
    return finished;
  };

  const onDisk = async (row: RecordingRow, range: string | null): Promise<Sent> => {
    const path = files.fileOf(row.recording_id);
    const { size } = await stat(path).catch((error: unknown) => {
      throw codeOf(error) === "ENOENT" ? elsewhere() : error;
    });
    const span = bytesOf(range, size);
    if (span === null)
      return { body: createReadStream(path), status: 200, headers: { "content-length": String(size) } };
    const [start, end] = span;
    return {
      body: createReadStream(path, { start, end }),
      status: 206,
      headers: { "content-range": `bytes ${start}-${end}/${size}`, "content-length": String(end - start + 1) },
    };
  };
  const inObjects = async (row: RecordingRow, range: string | null): Promise<Sent> => {
    if (objects === null) throw elsewhere();
    const span = bytesOf(range, row.bytes);
    const { body, contentRange } = await objects.get(row.recording_id, span?.join("-") ?? null);
    if (contentRange === null) return { body, status: 200, headers: { "content-length": String(row.bytes) } };
    return { body, status: 206, headers: { "content-range": contentRange } };
  };

  return {
    finish,
    list: async (cameraId: string, from: string, to: string): Promise<Recording[]> =>
      (await store.ofCamera(cameraId, new Date(from), new Date(to))).map(shown),
    hold: async (recordingId: string, held: boolean, sites: Sites): Promise<Recording> => {
      await find(recordingId, sites);
      await store.hold(recordingId, held);
      return shown(await find(recordingId, sites));
    },

    /** A finished part, or a range of its bytes. */
    file: async (recordingId: string, range: string | undefined, sites: Sites): Promise<Sent> => {
      const row = await finished(await find(recordingId, sites));
      if (row.to === null) throw notReady();
      const sent = await (row.place === "disk" ? onDisk(row, range ?? null) : inObjects(row, range ?? null));
      const name = `${row.site_id} ${row.camera_name} ${row.from.slice(0, 19)}.mp4`.replace(/[^\w .-]/g, "_");
      return { ...sent, headers: { ...sent.headers, "content-disposition": `inline; filename="${name}"` } };
    },

    /** A span of a camera's recording as one file. */
    cut: async (cameraId: string, from: string, to: string): Promise<Readable> => {
      const [fromMs, toMs] = [Date.parse(from), Date.parse(to)];
      if (toMs <= fromMs || toMs - fromMs > MOST_DOWNLOAD_MS)
        throw problem(400, "INVALID_INPUT", "to: after from, and no more than six hours later", { path: "to" });
      const found = (await store.ofCamera(cameraId, new Date(from), new Date(to))).toReversed();
      const rows: RecordingRow[] = [];
      for (const row of found) rows.push(await finished(row));
      const parts = rows.filter(({ to: end, place }) => end !== null && (place === "disk" || objects !== null));
      if (parts.length === 0) throw problem(404, "NOTHING_RECORDED", "nothing is recorded of that time");
      const spans: Span[] = [];
      const fetched: string[] = [];
      const drop = () =>
        Promise.all(fetched.map((file) => rm(file, { force: true }))).catch((error: unknown) =>
          log.warn({ err: error }, "what was fetched to be cut could not be removed"),
        );
      try {
        for (const { recording_id: id, from: begin, to: end, place } of parts) {
          const file = place === "disk" ? files.fileOf(id) : files.borrowed();
          if (place === "s3" && objects !== null) {
            fetched.push(file);
            await pipeline((await objects.get(id, null)).body, createWriteStream(file, { mode: 0o600 }));
          } else if (!(await files.exists(id))) throw elsewhere();
          spans.push({ file, fromMs: Date.parse(begin), toMs: Date.parse(end ?? begin) });
        }
        const cut = await files.cut(spans, fromMs, toMs);
        cut.once("close", () => void drop());
        return cut;
      } catch (error) {
        await drop();
        throw error;
      }
    },

    clips: async (alertId: number, alertSites: Sites, sites: Sites): Promise<Recording[]> => {
      const { site_id: siteId, since, resolved_at } = await alertOf(alertId, alertSites);
      if (siteId === null || !isWithin(sites, siteId)) return [];
      const sinceMs = Date.parse(since);
      const until = Math.min(
        resolved_at === null ? Number.POSITIVE_INFINITY : Date.parse(resolved_at),
        sinceMs + AFTER_ALERT_MS,
      );
      return (await store.ofSite(siteId, new Date(sinceMs - BEFORE_ALERT_MS), new Date(until))).map(shown);
    },

    /** What a server that was killed left unfinished is finished as far as it was written. */
    recover: async (): Promise<number> => {
      let finished = 0;
      for (const { recording_id } of await store.unfinished()) {
        if (finishing.has(recording_id) || !(await files.isLeft(recording_id))) continue;
        await finish(recording_id, null).then(
          () => {
            finished += 1;
          },
          (error: unknown) => log.error({ err: error, recording: recording_id }, "a recording could not be finished"),
        );
      }
      return finished;
    },

    /** Throws away what is over its days, and the oldest while all take more than they may. */
    upkeep: async (): Promise<JobFigures> => {
      let removed = 0;
      const remove = async (row: RecordingRow, why: string): Promise<boolean> => {
        try {
          await throwAway(row, why);
          removed += 1;
          return true;
        } catch (error) {
          log.warn(
            { err: error, recording: row.recording_id },
            `a recording could not be thrown away: ${messageOf(error)}`,
          );
          return false;
        }
      };
      for (const row of await store.over()) await remove(row, "its days are over");
      let bytes = await store.bytesOnDisk();
      for (const row of bytes > mostBytes ? await store.oldestOnDisk() : []) {
        if (bytes <= mostBytes) break;
        if (await remove(row, "recordings take more than video.recordings_gb")) bytes -= row.bytes;
      }
      // What the object store didn't take before.
      if (objects !== null)
        for (const { recording_id } of await store.oldestOnDisk())
          if (await files.exists(recording_id)) await moveLater(recording_id);
      return { removed, bytes };
    },

    /** Of a camera that is removed: all but what is held. */
    removeOf: async (cameraId: string): Promise<void> => {
      for (let rows = await store.notHeld(cameraId); rows.length > 0; rows = await store.notHeld(cameraId))
        for (const row of rows) await throwAway(row, "its camera was removed");
    },
  };
};

/** First and last byte of `bytes=a-b`, `bytes=a-` or `bytes=-n`; null for all, or where it can't be met. */
export function bytesOf(range: string | null, size: number): [number, number] | null {
  const [, from = "", to = ""] = /^bytes=(\d*)-(\d*)$/.exec(range ?? "") ?? [];
  if (from === "" && to === "") return null;
  const start = from === "" ? Math.max(0, size - Number(to)) : Number(from);
  const end = from === "" || to === "" ? size - 1 : Math.min(Number(to), size - 1);
  return start > end ? null : [start, end];
}
