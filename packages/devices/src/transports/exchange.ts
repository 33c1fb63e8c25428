import { connect, type Socket } from "node:net";
import { asDeviceError, DeviceErrors } from "../errors.ts";

/**
 * Where to talk to, and for how long: `deadline` in ms of `performance.now()`. `onSent` is called just before the first
 * byte of a request leaves: from then on it may have reached the device, whatever becomes of its answer. When it throws,
 * nothing leaves, and the exchange rejects with what it threw.
 */
export type Line = {
  host: string;
  port: number;
  connectTimeoutMs: number;
  deadline: number;
  signal?: AbortSignal;
  onSent?: () => void;
};

/** The longest answer taken. The reference server's own buffer is 64 KiB; joined answers of big machines pass that. */
export const MAX_ANSWER_BYTES = 1 << 20;
/** How long a connection may stay silent after what looks like a whole JSON answer without its NUL. */
const SILENCE_AFTER_VALUE_MS = 250;

export type Exchange = {
  text: string;
  /** False when the device closed before its NUL: the answer may be cut off. */
  terminated: boolean;
};

/**
 * One request and its answer over a connection of its own. The request goes out in one write, since the reference
 * server reads once, and our side stays open until the answer is in, since several firmwares drop the reply of a client
 * that ends first. Rejects with a DeviceError.
 */
export function exchange(line: Line, request: string): Promise<Exchange> {
  return new Promise((resolve, reject) => {
    const call = new Call(line, resolve, reject);
    call.start(request);
  });
}

/**
 * Where all exchanges receive. One buffer serves them all, since each piece is taken out of it before the next is read;
 * a buffer and a stream for every answer would cost more than reading it.
 */
const received = Buffer.allocUnsafe(64 * 1024);

/** The state of one exchange. A class, so that thousands at once share their functions. */
class Call {
  readonly #line: Line;
  readonly #resolve: (answer: Exchange) => void;
  readonly #reject: (error: Error) => void;
  #socket: Socket | undefined;
  #timer: NodeJS.Timeout | undefined;
  #chunks: Buffer[] = [];
  #length = 0;
  #silence: NodeJS.Timeout | undefined;
  #connected = false;
  #settled = false;

  constructor(line: Line, resolve: (answer: Exchange) => void, reject: (error: Error) => void) {
    this.#line = line;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  start(request: string): void {
    const { host, port, connectTimeoutMs, signal } = this.#line;
    const left = this.#left();
    if (signal?.aborted || left <= 0) {
      this.#fail(signal?.aborted ? DeviceErrors.ABORTED(host) : DeviceErrors.TIMED_OUT(host));
      return;
    }
    signal?.addEventListener("abort", this.#onAbort, { once: true });
    this.#timer = setTimeout(this.#onTimeout, Math.min(connectTimeoutMs, left));
    // A single write on a new connection goes out at once: switching Nagle's algorithm off would be a call for nothing.
    const socket = connect({ host, port, onread: { buffer: received, callback: this.#onRead } });
    this.#socket = socket;
    socket.once("connect", () => {
      this.#connected = true;
      clearTimeout(this.#timer);
      this.#timer = setTimeout(this.#onTimeout, Math.max(1, this.#left()));
      try {
        this.#line.onSent?.();
      } catch (error) {
        this.#fail(error instanceof Error ? error : new Error(String(error)));
        return;
      }
      socket.write(request);
    });
    socket.once("end", () => this.#ended());
    socket.on("error", (error) => this.#broke(error));
    // A connection that closed without an end or an error must not leave the caller waiting for its timer.
    socket.once("close", () => this.#ended());
  }

  /** Milliseconds until the deadline, in tens: timers of one duration share a list in Node. */
  #left = (): number => Math.ceil((this.#line.deadline - performance.now()) / 10) * 10;

  #onAbort = (): void => this.#fail(DeviceErrors.ABORTED(this.#line.host));

  /** What came until the time ran out is used when it is a whole value: some firmwares neither end nor close. */
  #onTimeout = (): void => {
    const { host } = this.#line;
    if (this.#length > 0 && isWhole(this.#text())) this.#done(true);
    else this.#fail(this.#connected ? DeviceErrors.SILENT(host) : DeviceErrors.TIMED_OUT(host));
  };

  #onRead = (bytes: number): boolean => {
    if (!this.#settled) this.#take(received.subarray(0, bytes));
    return true;
  };

  /** `piece` is a view of the shared buffer: what is kept of it is copied. */
  #take(piece: Buffer): void {
    // A NUL before any text is padding, not an end.
    const chunk = this.#length === 0 && piece[0] === 0 ? piece.subarray(skipNuls(piece)) : piece;
    const nul = chunk.indexOf(0);
    if (nul >= 0) {
      this.#push(chunk.subarray(0, nul));
      this.#done(true);
      return;
    }
    this.#push(Buffer.from(chunk));
    if (this.#length > MAX_ANSWER_BYTES) {
      this.#fail(DeviceErrors.BAD_ANSWER(`more than ${MAX_ANSWER_BYTES} bytes`));
      return;
    }
    this.#watchForSilentEnd(chunk);
  }

  #push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
  }

  /** Firmwares that send no NUL and keep the connection end with `}` or a line feed, and then nothing more comes. */
  #watchForSilentEnd(chunk: Buffer): void {
    clearTimeout(this.#silence);
    const last = chunk.at(-1);
    if (last !== CLOSING_BRACE && last !== LINE_FEED && last !== BAR) return;
    if (last === LINE_FEED && isWhole(this.#text())) {
      this.#done(true);
      return;
    }
    this.#silence = setTimeout(() => {
      if (last === BAR || isWhole(this.#text())) this.#done(true);
    }, SILENCE_AFTER_VALUE_MS);
  }

  #ended(): void {
    if (this.#settled) return;
    if (this.#length > 0) this.#done(false);
    else this.#fail(DeviceErrors.ACCESS_DENIED("it closed the connection without a word"));
  }

  /** A reset after some bytes of the answer: what came is as good as a cut-off answer. */
  #broke(error: Error): void {
    if (this.#settled) return;
    if (this.#length > 0) this.#done(false);
    else this.#fail(asDeviceError(error, this.#line.host));
  }

  #text(): string {
    const bytes = this.#chunks.length === 1 ? this.#chunks[0] : Buffer.concat(this.#chunks, this.#length);
    return bytes ? bytes.toString("utf8") : "";
  }

  #done(terminated: boolean): void {
    const text = this.#text();
    this.#settle();
    this.#resolve({ text, terminated });
  }

  #fail(error: Error): void {
    if (this.#settled) return;
    this.#settle();
    this.#reject(error);
  }

  #settle(): void {
    this.#settled = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#silence);
    this.#line.signal?.removeEventListener("abort", this.#onAbort);
    this.#chunks = [];
    this.#socket?.destroy();
  }
}

const CLOSING_BRACE = 0x7d;
const LINE_FEED = 0x0a;
const BAR = 0x7c;

/** Says whether JSON text is complete; what isn't valid JSON is complete when its brackets are even. */
function isWhole(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return bracketsAreEven(text);
  }
}

function bracketsAreEven(text: string): boolean {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (inString) {
      if (char === "\\") i++;
      else if (char === '"') inString = false;
    } else if (char === '"') inString = true;
    else if (char === "{" || char === "[") depth++;
    else if (char === "}" || char === "]") depth--;
  }
  return depth === 0 && !inString && text.trim() !== "";
}

function skipNuls(chunk: Buffer): number {
  let i = 0;
  while (chunk[i] === 0) i++;
  return i;
}
