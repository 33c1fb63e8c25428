import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { ConfigErrors, codeOf, type metricsGuard, type Registry } from "@banksman/kit";
import type { Collector } from "./collector.ts";
import { metricsText } from "./metrics.ts";
import { bookView, findBook, healthView, type WriterState } from "./views.ts";

export type HttpParts = {
  collectors: readonly Collector[];
  writer: () => WriterState;
  registry: Registry;
  isDraining: () => boolean;
  /** Decides by address and authorization who may read figures and books. */
  isAllowed: ReturnType<typeof metricsGuard>;
};

export type MarketHttp = { server: Server; port: number; close: () => Promise<void> };

type Answer = { status: number; body: unknown; type?: string };

const MAX_DEPTH = 5_000;

/** /health, /ready, /metrics, /books and /books/{symbol}. Throws CONFIG_INVALID when the port is taken. */
export async function serveHttp(parts: HttpParts, host: string, port: number): Promise<MarketHttp> {
  const server = createServer((request, response) => {
    answer(parts, request)
      .then((reply) => send(response, reply))
      .catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => reject(isTaken(error) ? taken(host, port, error) : error));
    server.listen(port, host, resolve);
  });
  return {
    server,
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const isTaken = (error: unknown) => codeOf(error) === "EADDRINUSE";
const taken = (host: string, port: number, cause: unknown) =>
  ConfigErrors.INVALID("--port", `${host}:${port} is in use, perhaps by another collector; give another --port`, {
    cause,
  });

async function answer(parts: HttpParts, request: IncomingMessage): Promise<Answer> {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://collector");
  const { collectors } = parts;
  if (pathname === "/health") {
    const body = healthView(collectors, parts.writer());
    return { status: body.status === "unhealthy" ? 503 : 200, body };
  }
  if (pathname === "/ready") return readiness(parts);
  // Everything else is data: whoever may not read the metrics may not read the books.
  if (!parts.isAllowed(request.socket.remoteAddress ?? "", request.headers.authorization))
    return { status: 403, body: "metrics_token or metrics_allow needed\n", type: "text/plain" };
  if (pathname === "/metrics") {
    const text = metricsText(collectors.map((collector) => collector.figures)) + (await parts.registry.metrics());
    return { status: 200, body: text, type: parts.registry.contentType };
  }
  if (pathname === "/books")
    return { status: 200, body: collectors.flatMap((one) => one.books.map((book) => bookView(one, book, 1))) };
  const symbol = /^\/books\/([^/]+)$/.exec(pathname)?.[1];
  if (symbol === undefined)
    return { status: 404, body: "try /health, /ready, /metrics, /books or /books/BTC-USDT\n", type: "text/plain" };
  return bookAnswer(collectors, decodeURIComponent(symbol), searchParams);
}

function readiness({ collectors, isDraining }: HttpParts): Answer {
  const waiting = collectors.find((collector) => !collector.books.some((book) => book.isLive));
  if (isDraining()) return { status: 503, body: { status: "not ready", reason: "draining" } };
  if (waiting)
    return {
      status: 503,
      body: { status: "not ready", reason: `no book of ${waiting.config.product.connector} is joined yet` },
    };
  return { status: 200, body: { status: "ready" } };
}

function bookAnswer(collectors: readonly Collector[], symbol: string, search: URLSearchParams): Answer {
  const depth = Number(search.get("depth") ?? 20);
  if (!Number.isInteger(depth) || depth < 1 || depth > MAX_DEPTH)
    return { status: 400, body: { error: `depth must be a whole number from 1 to ${MAX_DEPTH}` } };
  try {
    const { collector, book } = findBook(collectors, symbol, search.get("exchange"));
    if (!book.hasBook) return { status: 503, body: { error: `${book.market.pair} is ${book.state}: ${book.reason}` } };
    return { status: 200, body: bookView(collector, book, depth) };
  } catch {
    return { status: 404, body: { error: `${symbol} is not followed here; /books lists what is` } };
  }
}

function send(response: ServerResponse, { status, body, type }: Answer): void {
  const text = typeof body === "string" ? body : `${JSON.stringify(body)}\n`;
  response
    .writeHead(status, { "content-type": type ?? "application/json", "content-length": Buffer.byteLength(text) })
    .end(text);
}
