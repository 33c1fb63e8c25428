import { messageOf } from "@banksman/kit";
import { type Egress, textUpTo } from "@banksman/kit/egress";
import { signWebhook } from "@banksman/notify";

const TIMEOUT_MS = 15_000;
/** What is kept of an answer; an endpoint may send more than fits into memory. */
const ANSWER_BYTES = 1_024;
const ANSWER_MAX = 200;

/** How an endpoint answered; `error` is null when it took the event. */
export type Answer = { status: number | null; error: string | null };
type Message = { id: string; body: string };

/** Posts one event, signed in the manner of standardwebhooks.com with each of the secrets. Redirects are not followed. */
export async function post(egress: Egress, url: string, secrets: readonly string[], message: Message): Promise<Answer> {
  const timestamp = String(Math.floor(Date.now() / 1_000));
  const signatures = secrets.map((secret) => `v1,${signWebhook(secret, message.id, timestamp, message.body)}`);
  try {
    const reply = await egress.fetch(url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "user-agent": "Banksman",
        "webhook-id": message.id,
        "webhook-timestamp": timestamp,
        "webhook-signature": signatures.join(" "),
      },
      body: message.body,
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = (await textUpTo(reply, ANSWER_BYTES)).slice(0, ANSWER_MAX).trim();
    const isTaken = reply.status >= 200 && reply.status <= 299;
    return { status: reply.status, error: isTaken ? null : `${reply.status}${text === "" ? "" : `: ${text}`}` };
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? messageOf(error.cause) : messageOf(error);
    return { status: null, error: cause };
  }
}
