import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { after, before, test } from "node:test";
import { serveHttp } from "@banksman/replay";
import { startPostgres, waitFor } from "@banksman/testkit";
import { WebhookBody } from "@banksman/wire/api";
import pg from "pg";
import { siteWithKey, startTestServer, type TestServer } from "../test/test-server.ts";

type Json = Record<string, unknown>;

let receiver: Awaited<ReturnType<typeof serveHttp>>;
let postgres: Awaited<ReturnType<typeof startPostgres>>;
let servers: TestServer[];
let pool: pg.Pool;
let cookie: string;
let key: string;
/** How the receiver answers next; 204 after that. */
const answers: number[] = [];

before(async () => {
  receiver = await serveHttp(() => ({ status: answers.shift() ?? 204 }));
  postgres = await startPostgres();
  const settings = {
    database_url: postgres.url,
    secret_key: "a-secret-key-that-both-servers-share",
    egress: { allow: ["127.0.0.0/8"] },
  };
  servers = [await startTestServer(settings), await startTestServer(settings)];
  pool = new pg.Pool({ connectionString: postgres.url });
  const [first] = servers;
  ({ cookie, key } = await siteWithKey(first ?? assert.fail(), "s1"));
  await siteWithKey(first ?? assert.fail(), "s2");
});
after(async () => {
  for (const server of servers) await server[Symbol.asyncDispose]();
  await pool.end();
  await postgres[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
});

const call = async (method: string, path: string, body?: unknown) => {
  const reply = await servers[0]?.call(method, `/api${path}`, { cookie, ...(body === undefined ? {} : { body }) });
  return {
    status: reply?.status,
    data: reply?.body.data as Json & { webhook_id: number; secret: string },
    body: reply?.body,
  };
};
const register = (fields: Json) =>
  call("POST", "/webhooks", { url: `${receiver.url}/hook`, events: ["alert.fired", "alert.resolved"], ...fields });
const bodies = () => receiver.calls.map(({ body }) => WebhookBody.parse(JSON.parse(body)));
const ofType = (type: string) => bodies().filter((body) => body.type === type);

/** As a receiver checks it, after standardwebhooks.com, by its own words. */
function isGenuine(secret: string, index: number): boolean {
  const { headers, body } = receiver.calls[index] ?? assert.fail();
  const signed = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`;
  const expected = createHmac("sha256", Buffer.from(secret.replace("whsec_", ""), "base64"))
    .update(signed)
    .digest("base64");
  return String(headers["webhook-signature"]).split(" ").includes(`v1,${expected}`);
}

test("a test event is posted at once, signed, and its secret is shown once", async () => {
  const { data: webhook } = await register({ description: "crm" });
  assert.match(webhook.secret, /^whsec_[A-Za-z0-9+/]{32}$/);
  const tested = await call("POST", `/webhooks/${webhook.webhook_id}/test`);
  assert.deepEqual(tested.data, { status: 204, error: null });
  assert.equal(bodies()[0]?.type, "test");
  assert.ok(isGenuine(webhook.secret, 0));
  assert.ok(!JSON.stringify((await call("GET", "/webhooks")).body).includes(webhook.secret));
  const { data: renewed } = await call("POST", `/webhooks/${webhook.webhook_id}/secret`);
  await call("POST", `/webhooks/${webhook.webhook_id}/test`);
  assert.ok(isGenuine(renewed.secret, 1) && isGenuine(webhook.secret, 1), "for a day with the old one too");
  const audit = JSON.stringify((await call("GET", "/audit?action=webhooks")).body);
  assert.ok(!audit.includes(webhook.secret) && !audit.includes(renewed.secret));
  await call("DELETE", `/webhooks/${webhook.webhook_id}`);
});

test("alerts are told when they fire, are acknowledged and are over: once, though two servers run", async () => {
  const events = ["alert.fired", "alert.acknowledged", "alert.resolved"];
  const { data: webhook } = await register({ events });
  await register({ events, site_id: "s2", url: `${receiver.url}/of-another-site` });
  const text = { zh: "热", en: "hot" };
  await call("POST", "/alert-rules", {
    rule_id: "hot",
    name: text,
    target: "miner",
    level: "severe",
    title: text,
    condition: "temperature_max > 80",
  });
  const upload = (temperature: number) =>
    servers[1]?.call("POST", "/api/collector/upload", {
      key,
      body: [
        { miner_id: "m1", online: true, hashrate_ghs: 1e5, expected_hashrate_ghs: 1e5, temperature_max: temperature },
      ],
    });
  await upload(90);
  const [fired] = await waitFor("the alert", () =>
    ofType("alert.fired").length > 0 ? ofType("alert.fired") : undefined,
  );
  const alert = fired?.data.alert as { alert_id: number; rule_id: string };
  assert.equal(alert.rule_id, "hot");
  await call("POST", "/alerts/ack", { alert_ids: [alert.alert_id], comment: "on it" });
  const [acknowledged] = await waitFor("who took it", () => {
    const found = ofType("alert.acknowledged");
    return found.length > 0 ? found : undefined;
  });
  assert.equal(acknowledged?.data.by, "admin");
  await upload(60);
  await waitFor("its end", () => ofType("alert.resolved").length > 0);
  assert.deepEqual(
    events.map((type) => ofType(type).length),
    [1, 1, 1],
  );
  assert.ok(receiver.calls.every(({ path }) => !path.includes("of-another-site")));
  const { data } = await call("GET", `/webhooks/${webhook.webhook_id}/deliveries?state=sent`);
  assert.equal(data.total, 3);
});

test("alerts of Alertmanager are told too, and to those of a site only where its key reaches it", async () => {
  const events = ["alert.fired", "alert.resolved"];
  const [of1 = "", of2 = ""] = ["s1", "s2"].map((site) => `${receiver.url}/alertmanager-${site}`);
  await register({ events, site_id: "s1", url: of1 });
  await register({ events, site_id: "s2", url: of2 });
  const post = (status: string, site_id: string) => {
    const labels = { alertname: "DiskFull", site_id };
    const alert = { status, labels, startsAt: "2026-11-28T01:00:00Z", fingerprint: `f-${site_id}` };
    const body = { version: "4", groupKey: "{}", status, alerts: [alert] };
    return servers[0]?.call("POST", "/api/alerts/alertmanager", { body, headers: { authorization: `Bearer ${key}` } });
  };
  const told = (site: string) =>
    receiver.calls
      .filter(({ path }) => path === `/alertmanager-${site}`)
      .map(({ body }) => WebhookBody.parse(JSON.parse(body)))
      .map(({ type, data }) => [type, (data.alert as { labels: Json }).labels.site_id]);
  // The key is of s1: what it tells of s2 belongs to no site.
  for (const site of ["s2", "s1"])
    for (const status of ["firing", "firing", "resolved"]) assert.equal((await post(status, site))?.status, 200);
  const expected = [
    ["alert.fired", "s1"],
    ["alert.resolved", "s1"],
  ];
  await waitFor("both steps", () => told("s1").length >= 2);
  assert.deepEqual([told("s1"), told("s2")], [expected, []]);
});

test("an address keeps its path from the audit trail, since it may be what the service knows its caller by", async () => {
  const secret = "T024BE7LD-B0123-XYZsecretXYZ";
  const { data: webhook } = await register({ url: `https://hooks.example/services/${secret}?k=${secret}` });
  await call("PATCH", `/webhooks/${webhook.webhook_id}`, { url: `https://hooks.example/other/${secret}` });
  await call("DELETE", `/webhooks/${webhook.webhook_id}`);
  const { data, body } = await call("GET", "/audit?action=webhooks&limit=3");
  const rows = (data.rows as Json[]).map(({ action, before, after }) => [action, before, after]);
  const url = "https://hooks.example/(hidden)";
  assert.partialDeepStrictEqual(rows, [
    ["webhooks.delete", { host: "hooks.example" }],
    ["webhooks.update", { url }, { url }],
    ["webhooks.create", null, { url }],
  ]);
  assert.ok(!JSON.stringify(body).includes(secret));
});

