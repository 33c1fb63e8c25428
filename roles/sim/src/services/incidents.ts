import { createHmac } from "node:crypto";
import { isFresh, isSame, member, objectOf, type SimService, textOf } from "./service.ts";

const ROUTING_KEY = "simulated-routing-key";
const SEVERITIES = ["critical", "error", "warning", "info"];

/** PagerDuty's Events API v2: the same `dedup_key` again is the same incident; 202 for what it takes. */
export const pagerduty: SimService = {
  id: "pagerduty",
  channel: (url) => ({ type: "pagerduty", api_base: url, routing_key: ROUTING_KEY }),
  answer: ({ path, body }, state) => {
    if (path !== "/v2/enqueue") return { status: 404, body: "" };
    const event = objectOf(body);
    const refuse = (error: string) => ({
      status: 400,
      body: { status: "invalid event", message: "Event object is invalid", errors: [error] },
    });
    if (event.routing_key !== ROUTING_KEY) return refuse("Invalid routing key");
    const key = textOf(event.dedup_key);
    const found = state.taken.find(({ to }) => to === key);
    if (event.event_action === "resolve") {
      if (found) state.removed.push(found.id);
    } else if (event.event_action === "trigger") {
      const summary = textOf(member(event, "payload", "summary"));
      if (summary === "") return refuse("'payload.summary' is missing or blank");
      if (!SEVERITIES.includes(textOf(member(event, "payload", "severity"))))
        return refuse(
          "'payload.severity' is invalid (must be one of the following: 'critical', 'warning', 'error' or 'info')",
        );
      if (!found || state.removed.includes(found.id)) {
        const sent = state.take(key, summary, 120);
        if ("waitS" in sent) return { status: 429, body: { status: "throttle exceeded" } };
      }
    } else return refuse("'event_action' is invalid");
    return { status: 202, body: { status: "success", message: "Event processed", dedup_key: key } };
  },
};

const SECRET = "whsec_c2ltdWxhdGVkLXdlYmhvb2stc2VjcmV0";
const FIVE_MINUTES_MS = 300_000;

/** A receiver that checks signatures as standardwebhooks.com says, and takes each id once. */
export const webhook: SimService = {
  id: "webhook",
  channel: (url) => ({ type: "webhook", url: `${url}/hook`, secret: SECRET }),
  answer: ({ headers, body }, state) => {
    const id = String(headers["webhook-id"] ?? "");
    const timestamp = String(headers["webhook-timestamp"] ?? "");
    const key = Buffer.from(SECRET.slice("whsec_".length), "base64");
    const sign = `v1,${createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64")}`;
    if (!isFresh(Number(timestamp) * 1_000, state, FIVE_MINUTES_MS)) return { status: 401, body: "timestamp" };
    if (
      !String(headers["webhook-signature"] ?? "")
        .split(" ")
        .some((one) => isSame(one, sign))
    )
      return { status: 401, body: "signature" };
    if (!state.taken.some(({ to }) => to === id)) state.take(id, textOf(objectOf(body).title), 600);
    return { status: 204 };
  },
};
