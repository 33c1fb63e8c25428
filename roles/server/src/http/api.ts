import type { BodyOf, ParamsOf, QueryOf, ReplyOf, Route } from "@banksman/wire/api";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { z } from "zod";
import { type AuditTrail, auditedRoute, type CallAudit } from "./audit-call.ts";
import {
  authorise,
  type Caller,
  type Containers,
  containersAt,
  isNone,
  mayAt,
  NO_MINERS,
  type Sites,
  sitesOf,
  type Within,
  withinAt,
} from "./caller.ts";
import { parseInWords } from "./in-words.ts";
import { isOwnOrigin } from "./origin.ts";
import { problem } from "./problem.ts";

declare module "fastify" {
  interface FastifyRequest {
    caller: Caller;
  }
}

export type Call<R extends Route> = {
  params: ParamsOf<R>;
  query: QueryOf<R>;
  body: BodyOf<R>;
  caller: Caller;
  /** Where the caller holds the route's permission: a handler of `at: "anywhere"` keeps to these. */
  sites: Sites;
  /** Of the site in the path: a handler of `at: "container"` keeps to these. */
  containers: Containers;
  /** Of the site in the path: a handler of `at: "miners"` keeps to these. */
  within: Within;
  request: FastifyRequest;
  reply: FastifyReply;
  /** Each call that isn't a GET leaves a row in the audit trail by itself; a handler adds what only it knows. */
  audit: CallAudit;
};

/** What a handler returns: the `data` of the reply. */
type DataOf<R extends Route> = ReplyOf<R> extends { data: infer D } ? D : never;

/** Serves routes declared as values: checks the permission, parses what came in, wraps what goes out. */
export type Api = {
  on: <R extends Route>(route: R, handle: (call: Call<R>) => DataOf<R> | Promise<DataOf<R>>) => void;
  /** For a route that reads its own body and writes its whole reply. */
  onRaw: <R extends Route>(
    route: R,
    handle: (call: Call<R>) => ReplyOf<R> | FastifyReply | Promise<ReplyOf<R> | FastifyReply>,
  ) => void;
  routes: readonly Route[];
};

const SAFE = new Set(["GET", "HEAD"]);

/** The site a call is about: in the path, else as S0's collectors name it, in a header. */
function siteOf(request: FastifyRequest): string | undefined {
  const { params, caller } = request;
  if (typeof params === "object" && params !== null && "site_id" in params) return String(params.site_id);
  const header = caller.is === "collector" ? request.headers["x-site-id"] : undefined;
  return typeof header === "string" && header !== "" ? header : undefined;
}

function parse<S extends z.ZodType>(schema: S | undefined, value: unknown, where: string): z.output<S> | undefined {
  if (!schema) return undefined;
  const { data, wrong } = parseInWords(schema, value ?? {});
  if (wrong === null) return data;
  const name = wrong.path === "" ? where : wrong.path;
  throw problem(400, "INVALID_INPUT", `${name}: ${wrong.message}`, { path: name });
}

type SiteFinder = { find: (siteId: string, sites: Sites) => Promise<unknown> };

/**
 * Throws a 404 for a site that a person's query names and that is not there or not reached, without telling which: an
 * empty list would read as if there were nothing at it. The audit trail also knows sites that were only asked for.
 */
async function checkNamedSite({ needs, at }: Route, caller: Caller, query: unknown, sites: SiteFinder): Promise<void> {
  const named = typeof query === "object" && query !== null && "site_id" in query ? query.site_id : undefined;
  if (typeof named !== "string" || caller.is !== "person" || needs === "audit.read") return;
  const isReached = at === "miners" ? !isNone(withinAt(caller, needs, named)) : mayAt(caller, needs, named);
  await sites.find(named, isReached ? "all" : new Set());
}

function refuseForeignPage(request: FastifyRequest, publicUrl: string | undefined): void {
  if (SAFE.has(request.method) || request.caller.is === "collector" || isOwnOrigin(request.headers, publicUrl)) return;
  throw problem(403, "FOREIGN_ORIGIN", `requests from pages of ${request.headers.origin} are not taken`);
}

/** `trail` is where each call that changes something, or is refused, is told of. */
export type ApiParts = { publicUrl: string | undefined; trail: AuditTrail; sites: SiteFinder };

export function createApi(app: FastifyInstance, { publicUrl, trail, sites }: ApiParts): Api {
  const routes: Route[] = [];
  const add = <R extends Route>(route: R, run: (call: Call<R>) => unknown) => {
    routes.push(route);
    const audited = auditedRoute(route, trail, siteOf);
    app.route({
      method: route.method,
      url: `/api${route.path}`,
      ...(route.max_body_bytes === undefined ? {} : { bodyLimit: route.max_body_bytes }),
      // onRequest, so that nobody makes the server read a body before it is known who they are.
      onRequest: async (request) => {
        try {
          authorise(request.caller, route.needs, siteOf(request), route.at);
          refuseForeignPage(request, publicUrl);
        } catch (error) {
          await audited.refused(request, error);
        }
      },
      handler: (request, reply) =>
        audited.run(request, async (audit) => {
          const { caller } = request;
          const siteId = siteOf(request);
          const call = {
            params: parse(route.params, request.params, "path"),
            query: parse(route.query, request.query, "query"),
            body: parse(route.body, request.body, "body"),
            caller,
            sites: sitesOf(caller, route.needs),
            containers: siteId === undefined ? [] : containersAt(caller, route.needs, siteId),
            within: siteId === undefined ? NO_MINERS : withinAt(caller, route.needs, siteId),
            request,
            reply,
            audit,
          };
          await checkNamedSite(route, caller, call.query, sites);
          if (route.status !== undefined) reply.code(route.status);
          // The schemas of the route produced these very values; the generic signature can't follow that.
          return run(call as Call<R>);
        }),
    });
  };
  return {
    on: (route, handle) => add(route, async (call) => ({ success: true, data: await handle(call) })),
    onRaw: (route, handle) => add(route, handle),
    routes,
  };
}
