import { closeSync, fstatSync, mkdirSync, openSync, renameSync, writeSync } from "node:fs";
import { join } from "node:path";
import { type LogSink, messageOf } from "@banksman/kit";

/** The three files of glog; each holds its own level and those above. */
const FILES = [
  { name: "statshttpd.INFO", from: 0 },
  { name: "statshttpd.WARNING", from: 1 },
  { name: "statshttpd.ERROR", from: 2 },
] as const;
const LEVELS: Record<string, { rank: number; letter: string }> = {
  trace: { rank: 0, letter: "I" },
  debug: { rank: 0, letter: "I" },
  info: { rank: 0, letter: "I" },
  warn: { rank: 1, letter: "W" },
  error: { rank: 2, letter: "E" },
  fatal: { rank: 2, letter: "F" },
};
/** A file is put aside at this size, and a new one begun. */
const ROTATE_AT = 100 * 1024 * 1024;

/**
 * Log files in the form and under the names that monitoring of the original reads: a line is
 * `I1121 09:00:00.123456 pid statshttpd] text`, in local time. Lines are written at once. A folder that can't be written
 * throws at the start; later a full disk loses lines and nothing else.
 */
export class GlogFiles implements LogSink {
  readonly #dir: string;
  readonly #format: "glog" | "json";
  readonly #rotateAt: number;
  readonly #open: (number | null)[] = FILES.map(() => null);
  readonly #sizes: number[] = FILES.map(() => 0);

  constructor(dir: string, format: "glog" | "json" = "glog", rotateAt = ROTATE_AT) {
    this.#dir = dir;
    this.#format = format;
    this.#rotateAt = rotateAt;
    mkdirSync(dir, { recursive: true });
    for (const index of FILES.keys()) this.#openFile(index);
  }

  write(line: string): void {
    const { letter, rank, text } = glogLine(line);
    for (const [index, { from }] of FILES.entries()) {
      if (rank < from) continue;
      try {
        this.#append(index, Buffer.from(this.#format === "json" ? line : `${letter}${text}\n`));
      } catch (error) {
        process.stderr.write(`${this.#dir}: the log can't be written: ${messageOf(error)}\n`);
      }
    }
  }

  close(): void {
    for (const [index, file] of this.#open.entries()) {
      if (file !== null) closeSync(file);
      this.#open[index] = null;
    }
  }

  #append(index: number, line: Buffer): void {
    if ((this.#sizes[index] ?? 0) + line.length > this.#rotateAt) this.#rotate(index);
    const file = this.#open[index] ?? this.#openFile(index);
    writeSync(file, line);
    this.#sizes[index] = (this.#sizes[index] ?? 0) + line.length;
  }

  #openFile(index: number): number {
    const file = openSync(this.#pathOf(index), "a");
    this.#open[index] = file;
    this.#sizes[index] = fstatSync(file).size;
    return file;
  }

  #rotate(index: number): void {
    const file = this.#open[index];
    if (typeof file === "number") closeSync(file);
    this.#open[index] = null;
    const moment = new Date().toISOString().replace(/[-:]/g, "").replace("T", "-").slice(0, 19);
    renameSync(this.#pathOf(index), `${this.#pathOf(index)}.${moment}`);
  }

  #pathOf(index: number): string {
    return join(this.#dir, FILES[index]?.name ?? "");
  }
}

/** Members of a log line that every line has; the others are told after the text. */
const USUAL = new Set(["level", "time", "msg", "role", "err"]);

/** A JSON log line as glog writes it: its level's letter and the rest of the line. */
export function glogLine(json: string): { letter: string; rank: number; text: string } {
  const entry: Record<string, unknown> = JSON.parse(json);
  const { rank, letter } = LEVELS[String(entry.level)] ?? { rank: 0, letter: "I" };
  const more = Object.entries(entry).filter(([key]) => !USUAL.has(key));
  const tail = more
    .map(([key, value]) => ` ${key}=${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join("");
  const message = `${String(entry.msg ?? "")}${tail}`.replace(/\s*\n\s*/g, " ");
  return { letter, rank, text: `${stamp(new Date(String(entry.time)))} ${process.pid} statshttpd] ${message}` };
}

/** `MMDD HH:MM:SS.uuuuuu` in local time. */
function stamp(time: Date): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const day = `${two(time.getMonth() + 1)}${two(time.getDate())}`;
  const clock = [time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(":");
  return `${day} ${clock}.${String(time.getMilliseconds()).padStart(3, "0")}000`;
}
