import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { siteWithKey, startTestServer, type TestServer } from "../test/test-server.ts";
import { daysUpTo } from "./statistics.ts";

type Json = Record<string, unknown>;
let server: TestServer;
let cookie: string;
let key: string;
before(async () => {
  server = await startTestServer();
  ({ cookie, key } = await siteWithKey(server, "1"));
});
after(() => server[Symbol.asyncDispose]());

const call = async (method: string, path: string, body?: unknown) => {
  const answer = await server.call(method, `/api${path}`, { cookie, body });
  return { status: answer.status, code: answer.body.code, path: answer.body.path, data: answer.body.data as Json };
};
const post = (name: string, severity: string, status = "firing") =>
  server.call("POST", "/api/alerts/alertmanager", {
    headers: { authorization: `Bearer ${key}` },
    body: {
      version: "4",
      groupKey: name,
      status,
      alerts: [
        {
          status,
          labels: { alertname: name, severity, site_id: "1" },
          startsAt: "2026-11-21T09:00:00Z",
          fingerprint: name,
        },
      ],
    },
  });

test("people acknowledge, note and find alerts; what was done is in the timeline", async () => {
  await post("Down", "critical");
  await post("Slow", "error");
  const list = (await call("GET", "/alerts")).data;
  const alerts = list.alerts as (Json & { alert_id: number })[];
  assert.deepEqual(
    alerts.map(({ level, state }) => [level, state]),
    [
      ["urgent", "firing"],
      ["severe", "firing"],
    ],
  );
  assert.deepEqual((list.counts as Json).open, { urgent: 1, severe: 1, warning: 0, info: 0 });
  const ids = alerts.map(({ alert_id }) => alert_id);
  const acked = await call("POST", "/alerts/ack", { alert_ids: [...ids, 999], comment: "on my way" });
  assert.deepEqual([acked.data.acknowledged, acked.data.left], [ids, [999]]);
  await call("POST", `/alerts/${ids[0]}/notes`, { text: "breaker was off" });
  await post("Down", "critical", "resolved");
  const one = (await call("GET", `/alerts/${ids[0]}`)).data;
  assert.deepEqual(
    (one.timeline as Json[]).map(({ kind, by, text }) => [kind, by, text]),
    [
      ["fired", "Alertmanager", null],
      ["acknowledged", "admin", "on my way"],
      ["note", "admin", "breaker was off"],
      ["resolved", "Alertmanager", null],
    ],
  );
  assert.equal((await call("GET", "/alerts?state=resolved&q=down&site_id=1")).data.total, 1);
  assert.equal((await call("GET", "/alerts?state=open&level=urgent,info")).data.total, 0);
  assert.equal((await call("GET", "/alerts?state=all&kind=cooling")).data.total, 0);
  assert.deepEqual((await call("GET", "/alerts/counts")).data.unacknowledged, {
    urgent: 0,
    severe: 0,
    warning: 0,
    info: 0,
  });
  const statistics = (await call("GET", "/alerts/statistics?days=90")).data;
  assert.deepEqual([statistics.fired, statistics.acknowledged], [2, 2]);
  for (const zone of ["Pacific/Kiritimati", "Pacific/Pago_Pago"]) {
    const { by_day } = (await call("GET", `/alerts/statistics?days=90&time_zone=${zone}`)).data;
    const day = new Intl.DateTimeFormat("sv-SE", { timeZone: zone }).format(
      new Date(String((one.alert as Json).fired_at)),
    );
    assert.equal((by_day as Json[])[0]?.day, day, zone);
  }
  assert.deepEqual(daysUpTo("2026-02-27", "2026-03-02"), ["2026-02-27", "2026-02-28", "2026-03-01", "2026-03-02"]);
  assert.equal((await call("GET", "/alerts/999999")).code, "NO_SUCH_ALERT");
});

