import { createHmac, randomUUID } from "node:crypto";
import { z } from "zod";
import { defineChannel, webAddress } from "../channel.ts";
import { NotifyErrors } from "../errors.ts";
import { request, shown } from "../post.ts";

const SERVICE = "the webhook";

/** Any address that takes JSON, signed in the manner of standardwebhooks.com so that the receiver can tell it is from here. */
export const webhook = defineChannel({
  type: "webhook",
  title: "Webhook",
  settings: z.strictObject({
    url: webAddress("an address such as https://example.com/hook"),
    secret: z.string().min(16, "at least 16 characters").optional(),
  }),
  max_length: 100_000,
  per_minute: 600,
  open: ({ url, secret }, context) => ({
    send: async (message) => {
      const id = randomUUID();
      const timestamp = String(Math.floor(Date.now() / 1_000));
      const body = JSON.stringify({ id, timestamp: new Date().toISOString(), ...message });
      const headers: Record<string, string> = {
        "content-type": "application/json",
        "webhook-id": id,
        "webhook-timestamp": timestamp,
      };
      if (secret !== undefined) headers["webhook-signature"] = `v1,${signWebhook(secret, id, timestamp, body)}`;
      const { status, text } = await request(SERVICE, url, context, { headers, body });
      if (status >= 300) throw NotifyErrors.REFUSED(SERVICE, `${status} ${shown(text)}`);
      return { id };
    },
  }),
});

/** Base64 of HMAC-SHA256 over `id.timestamp.body`. A secret `whsec_…` is base64 itself, as the standard writes it. */
export function signWebhook(secret: string, id: string, timestamp: string, body: string): string {
  const key = secret.startsWith("whsec_") ? Buffer.from(secret.slice(6), "base64") : Buffer.from(secret);
  return createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64");
}
