import { randomUUID } from "node:crypto";
import { backoffMs, type Log, messageOf } from "@banksman/kit";
import { pause } from "@banksman/video";
import type { Recording, RecordingPlan } from "@banksman/wire/api";
import type { CameraPlan } from "@banksman/wire/model";
import type { CameraRow } from "./camera-store.ts";
import { type Followed, follow } from "./follow.ts";
import { type RecordingFiles, writeAll } from "./recording-files.ts";
import type { RecordingStore } from "./recording-store.ts";
import type { Streams } from "./streams.ts";

/** The longest a file gets: what is lost with one, and what is found quickly in one. */
export const FILE_MS = 10 * 60_000;
const RETRY = { firstMs: 2_000, maxMs: 60_000 };

type Piece = Followed & { atMs: number };
type OpenFile = Awaited<ReturnType<RecordingFiles["open"]>> & { id: string; openedMs: number };

export type RecorderParts = {
  streams: Pick<Streams, "media" | "segment">;
  store: Pick<RecordingStore, "begin">;
  files: Pick<RecordingFiles, "open">;
  /** Makes a finished recording of a file that is no longer written. */
  finish: (recordingId: string, to: Date) => Promise<void>;
  log: Log;
};

/** Records one camera until it is closed, by its plan. */
export class Recorder {
  readonly #row: CameraRow;
  readonly #plan: CameraPlan;
  readonly #parts: RecorderParts;
  readonly #ended = new AbortController();
  readonly #done: Promise<void>;
  #alarmUntilMs = 0;
  #file: OpenFile | null = null;
  /** What came last, for when an alarm comes. */
  #before: Piece[] = [];

  constructor(row: CameraRow, plan: CameraPlan, parts: RecorderParts) {
    this.#row = row;
    this.#plan = plan;
    this.#parts = parts;
    this.#done = this.#run();
  }

  /** Something happened at the site: what came before it and what comes after it is kept. */
  alarm(): void {
    if (this.#row.recording.mode === "alarm") this.#alarmUntilMs = Date.now() + this.#row.recording.after_s * 1_000;
  }

  get isWriting(): boolean {
    return this.#file !== null;
  }

  async close(): Promise<void> {
    this.#ended.abort();
    await this.#done;
  }

  async #run(): Promise<void> {
    const { signal } = this.#ended;
    for (let attempt = 1; !signal.aborted; attempt += 1) {
      try {
        for await (const followed of follow(this.#parts.streams, this.#plan, signal)) {
          attempt = 1;
          await this.#take({ ...followed, atMs: Date.now() - followed.segment.durationS * 1_000 });
        }
      } catch (error) {
        this.#parts.log.warn({ camera: this.#row.camera_id }, `a recording pauses: ${messageOf(error)}`);
      }
      this.#before = [];
      await this.#closeFile();
      await pause(backoffMs(RETRY, attempt), signal);
    }
  }

  async #take(piece: Piece): Promise<void> {
    const because = whyRecord(this.#row.recording, this.#row.time_zone, Date.now(), this.#alarmUntilMs);
    if (because === null) {
      await this.#closeFile();
      this.#keep(piece);
      return;
    }
    const isFull = this.#file !== null && Date.now() - this.#file.openedMs > FILE_MS;
    if (isFull || this.#file?.stdin.destroyed) await this.#closeFile();
    if (this.#file === null) {
      const pieces = [...this.#before, piece];
      this.#before = [];
      this.#file = await this.#openFile(pieces[0] ?? piece, because);
      for (const one of pieces) await writeAll(this.#file.stdin, one.body);
      return;
    }
    await writeAll(this.#file.stdin, piece.body);
  }

  #keep(piece: Piece): void {
    if (this.#row.recording.mode !== "alarm") return;
    this.#before.push(piece);
    const since = Date.now() - this.#row.recording.before_s * 1_000;
    this.#before = this.#before.filter(({ atMs, segment }) => atMs + segment.durationS * 1_000 > since);
  }

  async #openFile({ head, atMs }: Piece, because: Recording["because"]): Promise<OpenFile> {
    const { camera_id, name, site_no, recording } = this.#row;
    const id = randomUUID();
    const from = new Date(atMs);
    await this.#parts.store.begin({
      ...{ recording_id: id, camera_id, camera_name: name, siteNo: site_no },
      ...{ from, because, keepDays: recording.keep_days },
    });
    const file = await this.#parts.files.open(id, head === null ? "mpegts" : "mp4");
    if (head !== null) await writeAll(file.stdin, head);
    return { ...file, id, openedMs: Date.now() };
  }

  async #closeFile(): Promise<void> {
    const file = this.#file;
    if (file === null) return;
    this.#file = null;
    file.stdin.end();
    await file.exited;
    await this.#parts.finish(file.id, new Date()).catch((error: unknown) =>
      // Its part stays, and is finished at the next start.
      this.#parts.log.error({ err: error, recording: file.id }, "a recording could not be finished"),
    );
  }
}

/** Why a camera is recorded at this moment; null when it isn't. */
export function whyRecord(
  plan: RecordingPlan,
  timeZone: string,
  nowMs: number,
  alarmUntilMs: number,
): Recording["because"] | null {
  switch (plan.mode) {
    case "off":
      return null;
    case "always":
      return "always";
    case "schedule":
      return isWithinDay(plan, timeZone, nowMs) ? "schedule" : null;
    case "alarm":
      return nowMs < alarmUntilMs ? "alarm" : null;
  }
}

/** Whether a time of day at the site lies in the plan's window, which may go over midnight; equal ends are the whole day. */
function isWithinDay({ from, to }: RecordingPlan, timeZone: string, nowMs: number): boolean {
  const now = new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", minute: "2-digit" }).format(nowMs);
  if (from === to) return true;
  return from < to ? now >= from && now < to : now >= from || now < to;
}
