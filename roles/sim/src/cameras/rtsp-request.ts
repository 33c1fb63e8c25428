export type RtspRequest = { method: string; url: string; headers: ReadonlyMap<string, string> };

const END = "\r\n\r\n";
const MOST_BYTES = 64 * 1_024;

/** Takes what a connection brings and gives its requests; what it sends for the stream (RTCP) is passed over. */
export class RtspReader {
  #kept: Buffer = Buffer.alloc(0);

  *read(chunk: Buffer): Generator<RtspRequest> {
    this.#kept = Buffer.concat([this.#kept, chunk]);
    for (let size = this.#size(); size > 0; size = this.#size()) {
      const message = this.#kept.subarray(0, size);
      this.#kept = this.#kept.subarray(size);
      if (message.readUInt8(0) !== DOLLAR) yield requestOf(message.toString("utf8"));
    }
    if (this.#kept.length > MOST_BYTES) throw new RangeError("a request without an end");
  }

  /** Bytes of the next message, 0 while it isn't whole. */
  #size(): number {
    const bytes = this.#kept;
    if (bytes.length >= 4 && bytes.readUInt8(0) === DOLLAR) {
      const size = 4 + bytes.readUInt16BE(2);
      return bytes.length >= size ? size : 0;
    }
    const end = bytes.indexOf(END);
    if (end < 0) return 0;
    const head = bytes.toString("utf8", 0, end);
    const size = end + END.length + Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
    return bytes.length >= size ? size : 0;
  }
}

const DOLLAR = 0x24;

function requestOf(text: string): RtspRequest {
  const [first = "", ...lines] = (text.split(END)[0] ?? "").split("\r\n");
  const [method = "", url = ""] = first.split(" ");
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  return { method, url, headers: new Map(headers) };
}
