import { codeOf, messageOf } from "@banksman/kit";
import { type Egress, type EgressReply, textUpTo } from "@banksman/kit/egress";
import type { z } from "zod";
import { PoolErrors } from "./errors.ts";
import type { Ask, PoolRequest } from "./pool.ts";

/** A worker list of 10,000 is some 3 MB; more than this is no pool's answer. */
const MAX_BYTES = 32 * 1024 * 1024;
const SHOWN = 120;

export type PoolHttp = {
  ask: Ask /** The pool's clock less ours, ms, as its last answer told. */;
  skewMs: () => number | null;
};

/**
 * Requests to one pool. `timeoutMs` bounds each from the first byte sent to the last received, however slowly they drip:
 * a hung read must not hold up the next check. Requests follow each other at least `pauseMs` apart.
 */
export function poolHttp(base: string, timeoutMs: number, pauseMs: number, egress: Egress): PoolHttp {
  const host = new URL(base).host;
  let skew: number | null = null;
  let last = Number.NEGATIVE_INFINITY;

  const fetchText = async (
    request: PoolRequest,
  ): Promise<{ status: number; text: string; headers: EgressReply["headers"] }> => {
    const wait = last + pauseMs - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    last = performance.now();
    try {
      const response = await egress.fetch(`${base.replace(/\/$/, "")}${request.path}`, {
        method: request.method ?? "GET",
        headers: { accept: "application/json", "user-agent": "banksman", ...request.headers },
        ...(request.body === undefined ? {} : { body: request.body }),
        redirect: "error",
        signal: AbortSignal.timeout(timeoutMs),
      });
      const date = Date.parse(response.headers.get("date") ?? "");
      skew = Number.isNaN(date) ? null : date - Date.now();
      return { status: response.status, text: await wholeText(response, host), headers: response.headers };
    } catch (error) {
      if (codeOf(error)?.startsWith("POOL_")) throw error;
      if (error instanceof Error && error.name === "TimeoutError")
        throw PoolErrors.TIMED_OUT(host, timeoutMs, { cause: error });
      const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
      if (codeOf(cause)?.startsWith("EGRESS_")) throw PoolErrors.REFUSED(host, messageOf(cause), { cause });
      throw PoolErrors.UNREACHABLE(host, codeOf(cause) ?? messageOf(cause), { cause: error });
    }
  };

  const ask: Ask = async (request, schema) => {
    const { status, text, headers } = await fetchText(request);
    if (status === 429 || status === 418) throw PoolErrors.LIMITED(host, retryAfter(headers));
    if (status === 401 || status === 403) throw PoolErrors.DENIED(host, shown(text));
    if (status < 200 || status > 299)
      throw PoolErrors.STATUS(host, status, text.trim() === "" ? "" : `: ${shown(text)}`);
    return checkShape(host, schema, parseJson(text, host));
  };
  return { ask, skewMs: () => skew };
}

/** `value` as the schema reads it; throws POOL_NONSENSE with the place that is wrong. */
export function checkShape<S extends z.ZodType>(host: string, schema: S, value: unknown): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw PoolErrors.NONSENSE(host, `${issue?.path.map(String).join(".") || "the answer"}: ${issue?.message}`);
}

async function wholeText(response: EgressReply, host: string): Promise<string> {
  const text = await textUpTo(response, MAX_BYTES + 1);
  if (Buffer.byteLength(text) > MAX_BYTES) throw PoolErrors.NONSENSE(host, `more than ${MAX_BYTES / 1024 / 1024} MiB`);
  return text;
}

function parseJson(text: string, host: string): unknown {
  if (text.trim() === "") throw PoolErrors.NONSENSE(host, "nothing");
  try {
    return JSON.parse(text);
  } catch (error) {
    throw PoolErrors.NONSENSE(host, `no JSON: ${shown(text)}`, { cause: error });
  }
}

const shown = (text: string) => text.replaceAll(/\s+/g, " ").trim().slice(0, SHOWN);

function retryAfter(headers: EgressReply["headers"]): number | null {
  const seconds = Number(headers.get("retry-after") ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : null;
}
