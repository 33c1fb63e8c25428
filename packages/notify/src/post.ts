import { codeOf, jsonOf, messageOf } from "@banksman/kit";
import { type EgressReply, textUpTo } from "@banksman/kit/egress";
import type { ChannelContext } from "./channel.ts";
import { limited, NotifyErrors } from "./errors.ts";

const MAX_REPLY_BYTES = 256 * 1024;
const SHOWN = 200;

export type Posted = { status: number; text: string; json: unknown; headers: EgressReply["headers"] };
type Request = {
  method?: "POST" | "PUT" | "PATCH" | "DELETE" | "GET";
  headers?: Record<string, string>;
  body?: string;
};

/**
 * One request to a service. `timeoutMs` bounds it whole. 429 is a refusal that tells how long to wait, 5xx a failure;
 * any other answer is handed back, since many services put their refusals into a 200.
 */
export async function request(
  service: string,
  url: string,
  { timeoutMs, egress }: ChannelContext,
  options: Request,
): Promise<Posted> {
  let response: EgressReply;
  let text: string;
  try {
    response = await egress.fetch(url, {
      method: "POST",
      ...options,
      redirect: "error",
      signal: AbortSignal.timeout(timeoutMs),
    });
    text = await textUpTo(response, MAX_REPLY_BYTES);
  } catch (error) {
    if (error instanceof Error && error.name === "TimeoutError")
      throw NotifyErrors.TIMED_OUT(service, timeoutMs, { cause: error });
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    if (codeOf(cause)?.startsWith("EGRESS_")) throw NotifyErrors.REFUSED(service, messageOf(cause), { cause });
    throw NotifyErrors.UNREACHABLE(service, codeOf(cause) ?? messageOf(cause));
  }
  const answer = { status: response.status, text, json: jsonOf(text), headers: response.headers };
  if (response.status === 429) throw limited(service, retryAfterS(answer));
  if (response.status >= 500) throw NotifyErrors.FAILED(service, `${response.status} ${shown(text)}`);
  return answer;
}

/** JSON posted to a service. */
export const postJson = (
  service: string,
  url: string,
  context: ChannelContext,
  body: unknown,
  headers = {},
): Promise<Posted> =>
  request(service, url, context, {
    headers: { "content-type": "application/json; charset=utf-8", ...headers },
    body: JSON.stringify(body),
  });

export const shown = (text: string): string => text.replaceAll(/\s+/g, " ").trim().slice(0, SHOWN);

const USUAL_WAIT_S = 30;

/** Some services tell it in a header, some in the body, as `retry_after` or below `parameters`. */
function retryAfterS({ headers, json }: Posted): number {
  const header = Number(headers.get("retry-after") ?? Number.NaN);
  if (Number.isFinite(header)) return Math.max(0, header);
  const body = typeof json === "object" && json !== null ? json : {};
  const inside =
    "parameters" in body && typeof body.parameters === "object" && body.parameters !== null ? body.parameters : body;
  const seconds = "retry_after" in inside ? Number(inside.retry_after) : Number.NaN;
  return Number.isFinite(seconds) ? Math.max(0, seconds) : USUAL_WAIT_S;
}