test("a misspelt member of a rule is refused; so are texts that can't be kept, a silence of everything and an address as a pool", async () => {
  const rule = {
    rule_id: "odd",
    name: { zh: "怪", en: "Odd" },
    target: "miner",
    condition: "online",
    level: "info",
    title: { zh: "{miner_id}", en: "{miner_id}" },
    enabled: false,
  };
  const misspelt = await call("POST", "/alert-rules", { ...rule, for: 60 });
  assert.deepEqual([misspelt.status, misspelt.path], [400, "for"]);
  assert.equal((await call("PATCH", "/alert-rules/miner-offline", { bogus: 1 })).code, "RULE_INVALID");
  assert.equal((await call("GET", "/alert-rules/miner-offline")).data.changed, false);
  const [nearest] = (await call("POST", "/alert-rules/check", { ...rule, recover_for: 5 })).data.problems as Json[];
  assert.equal(nearest?.nearest, "recover_for_s");
  const [empty] = (await call("POST", "/alert-rules/check", { ...rule, condition: "" })).data.problems as Json[];
  assert.match(JSON.stringify(empty?.message), /[\u4e00-\u9fff]/);
  for (const name of ["a\0b", "half \ud83e"])
    assert.equal((await call("POST", "/alert-rules", { ...rule, name: { zh: name, en: "x" } })).status, 400);
  assert.equal((await call("POST", "/alert-rules", { ...rule, labels: { "a\0": "b" } })).status, 400);
  const silence = (matcher: Json) =>
    call("POST", "/alerts/silences", { matcher, reason: "x", ends_at: new Date(Date.now() + 60_000).toISOString() });
  for (const matcher of [{}, { labels: {} }, { rule: "odd", site_id: "1" }])
    assert.equal((await silence(matcher)).status, 400, JSON.stringify(matcher));
  for (const host of ["stratum+tcp://f2pool.com:3333", "f2pool.com:3333", "a b"])
    assert.equal((await call("PATCH", "/alerts/sites/1", { pool_hosts: [host] })).status, 400, host);
});

test("a rule with a wrong field is refused with the nearest right one; one that could take long is refused", async () => {
  const rule = {
    rule_id: "hot",
    name: { zh: "热", en: "Hot" },
    target: "miner",
    condition: "temperature_mx > 80",
    level: "warning",
    title: { zh: "{miner_id} 热", en: "{miner_id} is hot" },
  };
  const refused = await call("POST", "/alert-rules", rule);
  assert.deepEqual([refused.status, refused.code, refused.path], [400, "RULE_INVALID", "condition"]);
  const check = (await call("POST", "/alert-rules/check", rule)).data;
  assert.deepEqual(
    [check.ok, (check.problems as Json[]).map(({ path, from, to, nearest }) => [path, from, to, nearest])],
    [false, [["condition", 0, 14, "temperature_max"]]],
  );
  for (const condition of ['miner_id.matches("(a+)+b")', "[1].exists(a, [2].exists(b, a == b))", "hashrate_ghs"])
    assert.equal((await call("POST", "/alert-rules", { ...rule, condition })).status, 400, condition);
  assert.equal((await call("POST", "/alert-rules", { ...rule, condition: "temperature_max > 80" })).status, 200);
  assert.equal(
    (await call("POST", "/alert-rules", { ...rule, condition: "temperature_max > 80" })).code,
    "RULE_EXISTS",
  );
  const changed = await call("PATCH", "/alert-rules/miner-offline", { for_s: 600 });
  assert.deepEqual([changed.data.for_s, changed.data.changed, changed.data.updated_by], [600, true, "admin"]);
  await call("DELETE", "/alert-rules/miner-offline");
  const again = await call("GET", "/alert-rules/miner-offline");
  assert.deepEqual([again.data.for_s, again.data.changed], [180, false], "a rule of the pack is as it ships");
  const { targets } = (await call("GET", "/alert-rules/fields")).data as { targets: Json[] };
  assert.equal(targets.length, 9);
  await call("DELETE", "/alert-rules/hot");
});

