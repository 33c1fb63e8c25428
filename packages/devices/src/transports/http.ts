import { type ClientRequest, Agent as HttpAgent, type IncomingMessage, request as overHttp } from "node:http";
import { Agent as HttpsAgent, request as overHttps } from "node:https";
import type { Socket } from "node:net";
import { brotliDecompressSync, gunzipSync, inflateSync } from "node:zlib";
import { asDeviceError, DeviceErrors } from "../errors.ts";
import { type Line, MAX_ANSWER_BYTES } from "./exchange.ts";

/** One request to a miner's web server, as a driver declares it. */
export type HttpRequest = {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  path: string;
  headers?: Readonly<Record<string, string>>;
  body?: string;
};
export type HttpReply = { status: number; headers: IncomingMessage["headers"]; text: string };

/** `secure` speaks TLS; a miner's certificate is its own work, so that it proves nothing and isn't checked. */
export type HttpLine = Line & { secure?: boolean };

/**
 * A miner's web server. Requests go one after the other over one connection, which most of these small servers keep
 * open; `close` always. Redirects are answers like any other: nothing is followed.
 */
export class HttpConnection {
  readonly #line: HttpLine;
  readonly #agent: HttpAgent;

  constructor(line: HttpLine) {
    this.#line = line;
    const keep = { keepAlive: true, maxSockets: 1 };
    this.#agent = line.secure ? new HttpsAgent({ ...keep, rejectUnauthorized: false }) : new HttpAgent(keep);
  }

  close(): void {
    this.#agent.destroy();
  }

  /**
   * One request and its answer, whatever its status. Rejects with a DeviceError. Only a GET that the server cut off on
   * a connection it no longer wanted is sent once more; anything else goes out once, on a connection of its own, since
   * on a kept one nobody could tell whether it was still read.
   */
  async send(request: HttpRequest): Promise<HttpReply> {
    if (request.method !== "GET") this.#agent.destroy();
    const first = await new Call(this.#line, this.#agent, request).answer();
    if (first !== "stale") return first;
    const second = await new Call(this.#line, this.#agent, request).answer();
    if (second === "stale") throw DeviceErrors.REFUSED(this.#line.host);
    return second;
  }
}

/** One request on its way. */
class Call {
  readonly #line: HttpLine;
  readonly #request: HttpRequest;
  readonly #agent: HttpAgent;
  #connected = false;
  #timer: NodeJS.Timeout | undefined;
  #fail: (error: Error) => void = () => {};

  constructor(line: HttpLine, agent: HttpAgent, request: HttpRequest) {
    this.#line = line;
    this.#agent = agent;
    this.#request = request;
  }

  /** `stale`: the server closed a kept connection just then; only said of a GET. */
  async answer(): Promise<HttpReply | "stale"> {
    const { host, signal } = this.#line;
    if (signal?.aborted) throw DeviceErrors.ABORTED(host);
    if (this.#left() <= 0) throw DeviceErrors.TIMED_OUT(host);
    const onAbort = () => this.#fail(DeviceErrors.ABORTED(host));
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      return await this.#exchange();
    } finally {
      clearTimeout(this.#timer);
      signal?.removeEventListener("abort", onAbort);
    }
  }

  #exchange(): Promise<HttpReply | "stale"> {
    const { host, connectTimeoutMs } = this.#line;
    return new Promise((resolve, reject) => {
      const call = this.#start();
      this.#fail = (error) => {
        reject(error);
        call.destroy();
      };
      this.#within(Math.min(this.#left(), connectTimeoutMs), () => DeviceErrors.TIMED_OUT(host));
      call.once("socket", (socket) => this.#onSocket(socket));
      call.on("error", (error) => {
        if (call.reusedSocket && this.#request.method === "GET") resolve("stale");
        else reject(errorOf(error, host, this.#connected));
      });
      call.once("response", (response) => {
        gather(response).then(
          (text) => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
          (error: unknown) => this.#fail(asDeviceError(error, host)),
        );
      });
    });
  }

  #start(): ClientRequest {
    const { host, port, secure } = this.#line;
    const { method, path, headers = {}, body } = this.#request;
    const bytes = body === undefined ? undefined : Buffer.from(body);
    const length = bytes || method !== "GET" ? { "Content-Length": String(bytes?.length ?? 0) } : {};
    const call = (secure ? overHttps : overHttp)({
      host,
      port,
      method,
      path,
      agent: this.#agent,
      // Small servers on miners write headers that the strict parser refuses.
      insecureHTTPParser: true,
      headers: { Accept: "*/*", ...headers, ...length },
    });
    call.end(bytes);
    return call;
  }

  #onSocket(socket: Socket): void {
    const ready = () => {
      this.#connected = true;
      try {
        this.#line.onSent?.();
      } catch (error) {
        this.#fail(error instanceof Error ? error : new Error(String(error)));
        return;
      }
      this.#within(this.#left(), () => DeviceErrors.SILENT(this.#line.host));
    };
    if (socket.connecting) socket.once(this.#line.secure ? "secureConnect" : "connect", ready);
    else ready();
  }

  #within(ms: number, error: () => Error): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#fail(error()), Math.max(1, ms));
  }

  #left = (): number => this.#line.deadline - performance.now();
}

/** What answers on the port and speaks no HTTP is told from what closes it. */
function errorOf(error: Error & { code?: string }, host: string, connected: boolean): Error {
  if (error.code?.startsWith("HPE_")) return DeviceErrors.NOT_A_MINER(`no HTTP: ${error.message}`, { cause: error });
  if (connected && error.code === "ECONNRESET") return DeviceErrors.BAD_ANSWER("it was cut off", { cause: error });
  return asDeviceError(error, host);
}

async function gather(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response) {
    const bytes = Buffer.from(chunk);
    length += bytes.length;
    if (length > MAX_ANSWER_BYTES) throw DeviceErrors.BAD_ANSWER(`more than ${MAX_ANSWER_BYTES} bytes`);
    chunks.push(bytes);
  }
  return unpacked(Buffer.concat(chunks, length), response.headers["content-encoding"]).toString("utf8");
}

/** Pages of small boards lie packed in their flash and are sent as they lie, whatever the client accepts. */
function unpacked(bytes: Buffer, encoding: string | undefined): Buffer {
  const limit = { maxOutputLength: MAX_ANSWER_BYTES };
  switch (encoding?.trim().toLowerCase()) {
    case "gzip":
    case "x-gzip":
      return gunzipSync(bytes, limit);
    case "deflate":
      return inflateSync(bytes, limit);
    case "br":
      return brotliDecompressSync(bytes, limit);
    default:
      return bytes;
  }
}
