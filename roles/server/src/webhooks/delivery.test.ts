import assert from "node:assert/strict";
import { test } from "node:test";
import { createLog, VirtualClock } from "@banksman/kit";
import { createWebhookDelivery } from "./delivery.ts";

test("an endpoint that is slow and has no end of events holds a round of posting up for ten seconds at most", async () => {
  const clock = new VirtualClock();
  const stop = new AbortController();
  let posted = 0;
  let isTold = false;
  const delivery = createWebhookDelivery({
    store: {
      takeAlertSteps: async () => {
        isTold = true;
        return 0;
      },
      due: async () => [{ webhook_id: 1, url: "http://slow.example/" }],
      claim: async () => ({ delivery_id: posted, message_id: `msg_${posted}`, body: "{}", tries: 0 }),
      settle: async () => undefined,
    } as unknown as Parameters<typeof createWebhookDelivery>[0]["store"],
    webhooks: { emit: async () => undefined, secretsOf: () => [] },
    alerts: { find: async () => null },
    egress: {
      addressOf: async (host) => host,
      fetch: async () => {
        posted += 1;
        if (posted > 50) stop.abort();
        await clock.advance(4_000);
        return { status: 204, headers: new Headers(), body: null };
      },
    },
    clock,
    log: createLog("server", "silent"),
  });
  const posting = delivery.post(stop.signal);
  await delivery.tell(stop.signal);
  assert.ok(isTold && posted <= 1, "alerts are told meanwhile");
  await posting;
  assert.equal(posted, 3);
});
