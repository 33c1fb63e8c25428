import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { serveHttp } from "@banksman/replay";
import { startPostgres, waitFor } from "@banksman/testkit";
import { WebSocket } from "ws";
import { siteWithKey, startTestServer, type TestServer } from "../test/test-server.ts";

type Json = Record<string, unknown>;
type Message = { title: string; text: string; level: string };

let service: Awaited<ReturnType<typeof serveHttp>>;
let postgres: Awaited<ReturnType<typeof startPostgres>>;
let server: TestServer;
let cookie: string;
let key: string;
let settings: Json;
before(async () => {
  service = await serveHttp(() => ({}));
  postgres = await startPostgres();
  settings = {
    database_url: postgres.url,
    channels: [{ name: "ops", type: "webhook", url: `${service.url}/hook`, language: "en" }],
    egress: { allow: ["127.0.0.0/8"] },
  };
  server = await startTestServer(settings);
  ({ cookie, key } = await siteWithKey(server, "s1"));
});
after(async () => {
  await server[Symbol.asyncDispose]();
  await postgres[Symbol.asyncDispose]();
  await service[Symbol.asyncDispose]();
});

const call = async (method: string, path: string, body?: unknown) =>
  (await server.call(method, `/api${path}`, { cookie, body })).body.data as Json;
const sent = () => service.calls.map(({ body }) => JSON.parse(body) as Message);
const upload = (readings: Json[]) => server.call("POST", "/api/collector/upload", { key, body: readings });
const miner = (id: string, more: Json = {}): Json => ({
  miner_id: id,
  ip_address: "10.0.0.1",
  online: true,
  hashrate_ghs: 100_000,
  expected_hashrate_ghs: 100_000,
  temperature_max: 60,
  ...more,
});
const rule = (id: string, fields: Json) =>
  call("POST", "/alert-rules", {
    rule_id: id,
    name: { zh: id, en: id },
    target: "miner",
    level: "severe",
    title: { zh: "{miner_id} 热 {temperature_max}", en: "{miner_id} hot {temperature_max}" },
    ...fields,
  });
const alertsOf = async (query: string) =>
  (await call("GET", `/alerts?${query}`)).alerts as (Json & { alert_id: number })[];

test("a reading that breaks a rule is told within two seconds, once; that it is over, too", async () => {
  await rule("hot", { condition: "temperature_max > 80" });
  await waitFor("the new rule to be taken up", async () => {
    await upload([miner("probe", { temperature_max: 90 })]);
    return (await alertsOf("rule_id=hot")).length === 1;
  });
  await waitFor("its message", () => sent().some(({ title }) => title === "probe hot 90"));
  await upload([miner("probe", { temperature_max: 91 })]);
  await upload([miner("probe", { temperature_max: 60 })]);
  await waitFor("it to be over", async () => (await alertsOf("rule_id=hot&state=resolved")).length === 1);
  const [alert] = await alertsOf("rule_id=hot&state=all");
  const { timeline } = await call("GET", `/alerts/${alert?.alert_id}`);
  assert.deepEqual(
    (timeline as Json[]).map(({ kind, text }) => (kind === "notified" ? `${kind} ${text}` : kind)),
    ["fired", "notified ops", "resolved"],
  );
  assert.deepEqual(alert?.values, { temperature_max: 90 });
  assert.equal(sent().filter(({ title }) => title.startsWith("probe")).length, 1);
});

test("live: counts and what fired come over the one socket", async () => {
  const socket = new WebSocket(`${server.url.replace("http", "ws")}/api/live`, {
    headers: { cookie, origin: server.url },
  });
  const told: Json[] = [];
  socket.on("message", (data) => told.push(JSON.parse(String(data))));
  await new Promise((resolve) => socket.once("open", resolve));
  socket.send(JSON.stringify({ type: "subscribe_alerts" }));
  await waitFor("the counts", () => told.some(({ type }) => type === "alerts"));
  await upload([miner("live", { temperature_max: 95 })]);
  const fired = await waitFor("what fired", () => told.find((one) => (one.fired as Json[]).length > 0));
  assert.equal(((fired.fired as Json[])[0]?.title as Json | undefined)?.en, "live hot 95");
  assert.equal(((fired.counts as Json).open as Json).severe, 1);
  socket.close();
});

