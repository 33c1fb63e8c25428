import { Agent, type IncomingMessage, request as startRequest } from "node:http";
import { brotliDecompressSync, gunzipSync, inflateSync } from "node:zlib";
import { asDeviceError, DeviceErrors } from "../errors.ts";
import { type Line, MAX_ANSWER_BYTES } from "./exchange.ts";

export type HttpRequest = {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  path: string;
  headers?: Readonly<Record<string, string>>;
  body?: string;
};
export type HttpReply = { status: number; headers: IncomingMessage["headers"]; text: string };

/**
 * A miner's web server. All requests go one after the other over one connection, which most of these small servers keep
 * open; `close` always.
 */
export class HttpConnection {
  readonly #line: Line;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });

  constructor(line: Line) {
    this.#line = line;
  }

  close(): void {
    this.#agent.destroy();
  }

  /**
   * One request and its answer, whatever its status. Rejects with a DeviceError. Only a GET that the server cut off on
   * a connection it no longer wanted is sent once more.
   */
  async send(request: HttpRequest): Promise<HttpReply> {
    const first = await this.#once(request);
    if (first !== "stale") return first;
    const second = await this.#once(request);
    if (second === "stale") throw DeviceErrors.REFUSED(this.#line.host);
    return second;
  }

  #once({ method, path, headers = {}, body }: HttpRequest): Promise<HttpReply | "stale"> {
    const { host, port, connectTimeoutMs, signal } = this.#line;
    const left = this.#line.deadline - performance.now();
    return new Promise((resolve, reject) => {
      if (signal?.aborted || left <= 0) {
        reject(signal?.aborted ? DeviceErrors.ABORTED(host) : DeviceErrors.TIMED_OUT(host));
        return;
      }
      const bytes = body === undefined ? undefined : Buffer.from(body);
      const call = startRequest({
        host,
        port,
        method,
        path,
        agent: this.#agent,
        // Small servers on miners write headers that the strict parser refuses.
        insecureHTTPParser: true,
        headers: { Accept: "*/*", ...headers, ...(bytes ? { "Content-Length": String(bytes.length) } : {}) },
      });
      let connected = false;
      const onAbort = () => fail(DeviceErrors.ABORTED(host));
      let timer = setTimeout(() => fail(DeviceErrors.TIMED_OUT(host)), Math.min(left, connectTimeoutMs));
      const settle = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", onAbort);
      };
      const fail = (error: Error) => {
        settle();
        reject(error);
        call.destroy();
      };
      const onConnected = () => {
        connected = true;
        clearTimeout(timer);
        timer = setTimeout(() => fail(DeviceErrors.SILENT(host)), left);
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      call.once("socket", (socket) => (socket.connecting ? socket.once("connect", onConnected) : onConnected()));
      call.on("error", (error) => {
        settle();
        if (call.reusedSocket && method === "GET") resolve("stale");
        else reject(errorOf(error, host, connected));
      });
      call.once("response", (response) => {
        gather(response).then(
          (text) => {
            settle();
            resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
          },
          (error: unknown) => fail(asDeviceError(error, host)),
        );
      });
      call.end(bytes);
    });
  }
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
