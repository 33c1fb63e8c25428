import { randomUUID } from "node:crypto";
import { backoffMs, type Log, messageOf } from "@banksman/kit";
import { pause, type Segment } from "@banksman/video";
import type { Recording, RecordingPlan } from "@banksman/wire/api";
import type { CameraPlan } from "@banksman/wire/model";
import type { CameraRow } from "./camera-store.ts";
import { type Followed, follow } from "./follow.ts";
import { type RecordingFiles, writeAll } from "./recording-files.ts";
import type { RecordingStore } from "./recording-store.ts";
import type { Streams } from "./streams.ts";

/** The longest a file gets: what is found quickly in one, and what is lost with one. */
const FILE_MS = 10 * 60_000;
/** Cameras that began together don't end their files together. */
const SHORTER_BY = 0.2;
const RETRY = { firstMs: 1_000, maxMs: 60_000 };
const LOOK_MS = 1_000;
/** A file that gets nothing for so long is ended: what comes later is another recording. */
const SILENT_MS = 30_000;
/** The last part of a time that is over may still come. */
const LAST_PART_MS = 15_000;

type Piece = Followed & { atMs: number };
type OpenFile = Awaited<ReturnType<RecordingFiles["open"]>> & {
  id: string;
  untilMs: number;
  /** Where its stream's head is; another one needs another file. */
  headUrl: string | null;
  /** When its newest picture was taken, and when that came. */
  lastMs: number;
  heardMs: number;
};

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
  readonly #timer: NodeJS.Timeout;
  /** Files that are no longer written and not finished yet: the next one doesn't wait for them. */
  readonly #finishing = new Set<Promise<void>>();
  #alarmUntilMs = 0;
  #file: OpenFile | null = null;
  /** What came last, for when an alarm comes. */
  #before: Piece[] = [];
  #last: Segment | null = null;

  constructor(row: CameraRow, plan: CameraPlan, parts: RecorderParts) {
    this.#row = row;
    this.#plan = plan;
    this.#parts = parts;
    // A camera that sends nothing any more brings nobody to look whether its file should end.
    this.#timer = setInterval(() => this.#endIfOver(), LOOK_MS);
    this.#done = this.#run();
  }

  /** Something happened at the site: what came before it and what comes after it is kept. */
  alarm(): void {
    if (this.#row.recording.mode === "alarm") this.#alarmUntilMs = Date.now() + this.#row.recording.after_s * 1_000;
  }

  /** Ends this file, so that it can be played; the next one goes on. False where it isn't the one being written. */
  async roll(recordingId: string): Promise<boolean> {
    if (this.#file?.id !== recordingId) return false;
    await this.#closeFile();
    return true;
  }

  get isWriting(): boolean {
    return this.#file !== null;
  }

  async close(): Promise<void> {
    this.#ended.abort();
    clearInterval(this.#timer);
    await this.#done;
    await Promise.all(this.#finishing);
  }

  async #run(): Promise<void> {
    const { signal } = this.#ended;
    for (let attempt = 1; !signal.aborted; attempt += 1) {
      try {
        for await (const followed of follow(this.#parts.streams, this.#plan, signal, { after: this.#last })) {
          attempt = 1;
          this.#last = followed.segment;
          await this.#take({ ...followed, atMs: Date.now() - followed.segment.durationS * 1_000 });
        }
      } catch (error) {
        this.#parts.log.warn({ camera: this.#row.camera_id }, `a recording pauses: ${messageOf(error)}`);
      }
      if (!signal.aborted) await pause(backoffMs(RETRY, attempt), signal);
    }
    void this.#closeFile();
  }

  /** Why what was taken at a moment is recorded; null where it isn't. */
  #why(atMs: number): Recording["because"] | null {
    return whyRecord(this.#row.recording, this.#row.time_zone, atMs, this.#alarmUntilMs);
  }

  #endIfOver(): void {
    if (this.#file === null) return;
    const now = Date.now();
    // A time that has only begun is not over.
    const isOver = this.#why(now) === null && this.#why(now - LAST_PART_MS) === null;
    if (isOver || now - this.#file.heardMs > SILENT_MS) void this.#closeFile();
  }

  async #take(piece: Piece): Promise<void> {
    // A part comes when it is whole: it belongs to when it began.
    const because = this.#why(piece.atMs);
    if (because === null) {
      void this.#closeFile();
      this.#keep(piece);
      return;
    }
    const headUrl = piece.segment.map?.url ?? null;
    const file = this.#file;
    if (file !== null && (Date.now() > file.untilMs || file.stdin.destroyed || file.headUrl !== headUrl))
      void this.#closeFile();
    const pieces = this.#file === null ? [...this.#before, piece] : [piece];
    this.#before = [];
    this.#file ??= await this.#openFile(pieces[0] ?? piece, because);
    for (const { body, atMs, segment } of pieces) {
      const { stdin } = this.#file;
      this.#file.lastMs = atMs + segment.durationS * 1_000;
      this.#file.heardMs = Date.now();
      await writeAll(stdin, body);
      // It may have been ended meanwhile, for its time was over.
      if (this.#file === null) return;
    }
  }

  #keep(piece: Piece): void {
    if (this.#row.recording.mode !== "alarm") return;
    this.#before.push(piece);
    const since = Date.now() - this.#row.recording.before_s * 1_000;
    this.#before = this.#before.filter(({ atMs, segment }) => atMs + segment.durationS * 1_000 > since);
  }

  async #openFile({ head, segment, atMs }: Piece, because: Recording["because"]): Promise<OpenFile> {
    const { camera_id, name, site_no, recording } = this.#row;
    const id = randomUUID();
    const file = await this.#parts.files.open(id, head === null ? "mpegts" : "mp4");
    try {
      await this.#parts.store.begin({
        ...{ recording_id: id, camera_id, camera_name: name, siteNo: site_no },
        ...{ from: new Date(atMs), because, keepDays: recording.keep_days },
      });
    } catch (error) {
      file.stdin.destroy();
      throw error;
    }
    if (head !== null) await writeAll(file.stdin, head);
    const untilMs = Date.now() + FILE_MS * (1 - SHORTER_BY * Math.random());
    return { ...file, id, untilMs, headUrl: segment.map?.url ?? null, lastMs: atMs, heardMs: Date.now() };
  }

  #closeFile(): Promise<void> {
    const file = this.#file;
    if (file === null) return Promise.resolve();
    this.#file = null;
    file.stdin.end();
    const finished: Promise<void> = file.exited
      .then(() => this.#parts.finish(file.id, new Date(file.lastMs)))
      .catch((error: unknown) =>
        // What was written stays, and is tried again.
        this.#parts.log.error({ err: error, recording: file.id }, "a recording could not be finished"),
      )
      .finally(() => this.#finishing.delete(finished));
    this.#finishing.add(finished);
    return finished;
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
