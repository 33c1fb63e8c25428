import { readFile } from "node:fs/promises";
import { codeOf, type Health, type Log, messageOf, metricsGuard, type Registry } from "@banksman/kit";
import cookie from "@fastify/cookie";
import fastify, { type FastifyBaseLogger, type FastifyInstance, type FastifyRequest, LogController } from "fastify";
import type { ServerConfig } from "../config.ts";
import { measureRequests } from "../monitoring/request-metrics.ts";
import { GUARDED, serveTargets } from "../monitoring/targets.ts";
import type { Caller } from "./caller.ts";
import { cameThroughProxy } from "./origin.ts";
import { HttpProblem, problem } from "./problem.ts";

type AppParts = {
  config: ServerConfig;
  log: Log;
  health: Health;
  metrics: Registry;
  identify: (request: FastifyRequest) => Promise<Caller>;
  /** Null while the store answers, else why it doesn't. */
  storeTrouble: () => string | null;
};

/** No script but our own files; inline styles are what the component library writes. */
const CONTENT_POLICY = [
  "default-src 'self'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "connect-src 'self'",
  // A player hands the browser its streams as blobs of its own making.
  "media-src 'self' blob:",
  "worker-src 'self' blob:",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'self'",
].join("; ");

/** The web server: security headers, errors as problem details, who is asking, health and metrics. */
export async function createApp({
  config,
  log,
  health,
  metrics,
  identify,
  storeTrouble,
}: AppParts): Promise<FastifyInstance> {
  const tls = config.tls
    ? { https: { cert: await readFile(config.tls.cert), key: await readFile(config.tls.key) } }
    : {};
  const logger: FastifyBaseLogger = log;
  const app: FastifyInstance = fastify({
    ...tls,
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: 1024 * 1024,
    routerOptions: { maxParamLength: 300 },
    trustProxy: config.trusted_proxies.length > 0 ? config.trusted_proxies : false,
    forceCloseConnections: "idle",
    // Bounds how long anybody may take to send one request.
    requestTimeout: 120_000,
    frameworkErrors: (error, _request, reply) => {
      const { status, body } = problem(400, "BAD_URL", messageOf(error));
      reply.hijack();
      reply.raw.writeHead(status, { "content-type": "application/problem+json" }).end(JSON.stringify(body));
    },
  });
  await app.register(cookie);
  // Many clients name JSON's type with every request, a DELETE without a body too: then there is none.
  const parseJson = app.getDefaultJsonParser("error", "error");
  app.addContentTypeParser<string>("application/json", { parseAs: "string" }, (request, body, done) =>
    body === "" ? done(null) : parseJson(request, body, done),
  );
  measureRequests(app, metrics);
  app.decorateRequest("caller");
  addSecurityHeaders(app, config);
  addErrors(app, storeTrouble);
  addOperations(app, config, health, metrics);
  // By the route that matched, not by how the address is spelt.
  app.addHook("onRequest", async (request) => {
    if (request.routeOptions.url?.startsWith("/api/")) request.caller = await identify(request);
  });
  return app;
}

function addSecurityHeaders(app: FastifyInstance, config: ServerConfig): void {
  app.addHook("onSend", async (_request, reply) => {
    reply.header("content-security-policy", CONTENT_POLICY);
    reply.header("x-content-type-options", "nosniff");
    reply.header("referrer-policy", "same-origin");
    reply.header("cross-origin-opener-policy", "same-origin");
    reply.header("permissions-policy", "camera=(), microphone=(), geolocation=()");
    if (config.tls || config.public_url?.startsWith("https:"))
      reply.header("strict-transport-security", "max-age=31536000");
    if (!reply.hasHeader("cache-control")) reply.header("cache-control", "no-store");
  });
}

/** Codes of PostgreSQL and of the socket that say "the store is away or busy", not "the request is wrong". */
const STORE_AWAY = /^(08|57|53|40P01)|^E(CONN|PIPE|NOENT|TIMEDOUT)/;
/** Input that PostgreSQL can't hold: a NUL, a number or time out of range, text that is no number. */
const BAD_VALUE = /^(22021|22003|22008|22009|22P02|22P05)$/;

function toProblem(error: unknown, storeTrouble: () => string | null): HttpProblem {
  if (error instanceof HttpProblem) return error;
  const code = codeOf(error) ?? "";
  const status = typeof error === "object" && error !== null && "statusCode" in error ? Number(error.statusCode) : 500;
  if (status >= 400 && status < 500) return problem(status, code.replace(/^FST_(ERR_)?/, ""), messageOf(error));
  if (BAD_VALUE.test(code)) {
    return problem(
      400,
      "INVALID_INPUT",
      "a value can't be kept: it is out of range or holds a character that can't be",
    );
  }
  if (
    STORE_AWAY.test(code) ||
    storeTrouble() !== null ||
    /Connection terminated|timeout exceeded|Query read timeout/.test(messageOf(error))
  ) {
    return problem(503, "STORE_DOWN", "the database does not answer; nothing was stored. Try again.", {
      retryAfterSeconds: 5,
    });
  }
  return problem(500, "SERVER_ERROR", "something went wrong in the server; its log has the reason");
}

function addErrors(app: FastifyInstance, storeTrouble: () => string | null): void {
  app.setErrorHandler((error, request, reply) => {
    const answer = toProblem(error, storeTrouble);
    if (answer.status >= 500 && !answer.isLogged) request.log.error({ err: error, url: request.url }, messageOf(error));
    return reply.code(answer.status).headers(answer.headers).type("application/problem+json").send(answer.body);
  });
  app.setNotFoundHandler((request, reply) => {
    const { status, body } = problem(
      404,
      "NO_SUCH_PATH",
      `there is nothing at ${request.method} ${request.url.split("?")[0]}`,
    );
    return reply.code(status).type("application/problem+json").send(body);
  });
}

function addOperations(app: FastifyInstance, config: ServerConfig, health: Health, metrics: Registry): void {
  const mayReadMetrics = metricsGuard({
    metricsAllow: config.metrics_allow,
    ...(config.metrics_token === undefined ? {} : { metricsToken: config.metrics_token }),
  });
  if (config.inventory !== undefined) serveTargets(app, config.inventory, mayReadMetrics);
  for (const kind of ["health", "ready"] as const) {
    app.get(`/${kind}`, async (_request, reply) => {
      const { status, body } = await health.report(kind);
      return reply.code(status).send(body);
    });
  }
  app.get("/metrics", async (request, reply) => {
    const address = cameThroughProxy(request.headers) ? "" : (request.socket.remoteAddress ?? "");
    if (!mayReadMetrics(address, request.headers.authorization)) {
      throw problem(403, "METRICS_GUARDED", GUARDED);
    }
    return reply.type(metrics.contentType).send(await metrics.metrics());
  });
}
