import type { RestProblem, RestReply } from "./exchange.ts";
import { isObject } from "./fields.ts";

const MINUTE = 60_000;

/** `Retry-After` in ms: seconds, or a date. */
export function retryAfterMs(reply: RestReply, otherwise: number, now = Date.now()): number {
  const header = reply.header("retry-after");
  if (header === null || header === "") return otherwise;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1_000);
  const at = Date.parse(header);
  return Number.isNaN(at) ? otherwise : Math.max(0, at - now);
}

/** The answer's JSON, or undefined when it has none, as a page of a firewall. */
export function jsonOf(reply: RestReply): unknown {
  try {
    return JSON.parse(reply.text);
  } catch {
    return undefined;
  }
}

/** Says in one line what an answer was. */
export const gist = (reply: RestReply): string =>
  `HTTP ${reply.status} ${reply.text.slice(0, 120).replace(/\s+/g, " ")}`;

/** Problems that all exchanges have in common; null when the body is JSON with a good status. */
export function commonProblem(reply: RestReply, wait: { forbiddenMs: number }): RestProblem | null {
  const reason = gist(reply);
  if (reply.status === 418) return { kind: "banned", reason, waitMs: retryAfterMs(reply, 2 * MINUTE) };
  if (reply.status === 429) return { kind: "throttled", reason, waitMs: retryAfterMs(reply, 10_000) };
  if (reply.status === 403) return { kind: "forbidden", reason, waitMs: retryAfterMs(reply, wait.forbiddenMs) };
  if (reply.status >= 500) return { kind: "failed", reason, waitMs: retryAfterMs(reply, 0) };
  const body = jsonOf(reply);
  // A maintenance page or a firewall's answer comes with any status, 200 too.
  if (body === undefined || typeof body !== "object" || body === null)
    return { kind: /<html|<!doctype/i.test(reply.text) ? "forbidden" : "failed", reason, waitMs: wait.forbiddenMs };
  return null;
}

/** A problem told by a code in the body. */
export function bodyProblem(
  reply: RestReply,
  member: string,
  codes: Record<string, Omit<RestProblem, "reason">>,
): RestProblem | null {
  const body = jsonOf(reply);
  const code = isObject(body) ? body[member] : undefined;
  const known = typeof code === "number" || typeof code === "string" ? codes[String(code)] : undefined;
  return known ? { ...known, reason: gist(reply) } : null;
}
