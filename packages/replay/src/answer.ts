/** No answer ever comes, and the connection stays open. */
export const HANG = Symbol("hang");

/**
 * What a fake device sends back: text or bytes as captured, without the wire's closing NUL; `null` closes the
 * connection without a byte, as an API does that knows the caller isn't allowed.
 */
export type Answer = Buffer | string | null | typeof HANG;

/** Gives the answer to a request exactly as it came in. */
export type AnswerFunction = (request: string) => Answer;

/**
 * What goes wrong on the wire.
 * - `refuse`: reset right after the connect, the nearest a listener comes to a closed port
 * - `hang`: takes the request and never answers
 * - `reset`: resets the connection after `afterBytes` of the answer (default: half of it)
 * - `drip`: sends `chunkBytes` (default 1) every `everyMs` (default 20)
 * - `malformed`: cuts a piece out of the middle of the answer, so that it no longer parses
 * - `not_a_miner`: answers as a web server would
 * - `truncate`: closes after `afterBytes` (default: half), without the NUL
 */
export type Fault =
  | { kind: "none" | "refuse" | "hang" | "malformed" | "not_a_miner" }
  | { kind: "reset" | "truncate"; afterBytes?: number }
  | { kind: "drip"; chunkBytes?: number; everyMs?: number };

export const NO_FAULT: Fault = { kind: "none" };

/** One fake device: what it answers, how late, and what goes wrong with it just now. */
export type FakeDevice = {
  answer: AnswerFunction;
  /** Milliseconds between the request and the first byte of the answer. */
  latencyMs?: () => number;
  /** Asked once a connection. */
  fault?: () => Fault;
};

const WEB_PAGE = "HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\n\r\n<html><body>Bad Request</body></html>";

/** The bytes that go on the wire for an answer under a fault, with the cgminer API's NUL at the end where it belongs. */
export function wireBytes(answer: Buffer | string, fault: Fault): Buffer {
  const body = typeof answer === "string" ? Buffer.from(answer) : answer;
  if (fault.kind === "not_a_miner") return Buffer.from(WEB_PAGE);
  if (fault.kind === "truncate" || fault.kind === "reset") {
    return body.subarray(0, fault.afterBytes ?? Math.floor(body.length / 2));
  }
  return Buffer.concat([fault.kind === "malformed" ? damaged(body) : body, NUL]);
}

const NUL = Buffer.from([0]);

/** Leaves out every colon of the middle third: no tolerant reader may guess what stood there. */
function damaged(body: Buffer): Buffer {
  const from = Math.floor(body.length / 3);
  const to = 2 * from;
  return Buffer.from(body.filter((byte, i) => i < from || i > to || byte !== 0x3a));
}
