import { readFileSync } from "node:fs";
import { type IncomingMessage, Agent as PlainAgent, request as plainRequest } from "node:http";
import { Agent as TlsAgent, request as tlsRequest } from "node:https";
import { type Clock, ConfigErrors, codeOf, messageOf } from "@banksman/kit";
import { UPLOAD_HEADERS } from "@banksman/wire/ingest";
import { type Outcome, outcomeOf } from "./outcome.ts";
import type { Batch } from "./spool.ts";

export type SendOptions = {
  apiUrl: string;
  apiKey: string;
  caFile?: string | undefined;
  version: string;
  /** This edge's name. */
  collector: string;
  /** Asked at each upload: found miners may change it. */
  intervalSeconds: () => number;
  clock: Clock;
  timeoutMs?: number;
  /** Of what is uploaded; readings of miners without it. */
  path?: string;
};

/** Uploads one batch; `backlog` is how many wait behind it. Never throws for what the network or the server does. */
export type Send = (batch: Batch, backlog: number, signal: AbortSignal) => Promise<Outcome>;

const TIMEOUT_MS = 30_000;
const REPLY_MAX_BYTES = 4 * 1024 * 1024;

/** Makes the upload function over one kept-alive connection. Throws CONFIG_INVALID when `ca_file` can't be read. */
export function createSend(options: SendOptions): Send {
  const url = new URL(`${options.apiUrl}${options.path ?? "/api/collector/upload"}`);
  const isTls = url.protocol === "https:";
  const ca = options.caFile === undefined ? undefined : readCa(options.caFile);
  const agent = isTls
    ? new TlsAgent({ keepAlive: true, maxSockets: 1, ...(ca && { ca }) })
    : new PlainAgent({ keepAlive: true, maxSockets: 1 });
  return async (batch, backlog, signal) => {
    const { clock, timeoutMs = TIMEOUT_MS } = options;
    const headers = {
      "content-type": "application/gzip",
      "content-encoding": "gzip",
      "content-length": batch.body.length,
      accept: "application/json",
      "user-agent": `banksman-edge/${options.version}`,
      [UPLOAD_HEADERS.key]: options.apiKey,
      [UPLOAD_HEADERS.site]: batch.siteId,
      [UPLOAD_HEADERS.batch]: batch.batchId,
      [UPLOAD_HEADERS.collectedAt]: new Date(batch.collectedAt).toISOString(),
      [UPLOAD_HEADERS.sentAt]: new Date(clock.now()).toISOString(),
      [UPLOAD_HEADERS.collector]: options.collector,
      [UPLOAD_HEADERS.version]: options.version,
      [UPLOAD_HEADERS.interval]: String(options.intervalSeconds()),
      [UPLOAD_HEADERS.backlog]: String(backlog),
    };
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    try {
      const reply = await post(
        isTls ? tlsRequest : plainRequest,
        url,
        { agent, headers, signal: deadline },
        batch.body,
      );
      return outcomeOf(reply, clock.now());
    } catch (error) {
      const why = deadline.aborted && !signal.aborted ? `no reply within ${timeoutMs / 1000} s` : describe(error);
      return { is: "later", reason: `${url.host}: ${why}`, retryAfterMs: null, suspect: false };
    }
  };
}

export type Reply = { status: number; headers: IncomingMessage["headers"]; text: string };
type RequestFunction = typeof plainRequest | typeof tlsRequest;
type PostOptions = { agent: PlainAgent | TlsAgent; headers: Record<string, string | number>; signal: AbortSignal };

/** One POST over HTTP or HTTPS; rejects for what the network does. */
export function post(request: RequestFunction, url: URL, options: PostOptions, body: Uint8Array): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const call = request(url, { method: "POST", ...options }, (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > REPLY_MAX_BYTES) call.destroy(new Error("the reply is over 4 MiB"));
        else chunks.push(chunk);
      });
      response.once("error", reject);
      response.once("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(chunks).toString("utf8"),
        }),
      );
    });
    call.once("error", reject);
    call.end(body);
  });
}

/** Throws CONFIG_INVALID. */
export function readCa(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw ConfigErrors.INVALID(
      "ca_file",
      `"${file}" can't be read (${codeOf(cause)}); name the PEM file of the server's authority`,
      { cause },
    );
  }
}

/** A broken TLS handshake is nearly always a private authority: say the key that mends it. */
function describe(error: unknown): string {
  const code = codeOf(error) ?? "";
  const text = messageOf(error);
  if (/CERT|SELF_SIGNED|UNABLE_TO_VERIFY/.test(code)) return `${text}; put the authority's certificate into "ca_file"`;
  return code !== "" && !text.includes(code) ? `${text} (${code})` : text;
}
