import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { codeOf, defineErrors, type Log, messageOf, metricsGuard } from "@banksman/kit";
import type { CompatService } from "./compat-service.ts";

export type HttpOptions = {
  ip: string;
  port: number;
  token: string | null;
  allow: readonly string[];
};

/** Answers paths that S3 doesn't know; false leaves them to the 404 page. */
export type MorePaths = (request: IncomingMessage, response: ServerResponse, path: string) => boolean;

/** What makes the role refuse to start: starting it again would change nothing. */
export const HttpUsage = defineErrors("USAGE", {
  PORT_TAKEN: {
    text: (ip: string, port: number) => `"statshttpd.port" is ${port}, which is in use on ${ip}: name a free one`,
    retry: false,
  },
  NO_SUCH_ADDRESS: {
    text: (ip: string) => `"statshttpd.ip" is "${ip}", which is no address of this machine`,
    retry: false,
  },
});

/** A POST body longer than this is refused: it holds some hundred thousand worker ids. */
const LONGEST_BODY = 4 * 1024 * 1024;
const METHODS = ["GET", "POST", "HEAD"];
const ROUTES = {
  "/": "/",
  "/worker_status": "/worker_status",
  "/worker_status/": "/worker_status",
  "/flush_db_time": "/flush_db_time",
} as const;
const isRoute = (path: string): path is keyof typeof ROUTES => Object.hasOwn(ROUTES, path);

/** Serves S3's interface and what `more` adds to it. `port` 0 takes a free one. */
export async function serveHttp(options: HttpOptions, service: CompatService, more: MorePaths, log: Log) {
  const mayRead = guardOf(options);
  const server = createServer(
    { keepAliveTimeout: 5_000, requestTimeout: 30_000, maxHeaderSize: 1024 * 1024 },
    (request, response) => {
      answer(request, response).catch((error: unknown) => {
        log.debug({ err: error }, `a request broke off: ${messageOf(error)}`);
        response.destroy();
      });
    },
  );
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const { method = "GET", url = "/" } = request;
    const target = url.split("#", 1)[0] ?? "/";
    const mark = target.indexOf("?");
    const path = mark < 0 ? target : target.slice(0, mark);
    if (!mayRead(request)) return refuse(response);
    if (!isRoute(path)) {
      if (!more(request, response, path)) page(response, 404, notFoundPage(url));
      return;
    }
    if (!METHODS.includes(method)) return page(response, 501, NOT_IMPLEMENTED);
    const query =
      method === "GET" && mark >= 0 ? target.slice(mark + 1) : method === "POST" ? await bodyOf(request) : null;
    send(response, 200, "text/json", service.answer(ROUTES[path], query));
  };
  server.on("clientError", (_error, socket) => socket.destroy());
  await listen(server, options).catch((error: unknown) => {
    if (codeOf(error) === "EADDRINUSE") throw HttpUsage.PORT_TAKEN(options.ip, options.port, { cause: error });
    if (codeOf(error) === "ENOTFOUND" || codeOf(error) === "EADDRNOTAVAIL")
      throw HttpUsage.NO_SUCH_ADDRESS(options.ip, { cause: error });
    throw error;
  });
  const { port } = server.address() as AddressInfo;
  return { port, close: () => close(server) };
}

/** With neither token nor networks set everyone may read, as in the original. */
function guardOf({ token, allow }: HttpOptions): (request: IncomingMessage) => boolean {
  if (token === null && allow.length === 0) return () => true;
  const guard = metricsGuard({ ...(token !== null && { metricsToken: token }), metricsAllow: [...allow] });
  return (request) => guard(request.socket.remoteAddress ?? "", request.headers.authorization);
}

const refuse = (response: ServerResponse) => send(response, 403, "text/plain", "http_token or http_allow needed\n");

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.sendDate = false;
  response.writeHead(status, { "Content-Type": type, "Content-Length": Buffer.byteLength(body) });
  response.end(body);
}

const page = (response: ServerResponse, status: number, html: string) => send(response, status, "text/html", html);

const NOT_IMPLEMENTED =
  "<HTML><HEAD>\n<TITLE>501 Not Implemented</TITLE>\n</HEAD><BODY>\n<H1>Not Implemented</H1>\n</BODY></HTML>\n";

const notFoundPage = (url: string) =>
  "<html><head><title>404 Not Found</title></head><body><h1>Not Found</h1>" +
  `<p>The requested URL ${escapeHtml(url)} was not found on this server.</p></body></html>\n`;

const ENTITIES: Record<string, string> = { "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#039;", "&": "&amp;" };
const escapeHtml = (text: string) => text.replace(/[<>"'&]/g, (sign) => ENTITIES[sign] ?? sign);

/** The whole body, one character a byte; throws where it is too long. */
async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) continue;
    length += chunk.length;
    if (length > LONGEST_BODY) throw new Error(`a body of more than ${LONGEST_BODY} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("latin1").split("\0", 1)[0] ?? "";
}

const listen = (server: Server, { ip, port }: HttpOptions) =>
  new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(port, ip, resolve);
  });

const close = (server: Server) =>
  new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
