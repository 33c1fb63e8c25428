import assert from "node:assert/strict";
import { test } from "node:test";
import { openEgress } from "@banksman/kit/egress";
import { type HttpAnswer, serveHttp } from "@banksman/replay";
import { waitFor } from "@banksman/testkit";
import { openChannels } from "../channels/service.ts";
import { siteWithKey, startTestServer } from "../test/test-server.ts";
import { messageOf } from "./alertmanager.ts";

type Json = Record<string, unknown>;
const START = "2026-11-21T09:00:00.000Z";
const alert = (name: string, more: Json = {}) => ({
  status: "firing",
  labels: { alertname: name, severity: "critical", job: "orderbook-collector-mexc" },
  annotations: { summary: `${name} at h:8000`, description: "Look at it." },
  startsAt: START,
  endsAt: "0001-01-01T00:00:00Z",
  fingerprint: `f-${name}`,
  ...more,
});
const webhook = (...alerts: Json[]) => ({
  receiver: "banksman",
  status: alerts.some(({ status }) => status === "firing") ? "firing" : "resolved",
  version: "4",
  groupKey: '{}:{alertname="CollectorDown"}',
  truncatedAlerts: 0,
  groupLabels: {},
  commonLabels: {},
  commonAnnotations: {},
  externalURL: "http://alertmanager",
  alerts,
});

async function scene(answer: () => HttpAnswer) {
  const service = await serveHttp(answer);
  const server = await startTestServer({
    channels: [{ name: "ops", type: "webhook", url: `${service.url}/hook` }],
    egress: { allow: ["127.0.0.0/8"] },
  });
  const { cookie, key } = await siteWithKey(server, "1");
  const post = (body: Json) =>
    server.call("POST", "/api/alerts/alertmanager", { body, headers: { authorization: `Bearer ${key}` } });
  const sent = () =>
    service.calls.map(({ body }) => JSON.parse(body) as { title: string; text: string; level: string });
  return {
    service,
    server,
    cookie,
    post,
    sent,
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      await service[Symbol.asyncDispose]();
    },
  };
}

test("alerts of Alertmanager leave as one message, and once however often they are posted", async () => {
  await using all = await scene(() => ({}));
  const both = webhook(alert("Slow", { labels: { alertname: "Slow", severity: "warning" } }), alert("CollectorDown"));
  const { status, body } = await all.post(both);
  assert.deepEqual([status, body.data], [200, { alerts: 2, duplicate: false }]);
  await waitFor("the message", () => all.sent().length === 1);
  assert.equal(all.sent()[0]?.title, "CollectorDown at h:8000 (+1)", "the worst first");
  assert.equal(all.sent()[0]?.level, "urgent");
  assert.match(all.sent()[0]?.text ?? "", /^● CollectorDown at h:8000\n {2}Look at it\.\n● Slow/);
  assert.deepEqual((await all.post(both)).body.data, { alerts: 2, duplicate: true });

  await all.post(webhook(alert("CollectorDown", { status: "resolved", endsAt: "2026-11-21T09:30:00Z" })));
  await waitFor("the second message", () => all.sent().length === 2);
  assert.equal(all.sent()[1]?.title, "✓ CollectorDown at h:8000");
  assert.equal(all.sent()[1]?.level, "info");

  const { data } = (await all.server.call("GET", "/api/alerts?state=all", { cookie: all.cookie })).body as {
    data: { alerts: Json[]; total: number };
  };
  assert.deepEqual(data.alerts.map(({ rule, state, level }) => [(rule as Json).zh, state, level]).toSorted(), [
    ["CollectorDown", "resolved", "urgent"],
    ["Slow", "firing", "warning"],
  ]);
  const firing = (await all.server.call("GET", "/api/alerts", { cookie: all.cookie })).body as {
    data: { total: number };
  };
  assert.equal(firing.data.total, 1);
});

test("a service that is away gets the message later; one that refuses is told in the delivery log", async () => {
  const answers: HttpAnswer[] = [{ status: 503 }, { status: 429, headers: { "retry-after": "1" } }, {}];
  await using all = await scene(() => answers.shift() ?? { status: 400, body: "no such hook" });
  await all.post(webhook(alert("A")));
  const log = async () => {
    const { body } = await all.server.call("GET", "/api/alerts/deliveries", { cookie: all.cookie });
    return (body.data as { deliveries: Json[] }).deliveries;
  };
  await waitFor("a try that failed", async () => (await log())[0]?.error !== null);
  assert.match(String((await log())[0]?.error), /webhook failed: 503/);
  await waitFor("the message to leave", async () => (await log())[0]?.state === "sent", { withinMs: 20_000 });
  assert.equal((await log())[0]?.tries, 3);
  await all.post(webhook(alert("B")));
  await waitFor("the refusal", async () => (await log())[0]?.state === "failed");
  assert.match(String((await log())[0]?.error), /refuses: 400 no such hook/);
});

test("who may post and test, and what is no webhook", async () => {
  await using all = await scene(() => ({}));
  const { server, cookie } = all;
  assert.equal((await server.call("POST", "/api/alerts/alertmanager", { body: webhook(alert("A")) })).status, 401);
  assert.equal(
    (
      await server.call("POST", "/api/alerts/alertmanager", {
        body: webhook(alert("A")),
        headers: { authorization: "Bearer hsc_wrong" },
      })
    ).status,
    401,
  );
  const other = await all.post({ ...webhook(alert("A")), version: "5" });
  assert.deepEqual([other.status, other.body.path], [400, "version"]);
  assert.equal((await server.call("POST", "/api/alerts/channels/ops/test", { cookie })).status, 200);
  assert.equal(all.sent()[0]?.title, "Banksman");
  assert.equal((await server.call("POST", "/api/alerts/channels/nowhere/test", { cookie })).status, 404);
});

test("a channel that can't be opened is refused and its setting named", () => {
  for (const [channel, told] of [
    [{ name: "a", type: "pigeon" }, /channels\.0.*no channel "pigeon".*telegram/],
    [{ name: "a", type: "telegram", token: "x", chat_id: 1 }, /channels\.0.*token/],
  ] as const)
    assert.throws(() => openChannels([channel], openEgress), told);
});

test("a storm of 1,000 alerts is one message of bounded length", () => {
  const many = Array.from({ length: 1_000 }, (_, n) => ({ ...alert(`A${n}`), status: "firing" as const }));
  const { message } = messageOf({ ...webhook(), version: "4", status: "firing", alerts: many });
  assert.equal(message.text.split("\n").at(-1), "… +980");
  assert.ok(message.text.length < 2_000);
});