test("a silence keeps an alert from being told and says why; when it ends people are told", async () => {
  const silence = await call("POST", "/alerts/silences", {
    matcher: { target_id: "quiet" },
    reason: "new fans",
    ends_at: "2099-01-01T00:00:00Z",
  });
  await rule("burnt", {
    condition: "temperature_max > 110",
    level: "urgent",
    title: { zh: "{miner_id} 烧", en: "{miner_id} burnt" },
  });
  const alert = await waitFor("the alert", async () => {
    await upload([miner("quiet", { temperature_max: 120 })]);
    return (await alertsOf("target=quiet&suppressed=true&rule_id=burnt"))[0];
  });
  assert.deepEqual([(alert.suppressed as Json).by, (alert.suppressed as Json).reason], ["silence", "new fans"]);
  await call("DELETE", `/alerts/silences/${silence.silence_id}`);
  await waitFor("people to be told", () => sent().some(({ title }) => title === "quiet burnt"));
});

test("an acknowledged alert stays so while it fires, and is not told again", async () => {
  const [alert] = await alertsOf("target=live");
  await call("POST", "/alerts/ack", { alert_ids: [alert?.alert_id], comment: "seen" });
  await upload([miner("live", { temperature_max: 99 })]);
  await upload([miner("other", { temperature_max: 60 })]);
  const [now] = await alertsOf("target=live");
  assert.deepEqual([now?.state, now?.comment], ["acknowledged", "seen"]);
});

test("a site of 6,000 miners that goes dark is at most three messages", async () => {
  const many = Array.from({ length: 6_000 }, (_, n) => miner(`m-${n}`, { rack: `r${n % 60}` }));
  await call("POST", "/sites", { site_id: "s2", name: "Storm" });
  const made = await call("POST", "/sites/s2/collector-keys", { name: "storm" });
  const post = (readings: Json[]) =>
    server.call("POST", "/api/collector/upload", { key: String(made.collector_key), body: readings });
  const at = (ms: number) => new Date(Date.now() - ms).toISOString();
  await post(many.map((reading) => ({ ...reading, collected_at: at(100_000) })));
  const count = sent().length;
  const dark = (age: number) =>
    post(
      many.map(({ miner_id, rack }) => ({
        miner_id,
        rack,
        online: false,
        offline_reason: "timed_out",
        collected_at: at(age),
      })),
    );
  await dark(70_000);
  await dark(5_000);
  await waitFor("the site's alert", async () => (await alertsOf("rule_id=site-offline&site_id=s2")).length === 1);
  await waitFor("its message", () =>
    sent()
      .slice(count)
      .some(({ title }) => /s2/.test(title)),
  );
  await waitFor(
    "racks to be held down",
    async () => (await call("GET", "/alerts?site_id=s2&rule_id=rack-offline&suppressed=true")).total === 60,
    { withinMs: 30_000 },
  );
  await waitFor(
    "all messages to leave",
    async () => (await call("GET", "/alerts/deliveries?state=waiting")).total === 0,
  );
  const about = sent().slice(count);
  assert.ok(about.length >= 1 && about.length <= 3, JSON.stringify(about.map(({ title }) => title)));
  const [alert] = await alertsOf("rule_id=site-offline&site_id=s2");
  assert.ok(Number((await call("GET", `/alerts/${alert?.alert_id}`)).inhibits) >= 60);
});

test("a restart goes on where it was: nothing is told again, and what fires is over when it is", async () => {
  await waitFor(
    "all messages to leave",
    async () => (await call("GET", "/alerts/deliveries?state=waiting")).total === 0,
  );
  await server[Symbol.asyncDispose]();
  server = await startTestServer(settings);
  cookie = await server.signIn();
  await upload([miner("live", { temperature_max: 98 }), miner("quiet", { temperature_max: 97 })]);
  await upload([miner("fresh", { temperature_max: 99 })]);
  await waitFor("an alert after the restart", async () => (await alertsOf("target=fresh")).length === 1);
  const open = await alertsOf("rule_id=hot");
  assert.deepEqual(open.map(({ target }) => (target as Json).id).toSorted(), ["fresh", "live", "quiet"]);
  const texts = sent().map(({ title, text }) => `${title}\n${text}`);
  assert.equal(new Set(texts).size, texts.length, "nothing is told twice");
  await upload([miner("live", { temperature_max: 50 })]);
  await waitFor("it to be over", async () => (await alertsOf("target=live&state=resolved")).length > 0);
});

test("a word that a database can't keep ends the evaluation of nothing", async () => {
  await rule("worker", {
    condition: 'worker_name.startsWith("half")',
    title: { zh: "{worker_name}", en: "{worker_name}" },
  });
  await waitFor("the alert of half a character", async () => {
    await upload([miner("half", { worker_name: "half \ud83e" })]);
    return (await alertsOf("rule_id=worker")).some(({ title }) => (title as Json).en === "half \ufffd");
  });
});
