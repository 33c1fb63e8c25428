import { type CodedError, messageOf } from "@banksman/kit";
import { Answers } from "./answers.ts";
import { type Decoded, decode } from "./decode/decode.ts";
import type { Reply } from "./decode/reply.ts";
import { REPAIRS } from "./decode/tolerant-json.ts";
import { asDeviceError, DeviceErrors } from "./errors.ts";
import type { Ask, Web } from "./family.ts";
import type { Notes } from "./notes.ts";
import { exchange, type Line } from "./transports/exchange.ts";
import { type WebOptions, WebTalk } from "./web-talk.ts";

/** What one request cost, for `edge --test`. */
export type CommandTiming = { command: string; ms: number; bytes: number; ok: boolean; error?: string };

/** How a request went: `refused` = the device doesn't join, `broken` = no use in asking on. */
export type Outcome = "answered" | "refused" | "failed" | "broken";

/** Errors after which the next request would fare no better. */
const HOPELESS = new Set([
  "DEVICE_TIMED_OUT",
  "DEVICE_SILENT",
  "DEVICE_UNREACHABLE",
  "DEVICE_ABORTED",
  "DEVICE_NOT_A_MINER",
  "DEVICE_UNSUPPORTED",
]);

/**
 * One reading's talk with one miner over the cgminer API. Requests go one after the other, never two at once: the
 * device serves one client and lets the others wait.
 */
export class Conversation {
  answers = new Answers();
  readonly commands: CommandTiming[] = [];
  readonly raw: Record<string, string> = {};
  /** The last thing that went wrong on the wire. */
  problem: CodedError | null = null;
  readonly #line: Line;
  readonly #notes: Notes;
  readonly #keepRaw: boolean;
  readonly #web: WebTalk;

  constructor(line: Line, notes: Notes, keepRaw: boolean, web: WebOptions) {
    this.#line = line;
    this.#notes = notes;
    this.#keepRaw = keepRaw;
    this.#web = new WebTalk(line, web);
  }

  close(): void {
    this.#web.close();
  }

  /** The configuration gives a name and a password for the web server. */
  hasCredentials(web: Web | undefined): boolean {
    return this.#web.hasCredentials(web);
  }

  /** Milliseconds left of the reading's time. */
  get left(): number {
    return this.#line.deadline - performance.now();
  }

  /**
   * Asks the commands in one request. What was answered is in `answers`. A request that `mayHang` gets half of the time
   * that is left, so that there is some for others.
   */
  async ask(commands: readonly string[], mayHang = false): Promise<Outcome> {
    const name = commands.join("+");
    const line = mayHang ? { ...this.#line, deadline: performance.now() + this.left / 2 } : this.#line;
    const start = performance.now();
    let answer = "";
    try {
      const { text, terminated } = await exchange(line, requestFor(name));
      answer = text;
      if (text.trim() === "") throw DeviceErrors.BAD_ANSWER("nothing but white space");
      const decoded = decode(text, commands);
      this.#take(name, decoded, terminated);
      const refused = decoded.joinRefused;
      if (refused) this.answers.joinRefusal = decoded.refusalCode ?? null;
      this.log(name, start, answer, refused ? "joined commands refused" : errorOf(decoded.replies.get(name)));
      return refused ? "refused" : "answered";
    } catch (thrown) {
      const error = asDeviceError(thrown, this.#line.host);
      this.problem = error;
      if (commands.length === 1) this.answers.failures.set(name, error);
      this.log(name, start, answer, messageOf(error));
      if (mayHang && error.code === "DEVICE_SILENT") return "failed";
      return HOPELESS.has(error.code) ? "broken" : "failed";
    }
  }

  /** Asks one path of the device's web server. `broken` only where the server can't be reached at all. */
  async fetch(ask: Ask, web: Web | undefined): Promise<Outcome> {
    const start = performance.now();
    try {
      const { text, reply } = await this.#web.ask(ask, web);
      this.answers.replies.set(ask.command, reply);
      this.log(ask.command, start, text, errorOf(reply));
      return "answered";
    } catch (thrown) {
      return this.#unfetched(ask.command, start, thrown);
    }
  }

  /** Looks at the start page of the web server; what it says is in `answers.page`. */
  async look(web: Web | undefined): Promise<Outcome> {
    const start = performance.now();
    try {
      this.answers.page = await this.#web.page(web);
      this.log("/", start, this.answers.page, undefined);
      return "answered";
    } catch (thrown) {
      return this.#unfetched("/", start, thrown);
    }
  }

  #unfetched(path: string, start: number, thrown: unknown): Outcome {
    const error = asDeviceError(thrown, this.#line.host);
    this.problem = error;
    if (path !== "/") this.answers.failures.set(path, error);
    this.log(path, start, "", messageOf(error));
    return error.code === "DEVICE_BAD_ANSWER" ? "failed" : "broken";
  }

  #take(name: string, { replies, repairs }: Decoded, terminated: boolean): void {
    for (const [command, reply] of replies) {
      this.answers.replies.set(command, reply);
      this.answers.failures.delete(command);
    }
    for (const repair of repairs) this.#notes.warn("repaired_answer", `${name}: ${repair}: ${REPAIRS[repair]}`);
    if (!terminated && repairs.has("truncated")) this.problem = DeviceErrors.BAD_ANSWER("it was cut off");
  }

  /** Notes what a request cost, and its answer where raw answers are kept. */
  log(command: string, start: number, answer: string, error: string | undefined): void {
    const ms = Math.round((performance.now() - start) * 10) / 10;
    const bytes = answer.length;
    this.commands.push({ command, ms, bytes, ok: error === undefined, ...(error === undefined ? {} : { error }) });
    if (this.#keepRaw && answer !== "") this.raw[command] = withoutPasswords(answer).slice(0, MOST_RAW);
  }
}

/** Configurations hold the passwords of pools, which a raw answer isn't kept for. */
const withoutPasswords = (answer: string): string =>
  answer.replaceAll(/("pass(?:wd|word)?\d?"\s*:\s*")(?:[^"\\]|\\.)*"/gi, '$1(hidden)"');

/** The wire takes no more of a raw answer. */
const MOST_RAW = 100_000;

/** What the device objects to in the reply to a single command. */
const errorOf = (reply: Reply | undefined): string | undefined =>
  reply?.ok === false ? (reply.message ?? "refused") : undefined;

/** The request text. `stats~new_api` asks for the newer Antminers' shape, `x~y` gives x the parameter y. */
function requestFor(name: string): string {
  const tilde = name.indexOf("~");
  if (tilde < 0) return `{"command":"${name}"}`;
  const command = name.slice(0, tilde);
  const argument = name.slice(tilde + 1);
  if (argument === "new_api") return `{"command":"${command}","new_api":true}`;
  return JSON.stringify({ command, parameter: argument });
}
