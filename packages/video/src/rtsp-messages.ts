/** A request or an answer: its first line, its headers in their order, and its body. RFC 2326. */
export type RtspMessage = { first: string; headers: [name: string, value: string][]; body: Buffer };
/** What one side of an RTSP connection says: messages, and between them pieces of the stream, passed on as they are. */
export type RtspSaid = { message: RtspMessage } | { frame: Buffer };

const DOLLAR = 0x24;
const NEWLINE = 0x0a;
const RETURN = 0x0d;
const MOST_HEAD_BYTES = 32 * 1024;
const MOST_BODY_BYTES = 256 * 1024;

/**
 * Takes what a connection brings, in whatever pieces, and gives what was said. Lines end with a line feed, with or without a
 * carriage return before it, as ffmpeg takes them: who reads on must see the same messages. Throws RangeError for what is none.
 */
export class RtspReader {
  #kept: Buffer = Buffer.alloc(0);

  *read(chunk: Buffer): Generator<RtspSaid> {
    this.#kept = this.#kept.length === 0 ? chunk : Buffer.concat([this.#kept, chunk]);
    for (let said = this.#next(); said !== null; said = this.#next()) yield said;
  }

  #take(bytes: number): Buffer {
    const taken = this.#kept.subarray(0, bytes);
    this.#kept = this.#kept.subarray(bytes);
    return taken;
  }

  /** What is whole by now; null where that is nothing. */
  #next(): RtspSaid | null {
    // Some cameras end a body with a line more than they said.
    const begin = this.#kept.findIndex((byte) => byte !== NEWLINE && byte !== RETURN);
    this.#take(begin < 0 ? this.#kept.length : begin);
    if (this.#kept.length === 0) return null;
    if (this.#kept[0] === DOLLAR) {
      if (this.#kept.length < 4) return null;
      const bytes = 4 + this.#kept.readUInt16BE(2);
      return this.#kept.length < bytes ? null : { frame: this.#take(bytes) };
    }
    const end = headEnd(this.#kept);
    if (end < 0) {
      if (this.#kept.length > MOST_HEAD_BYTES) throw new RangeError("a message without an end");
      return null;
    }
    const { first, headers } = headOf(this.#kept.toString("latin1", 0, end));
    const length = Number(headers.findLast(([name]) => name.toLowerCase() === "content-length")?.[1] ?? 0);
    if (!Number.isSafeInteger(length) || length < 0 || length > MOST_BODY_BYTES)
      throw new RangeError("a body without a sensible length");
    if (this.#kept.length < end + length) return null;
    this.#take(end);
    return { message: { first, headers, body: this.#take(length) } };
  }
}

/** Where the empty line ends that ends a head; -1 where there is none yet. */
function headEnd(bytes: Buffer): number {
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) {
    const next = bytes[at + 1] === RETURN ? at + 2 : at + 1;
    if (bytes[next] === NEWLINE) return next + 1;
  }
  return -1;
}

function headOf(text: string): Pick<RtspMessage, "first" | "headers"> {
  const [first = "", ...lines] = text.split(/\r*\n/).filter((line) => line !== "");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: such are what is looked for.
  if (/[\x00-\x08\x0b-\x1f]/.test(text.replaceAll("\r\n", "\n"))) throw new RangeError("a head with odd characters");
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(":");
    if (colon < 1) throw new RangeError("a header without a name");
    return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
  });
  return { first, headers };
}

/** A header by its name, the last where there are several. */
export const headerOf = ({ headers }: RtspMessage, name: string): string | undefined =>
  headers.findLast(([one]) => one.toLowerCase() === name)?.[1];

/** The message with a header set anew, or without it. */
export function withHeader(message: RtspMessage, name: string, value: string | undefined): RtspMessage {
  const others = message.headers.filter(([one]) => one.toLowerCase() !== name.toLowerCase());
  return { ...message, headers: value === undefined ? others : [[name, value], ...others] };
}

/** A message as it is sent: one way to write it, whatever way it came. */
export function bytesOfMessage(message: RtspMessage): Buffer {
  const length = message.body.length === 0 ? undefined : String(message.body.length);
  const { first, headers, body } = withHeader(message, "Content-Length", length);
  const head = [first, ...headers.map(([name, value]) => `${name}: ${value}`)].join("\r\n");
  return Buffer.concat([Buffer.from(`${head}\r\n\r\n`, "latin1"), body]);
}
