import type { BodyOf, ParamsOf, QueryOf, ReplyOf, Route } from "@banksman/wire/api";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { z } from "zod";
import { authorise, type Caller } from "./caller.ts";
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
  request: FastifyRequest;
  reply: FastifyReply;
};

/** What a handler returns: the `data` of the reply. */
type DataOf<R extends Route> = ReplyOf<R> extends { data: infer D } ? D : never;

/** Serves routes declared as values: checks the permission, parses what came in, wraps what goes out. */
export type Api = {
  on: <R extends Route>(route: R, handle: (call: Call<R>) => DataOf<R> | Promise<DataOf<R>>) => void;
  /** For a route that reads its own body and writes its whole reply. */
  onRaw: <R extends Route>(route: R, handle: (call: Call<R>) => ReplyOf<R> | Promise<ReplyOf<R>>) => void;
  routes: readonly Route[];
};

const SAFE = new Set(["GET", "HEAD"]);

/** The site a call is about: in the path, else as S0's clients name it, in a header. */
function siteOf(request: FastifyRequest): string | undefined {
  const { params } = request;
  if (typeof params === "object" && params !== null && "site_id" in params) return String(params.site_id);
  const header = request.headers["x-site-id"];
  return typeof header === "string" && header !== "" ? header : undefined;
}

function parse<S extends z.ZodType>(schema: S | undefined, value: unknown, where: string): z.output<S> | undefined {
  if (!schema) return undefined;
  const result = schema.safeParse(value ?? {});
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const path = issue?.path.map(String).join(".") ?? "";
  const name = path === "" ? where : path;
  throw problem(400, "INVALID_INPUT", `${name}: ${issue?.message ?? "not valid"}`, { path: name });
}

function refuseForeignPage(request: FastifyRequest, publicUrl: string | undefined): void {
  if (SAFE.has(request.method) || request.caller.is !== "person" || isOwnOrigin(request.headers, publicUrl)) return;
  throw problem(403, "FOREIGN_ORIGIN", `requests from pages of ${request.headers.origin} are not taken`);
}

export function createApi(app: FastifyInstance, publicUrl: string | undefined): Api {
  const routes: Route[] = [];
  const add = <R extends Route>(route: R, run: (call: Call<R>) => unknown) => {
    routes.push(route);
    app.route({
      method: route.method,
      url: `/api${route.path}`,
      // onRequest, so that nobody makes the server read a body before it is known who they are.
      onRequest: async (request) => {
        authorise(request.caller, route.needs, siteOf(request));
        refuseForeignPage(request, publicUrl);
      },
      handler: async (request, reply) => {
        const call = {
          params: parse(route.params, request.params, "path"),
          query: parse(route.query, request.query, "query"),
          body: parse(route.body, request.body, "body"),
          caller: request.caller,
          request,
          reply,
        };
        // The schemas of the route produced these very values; the generic signature can't follow that.
        return run(call as Call<R>);
      },
    });
  };
  return {
    on: (route, handle) => add(route, async (call) => ({ success: true, data: await handle(call) })),
    onRaw: (route, handle) => add(route, handle),
    routes,
  };
}
