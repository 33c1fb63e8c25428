import { randomUUID } from "node:crypto";
import { z } from "zod";
import { defineChannel, webAddress } from "../channel.ts";
import { NotifyErrors } from "../errors.ts";
import { postJson, shown } from "../post.ts";
import { cut } from "../text.ts";

const SERVICE = "PagerDuty";
const SEVERITY = { urgent: "critical", severe: "error", warning: "warning", info: "info" };

/** PagerDuty's Events API v2. Sending again under the same key is no second incident; `remove` resolves it. */
export const pagerduty = defineChannel({
  type: "pagerduty",
  title: "PagerDuty",
  settings: z.strictObject({
    api_base: webAddress().default("https://events.pagerduty.com"),
    routing_key: z.string().min(1),
    source: z.string().min(1).default("banksman"),
  }),
  max_length: 10_000,
  per_minute: 120,
  open: ({ api_base, routing_key, source }, context) => {
    const enqueue = async (event: object) => {
      const { status, text } = await postJson(SERVICE, `${api_base}/v2/enqueue`, context, { routing_key, ...event });
      if (status !== 202) throw NotifyErrors.REFUSED(SERVICE, `${status} ${shown(text)}`);
    };
    return {
      send: async ({ title, text, level, link, key }) => {
        const dedup_key = (key ?? randomUUID()).slice(0, 255);
        const payload = {
          summary: cut(title, 1_024),
          source,
          severity: SEVERITY[level],
          custom_details: { text: cut(text, 10_000) },
        };
        await enqueue({
          event_action: "trigger",
          dedup_key,
          payload,
          ...(link === undefined ? {} : { links: [{ href: link }] }),
        });
        return { dedup_key };
      },
      remove: ({ dedup_key }) => enqueue({ event_action: "resolve", dedup_key }),
    };
  },
});
