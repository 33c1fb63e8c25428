import type { IncomingMessage, ServerResponse } from "node:http";
import { text as readText } from "node:stream/consumers";
import { type Dialect, isRecord, type Listing } from "./dialect.ts";
import { Fault, type FaultList } from "./faults.ts";
import type { Batch, TrueMarket, View } from "./market.ts";

type Parts = {
  dialect: Dialect;
  faults: FaultList;
  markets: ReadonlyMap<string, TrueMarket>;
  recent: ReadonlyMap<string, readonly Batch[]>;
  now: () => number;
  control: {
    fault: (fault: Fault) => void;
    step: (symbol?: string) => void;
    truth: (symbol: string) => View;
    topics: number;
    pushed: number;
  };
  note: (path: string) => void;
};

type Reply = { status: number; body: unknown; headers?: Record<string, string> };

/** Answers the exchange's REST API, and /control for whoever drives the simulation. */
export async function answerRest(request: IncomingMessage, response: ServerResponse, parts: Parts): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://sim");
  const reply = pathname.startsWith("/control/")
    ? await answerControl(request, pathname, searchParams, parts)
    : answerExchange(pathname, searchParams, parts, request.url ?? "/");
  const body = typeof reply.body === "string" ? reply.body : JSON.stringify(reply.body);
  response.writeHead(reply.status, { "content-type": "application/json", ...reply.headers }).end(body);
}

function answerExchange(path: string, query: URLSearchParams, parts: Parts, url: string): Reply {
  const { dialect, faults, markets, now, note } = parts;
  note(url);
  const call = dialect.rest(path, query);
  // The list of markets and the time always answer: failures are of snapshots.
  if (call?.kind === "instruments") return { status: 200, body: dialect.instrumentsBody(listings(markets, dialect)) };
  if (call?.kind === "time") return { status: 200, body: dialect.timeBody(now()) };
  const fault = faults.rest();
  if (fault) return { status: fault.status, body: fault.body, headers: fault.headers };
  if (!call) return { status: 404, body: { error: `${dialect.connector} has no ${path}` } };
  const market = markets.get(call.symbol);
  if (!market) return dialect.noSuchSymbol;
  if (call.kind === "repair") {
    const batches = (parts.recent.get(call.symbol) ?? []).slice(-call.count);
    return { status: 200, body: dialect.repairBody?.(call.symbol, batches) ?? {} };
  }
  const age = faults.snapshotAge();
  const view = age > 0 ? market.pastView(age) : market.view(now(), call.limit);
  return { status: 200, body: dialect.depthBody(call.symbol, view) };
}

const listings = (markets: ReadonlyMap<string, TrueMarket>, dialect: Dialect): Listing[] =>
  [...markets.values()].map(({ base, quote }) => ({ symbol: dialect.symbolOf(base, quote), base, quote }));

async function answerControl(
  request: IncomingMessage,
  path: string,
  query: URLSearchParams,
  { control }: Parts,
): Promise<Reply> {
  if (path === "/control/state") return { status: 200, body: { topics: control.topics, pushed: control.pushed } };
  if (path === "/control/book") {
    try {
      return { status: 200, body: control.truth(query.get("symbol") ?? "") };
    } catch {
      return { status: 404, body: { error: "give ?symbol= in the exchange's own spelling" } };
    }
  }
  if (path === "/control/step") {
    for (let left = Number(query.get("count") ?? 1); left > 0; left--) control.step(query.get("symbol") ?? undefined);
    return { status: 200, body: { pushed: control.pushed } };
  }
  if (path !== "/control/faults" || request.method !== "POST")
    return { status: 404, body: { error: "try /control/state, /book, /step or POST /faults" } };
  let body: unknown;
  try {
    body = JSON.parse(await readText(request));
  } catch {
    body = null;
  }
  const fault = Fault.safeParse(isRecord(body) ? body : {});
  if (!fault.success)
    return {
      status: 400,
      body: { error: fault.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; ") },
    };
  control.fault(fault.data);
  return { status: 200, body: { planted: fault.data.kind } };
}
