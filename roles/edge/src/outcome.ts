import { CoolingRefusal, RejectedReading } from "@banksman/wire/ingest";
import { z } from "zod";
import type { Reply } from "./send.ts";

/**
 * What came of an upload.
 * - `accepted`: the server has it (`duplicate` when it had it before)
 * - `refused`: it can't succeed however often it is sent
 * - `blocked`: no batch can succeed until a person changes something (the key, the address)
 * - `later`: try again; `suspect` when the batch itself may be what broke the server
 */
export type Outcome =
  | { is: "accepted"; duplicate: boolean; rejected: (RejectedReading | CoolingRefusal)[] }
  | { is: "refused"; status: number; reason: string }
  | { is: "blocked"; status: number; reason: string }
  | { is: "later"; reason: string; retryAfterMs: number | null; suspect: boolean };

/** All that is asked of a success, so that a server with only the original reply counts too. */
const Accepted = z.object({
  success: z.literal(true),
  data: z
    .object({
      duplicate: z.boolean().catch(false).default(false),
      rejected: z.array(RejectedReading).catch([]).default([]),
    })
    .catch({ duplicate: false, rejected: [] }),
  /** Of cooling units, which are told apart by site and host. */
  refused: z.array(CoolingRefusal).catch([]).default([]),
});

/** Wherever a server puts its words: problem details, the original `error`, or a bare `message`. */
const Told = z.object({ detail: z.string(), error: z.string(), message: z.string(), title: z.string() }).partial();

const RETRY_STATUS = new Set([408, 425, 429]);
const BLOCKED_ADVICE: Record<number, string> = {
  401:
    "the server doesn't know the key: it is wrong or was revoked. Make a new one under 托管管理 → 站点管理 → the site → " +
    '采集器设置 → 生成新密钥 and put it into "api_key"',
  403: 'the key may not upload for this site: check "api_key" and "site_id"',
  404: 'there is no collector API at that address: check "api_url"',
  405: 'there is no collector API at that address: check "api_url"',
  407: "the proxy asks for a sign-in",
};
/** The gateway's words, not the server's: they say nothing of the batch. */
const GATEWAY = new Set([502, 503, 504]);

export function outcomeOf(reply: Reply, nowMs: number): Outcome {
  const { status } = reply;
  const body = parseJson(reply.text);
  if (status >= 200 && status < 300) {
    const accepted = Accepted.safeParse(body);
    if (accepted.success) {
      const { data, refused } = accepted.data;
      return { is: "accepted", duplicate: data.duplicate, rejected: [...data.rejected, ...refused] };
    }
    return {
      is: "later",
      reason: `the reply is not the collector API's: ${clip(reply.text)}`,
      retryAfterMs: null,
      suspect: true,
    };
  }
  const reason = `${status} ${told(body) ?? clip(reply.text)}`.trim();
  if (status >= 300 && status < 400) {
    return {
      is: "blocked",
      status,
      reason: `the server redirects to ${reply.headers.location ?? "elsewhere"}: correct "api_url"`,
    };
  }
  const advice = BLOCKED_ADVICE[status];
  // A Banksman server tells a caller without a key what the route needs; of a collector's key that says nothing.
  if (advice !== undefined && status === 401 && codeIn(body) === "NOT_SIGNED_IN")
    return { is: "blocked", status, reason: `401 ${advice}` };
  if (advice !== undefined) return { is: "blocked", status, reason: `${reason} — ${advice}` };
  if (status >= 500 || RETRY_STATUS.has(status)) {
    const retryAfterMs = retryAfter(reply.headers["retry-after"], nowMs);
    return { is: "later", reason, retryAfterMs, suspect: status >= 500 && !GATEWAY.has(status) };
  }
  return { is: "refused", status, reason };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function told(body: unknown): string | undefined {
  const words = Told.safeParse(body);
  if (!words.success) return undefined;
  const text = words.data.detail ?? words.data.error ?? words.data.message ?? words.data.title;
  return text === undefined ? undefined : clip(text);
}

function codeIn(body: unknown): unknown {
  return typeof body === "object" && body !== null && "code" in body ? body.code : undefined;
}

const clip = (text: string) => text.replace(/\s+/g, " ").trim().slice(0, 500);

const HOUR_MS = 3_600_000;

/** `Retry-After` in seconds or as a date, in ms from now; an hour at most, so that one wrong header can't stop uploads. */
function retryAfter(value: string | undefined, nowMs: number): number | null {
  if (value === undefined) return null;
  const ms = /^\s*\d+\s*$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - nowMs;
  return Number.isFinite(ms) ? Math.min(HOUR_MS, Math.max(0, ms)) : null;
}