test("a channel's secrets are written, never read, and kept when only the rest is changed", async () => {
  const secret = "123456:very-secret-token";
  const made = await call("POST", "/alerts/channels", {
    name: "night",
    type: "telegram",
    settings: { token: secret, chat_id: "-100", api_base: "http://127.0.0.1:9" },
    levels: ["urgent"],
  });
  assert.deepEqual([made.status, made.data.secrets], [200, ["token"]]);
  const changed = await call("PATCH", "/alerts/channels/night", { settings: { chat_id: "-200" } });
  assert.deepEqual(changed.data.settings, { chat_id: "-200", api_base: "http://127.0.0.1:9" });
  assert.doesNotMatch(JSON.stringify(await call("GET", "/alerts/channels")), /very-secret/);
  const wrong = await call("POST", "/alerts/channels", { name: "x", type: "telegram", settings: { token: "no" } });
  assert.equal(wrong.code, "CHANNEL_INVALID");
  const preview = await call("POST", "/alerts/channels/preview", {
    type: "tencent-sms",
    title: { zh: "矿机离线", en: "Miner offline" },
    text: { zh: "一二三四五六七八九十一二三四五六", en: "somewhere" },
  });
  assert.deepEqual([preview.data.max_length, preview.data.cut], [12, true]);
});

test("silences, maintenance windows, on-call orders and escalations refuse what makes no sense", async () => {
  const forever = await call("POST", "/alerts/silences", { matcher: { site_id: "1" }, reason: "r", ends_at: null });
  assert.deepEqual([forever.status, forever.path], [400, "ends_at"]);
  const everything = await call("POST", "/alerts/silences", {
    matcher: {},
    reason: "r",
    ends_at: "2099-01-01T00:00:00Z",
  });
  assert.equal(everything.status, 400);
  const made = await call("POST", "/alerts/silences", {
    matcher: { site_id: "1" },
    reason: "new switch",
    ends_at: "2099-01-01T00:00:00Z",
  });
  assert.deepEqual([made.data.state, made.data.matches, made.data.created_by], ["active", 1, "admin"]);
  const ended = await call("DELETE", `/alerts/silences/${made.data.silence_id}`);
  assert.equal(ended.data.state, "ended");

  const order = {
    name: "night shift",
    time_zone: "Asia/Shanghai",
    people: [{ name: "李", channels: ["night"] }],
    starts_at: "2026-01-05T00:00:00Z",
  };
  assert.equal((await call("POST", "/alerts/on-call", order)).data.now, "李");
  const nowhere = { ...order, people: [{ name: "王", channels: ["nowhere"] }] };
  assert.equal((await call("POST", "/alerts/on-call", nowhere)).code, "NO_SUCH_CHANNEL");
  const escalation = { name: "urgent ones", levels: ["urgent"], steps: [{ after_s: 300, on_call: "night shift" }] };
  assert.equal((await call("POST", "/alerts/escalations", escalation)).status, 200);
  assert.equal((await call("DELETE", "/alerts/on-call/night%20shift")).code, "IN_USE");
});

test("a dry-run tells when a rule would have fired over stored readings, and a check how it stands and reads now", async () => {
  const at = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
  const reading = (minutes: number, temperature_max: number) =>
    server.call("POST", "/api/collector/upload", {
      key,
      body: [{ miner_id: "d1", online: true, temperature_max, collected_at: at(minutes) }],
    });
  for (const [minutes, degrees] of [
    [60, 70],
    [50, 95],
    [45, 96],
    [40, 60],
    [20, 97],
    [2, 99],
  ] as const)
    await reading(minutes, degrees);
  const rule = {
    name: { zh: "热", en: "Hot" },
    target: "miner",
    condition: "temperature_max > 90",
    for_s: 240,
    level: "warning",
    title: { zh: "{miner_id} 热 {temperature_max}", en: "{miner_id} hot {temperature_max}" },
  };
  const run = (await call("POST", "/alert-rules/dry-run", { rule, days: 1, site_id: "1" })).data;
  assert.deepEqual([run.fired, run.readings, run.targets, run.cut_short], [2, 6, 1, false]);
  assert.deepEqual(
    (run.firings as Json[]).map(({ resolved_at }) => resolved_at === null),
    [true, false],
  );
  const check = (await call("POST", "/alert-rules/check", rule)).data;
  assert.deepEqual([check.ok, check.now], [true, { holds: 1, unknown: 0, total: 1 }]);
  assert.equal(((check.preview as Json).title as Json).en, "d1 hot 99");
  const boards = { ...rule, condition: "boards_dead > 0" };
  assert.deepEqual((await call("POST", "/alert-rules/dry-run", { rule: boards, days: 1 })).data.not_kept, [
    "boards_dead",
  ]);
});
