import type { CallOf, ReplyOf, Route } from "@banksman/wire/api";
import { ApiProblem, problemOf } from "./problem.ts";
import { refreshSession } from "./refresh.ts";
import { noteServerTime } from "./server-clock.ts";

/** The address of a route with its parameters and query filled in. Members that are undefined are left out. */
export function addressOf<R extends Route>(route: R, call: CallOf<R>): string {
  const params = new Map(Object.entries(call.params ?? {}));
  const path = route.path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(String(params.get(name))));
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(call.query ?? {}))
    if (value !== undefined && value !== null) query.set(name, String(value));
  return `/api${path}${query.size > 0 ? `?${query}` : ""}`;
}

/**
 * Calls a route of this server with the session cookie and gives the `data` of its reply, checked by the route's own
 * schema. Throws ApiProblem for every refusal, for a reply of the wrong shape, and when nothing answers.
 */
export async function call<R extends Route>(route: R, input: CallOf<R>, signal?: AbortSignal): Promise<DataOf<R>> {
  let response = await send(route, input, signal);
  // The access token may have run out; the session behind it goes on.
  if (response.status === 401 && route.needs !== "public" && (await refreshSession()))
    response = await send(route, input, signal);
  noteServerTime(response.headers.get("date"));
  const body: unknown = await response.json().catch(() => null);
  if (!response.ok) throw problemOf(response.status, body, response.headers.get("retry-after"));
  const parsed = route.reply.safeParse(body);
  if (!parsed.success)
    throw new ApiProblem({ status: 0, code: "reply.shape", detail: parsed.error.issues[0]?.message ?? "" });
  // The schema that was just used is the one this type is inferred from; TypeScript can't follow it through a generic.
  return (parsed.data as { data: DataOf<R> }).data;
}

/** The payload inside a route's `{ success, data }`. */
export type DataOf<R extends Route> = ReplyOf<R> extends { data: infer Data } ? Data : never;

async function send<R extends Route>(route: R, input: CallOf<R>, signal?: AbortSignal): Promise<Response> {
  const init: RequestInit = { method: route.method, credentials: "same-origin", signal: signal ?? null };
  if (input.body !== undefined) {
    init.headers = { "content-type": "application/json" };
    init.body = JSON.stringify(input.body);
  }
  try {
    return await fetch(addressOf(route, input), init);
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw new ApiProblem({ status: 0, code: "network", detail: "" });
  }
}
