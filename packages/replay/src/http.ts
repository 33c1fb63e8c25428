import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export type HttpCall = {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage["headers"];
  body: string;
};
/** `drip` sends a byte of the body every so many ms, `hang` nothing at all, `reset` cuts the connection after the head, `refuse` before it. */
export type HttpAnswer = {
  status?: number;
  headers?: Record<string, string>;
  body?: unknown;
  delayMs?: number;
  dripMs?: number;
  fault?: "hang" | "reset" | "refuse";
};
type Handler = (call: HttpCall) => HttpAnswer | Promise<HttpAnswer>;

/**
 * A service on a real socket: `answer` says what each call gets; a body that is no text is sent as JSON. It stands on a
 * free port of 127.0.0.1 unless `place` says otherwise.
 */
export async function serveHttp(
  answer: Handler,
  place: { host?: string; port?: number } = {},
): Promise<{ url: string; port: number; calls: HttpCall[] } & AsyncDisposable> {
  const { host = "127.0.0.1", port = 0 } = place;
  const calls: HttpCall[] = [];
  const server = createServer((request, response) => {
    handle(request, response, answer, calls).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : undefined);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  const { port: bound } = server.address() as AddressInfo;
  return {
    url: `http://${host}:${bound}`,
    port: bound,
    calls,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function handle(request: IncomingMessage, response: ServerResponse, answer: Handler, calls: HttpCall[]) {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(Buffer.from(part));
  const url = new URL(request.url ?? "/", "http://127.0.0.1");
  const call = {
    method: request.method ?? "GET",
    path: url.pathname,
    query: url.searchParams,
    headers: request.headers,
    body: Buffer.concat(parts).toString("utf8"),
  };
  calls.push(call);
  const { status = 200, headers = {}, body = "", delayMs = 0, dripMs, fault } = await answer(call);
  if (fault === "hang") return;
  if (fault === "refuse") {
    request.socket.resetAndDestroy();
    return;
  }
  if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
  const text = typeof body === "string" ? body : JSON.stringify(body);
  response.writeHead(status, { "content-type": "application/json", ...headers });
  if (fault === "reset") {
    response.write(text.slice(0, Math.floor(text.length / 2)));
    request.socket.resetAndDestroy();
  } else if (dripMs !== undefined) await drip(response, text, dripMs);
  else response.end(text);
}

async function drip(response: ServerResponse, text: string, everyMs: number): Promise<void> {
  for (const character of text) {
    if (response.destroyed) return;
    response.write(character);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
  response.end();
}