test("an endpoint that fails gets the same event again, by the same id; one that is gone is switched off", async () => {
  const { data: webhook } = await register({ events: ["reading.late"] });
  answers.push(500, 204);
  await pool.query("update latest set received_at = now() - interval '1 hour'");
  const late = () => receiver.calls.filter(({ body }) => body.includes("reading.late"));
  await waitFor("the first try", () => late().length > 0);
  await pool.query("update webhook_deliveries set next_at = now() where state = 'waiting' and tries = 1");
  const [first, second] = await waitFor("the second try", () => (late().length === 2 ? late() : undefined));
  assert.equal(first?.headers["webhook-id"], second?.headers["webhook-id"]);
  assert.deepEqual(WebhookBody.parse(JSON.parse(second?.body ?? "")).data, {
    site_id: "s1",
    miners: 1,
    miner_ids: ["m1"],
  });

  answers.push(410);
  await pool.query(
    "insert into webhook_deliveries (webhook_id, message_id, type, body) select $1, 'msg_x', type, body from webhook_deliveries limit 1",
    [webhook.webhook_id],
  );
  const listed = await waitFor("it to be switched off", async () => {
    const { data } = await call("GET", "/webhooks");
    return (data.webhooks as Json[]).find((one) => one.webhook_id === webhook.webhook_id && one.enabled === false);
  });
  assert.match(String(listed.trouble), /^410/);
});

test("what is no web address, inner addresses and unknown endpoints are refused", async () => {
  const { status, body } = await register({ url: "ftp://files.example/x" });
  assert.deepEqual([status, body?.path], [400, "url"]);
  const { data: webhook } = await register({ url: "http://10.0.0.1/hook" });
  const tested = await call("POST", `/webhooks/${webhook.webhook_id}/test`);
  assert.equal(tested.data.status, null);
  assert.match(String(tested.data.error), /egress\.allow/);
  assert.equal((await call("GET", "/webhooks/999/deliveries")).status, 404);
});
