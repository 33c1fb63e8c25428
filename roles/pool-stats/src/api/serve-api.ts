import type { IncomingMessage, ServerResponse } from "node:http";
import { type Log, messageOf } from "@banksman/kit";
import {
  GetPool,
  GetPoolSeries,
  GetPoolUser,
  GetPoolWorker,
  ListPoolUsers,
  ListPoolWorkers,
  ListTopPoolWorkers,
  POOL_STATS_PREFIX,
  type Route,
} from "@banksman/wire/api";
import type { z } from "zod";
import { ApiProblem } from "./api-problem.ts";
import type { JsonApi } from "./json-api.ts";
import { API_PREFIX, openApiDocument } from "./openapi.ts";

type Asked = { params: Record<string, string>; query: Record<string, string> };
type Served = { pattern: RegExp; answer: (asked: Asked) => unknown };

const JSON_TYPE = "application/json";
const PROBLEM_TYPE = "application/problem+json";

/** Serves the JSON API: gives a function that answers requests below `/api/` and says false to all others. */
export function serveApi(api: JsonApi, log: Log) {
  const served = servedRoutes(api);
  const document = JSON.stringify(openApiDocument());
  const answer = async (request: IncomingMessage, path: string): Promise<string> => {
    if (request.method !== "GET" && request.method !== "HEAD")
      throw new ApiProblem(405, "GET_ONLY", "figures are only read here: use GET");
    if (path === `${API_PREFIX}/openapi.json`) return document;
    for (const { pattern, answer: reply } of served) {
      const match = pattern.exec(path);
      if (!match) continue;
      const query = Object.fromEntries(new URL(request.url ?? "/", "http://pool-stats").searchParams);
      return JSON.stringify({ success: true, data: await reply({ params: { ...match.groups }, query }) });
    }
    throw new ApiProblem(404, "NO_SUCH_PATH", `there is nothing at ${path}; ${API_PREFIX}/openapi.json lists all`);
  };
  return (request: IncomingMessage, response: ServerResponse, path: string): boolean => {
    if (!path.startsWith("/api/")) return false;
    answer(request, path).then(
      (body) => send(response, 200, JSON_TYPE, body),
      (error: unknown) => refuse(response, error, log),
    );
    return true;
  };
}

/** Each route of the wire with what answers it; parameters and query arrive parsed. */
function servedRoutes(api: JsonApi): Served[] {
  return [
    serve(GetPool, () => api.pool()),
    serve(ListPoolUsers, ({ query }) => api.users(parse(ListPoolUsers.query, query))),
    serve(GetPoolUser, ({ params }) => api.user(parse(GetPoolUser.params, params))),
    serve(ListPoolWorkers, ({ params, query }) =>
      api.workers(parse(ListPoolWorkers.params, params), parse(ListPoolWorkers.query, query)),
    ),
    serve(GetPoolWorker, ({ params }) => api.worker(parse(GetPoolWorker.params, params))),
    serve(ListTopPoolWorkers, ({ query }) => api.top(parse(ListTopPoolWorkers.query, query))),
    serve(GetPoolSeries, ({ query }) => api.series(parse(GetPoolSeries.query, query))),
  ];
}

function serve(route: Route, answer: Served["answer"]): Served {
  const path = route.path.slice(POOL_STATS_PREFIX.length).replace(/:(\w+)/g, "(?<$1>[^/]+)");
  return { pattern: new RegExp(`^${API_PREFIX}${path}/?$`), answer };
}

function parse<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new ApiProblem(400, "INVALID_INPUT", `${issue?.path.join(".") ?? ""}: ${issue?.message ?? "not valid"}`);
}

function refuse(response: ServerResponse, error: unknown, log: Log): void {
  const known = error instanceof ApiProblem ? error : null;
  if (!known) log.error({ err: error }, `a question could not be answered: ${messageOf(error)}`);
  const code = known?.code ?? "SERVER_ERROR";
  const detail = known?.message ?? "something went wrong; the log has the reason";
  const status = known?.status ?? 500;
  send(response, status, PROBLEM_TYPE, JSON.stringify({ success: false, error: detail, status, detail, code }));
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { "content-type": type, "content-length": Buffer.byteLength(body) }).end(body);
}
