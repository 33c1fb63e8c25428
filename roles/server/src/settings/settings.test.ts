import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startPostgres, waitFor } from "@banksman/testkit";
import { ListedAuditRow, Setting } from "@banksman/wire/api";
import pg from "pg";
import { z } from "zod";
import { siteWithKey, startTestServer, type TestServer } from "../test/test-server.ts";
import { CONFIG_KEYS, effectiveConfig, NOTHING_GIVEN, SETTING_KEYS } from "./effective.ts";

let postgres: Awaited<ReturnType<typeof startPostgres>>;
let servers: TestServer[];
let pool: pg.Pool;
let cookie: string;
let key: string;

before(async () => {
  postgres = await startPostgres();
  const settings = {
    database_url: postgres.url,
    secret_key: "a-secret-key-that-both-servers-share",
    retention: { hourly_days: 30 },
  };
  servers = [await startTestServer(settings), await startTestServer(settings)];
  pool = new pg.Pool({ connectionString: postgres.url });
  ({ cookie, key } = await siteWithKey(servers[0] ?? assert.fail(), "1"));
});
after(async () => {
  for (const server of servers) await server[Symbol.asyncDispose]();
  await pool.end();
  await postgres[Symbol.asyncDispose]();
});

const Settings = z.object({ data: z.object({ settings: z.array(Setting) }) });
const call = (method: string, path: string, body?: unknown, at = 0) =>
  servers[at]?.call(method, `/api${path}`, { cookie, ...(body === undefined ? {} : { body }) }) ?? assert.fail();
const setting = async (name: string, at = 0): Promise<Setting> => {
  const { data } = Settings.parse((await call("GET", "/settings", undefined, at)).body);
  return data.settings.find((one) => one.key === name) ?? assert.fail(name);
};
const change = (changes: Record<string, unknown>, more = {}) => call("PATCH", "/settings", { changes, ...more });

test("every setting is a key of the configuration, and what the page shows is the configuration's own schema", async () => {
  for (const name of SETTING_KEYS) assert.ok(CONFIG_KEYS.has(name), name);
  const watermark = await setting("retention.disk_watermark");
  assert.deepEqual([watermark.value, watermark.default, watermark.source], [0.9, 0.9, "default"]);
  assert.deepEqual([watermark.schema.minimum, watermark.schema.maximum], [0.5, 0.99]);
  assert.match(watermark.description, /Share of the disk/);
});

test("each value says who said it, and secrets are not told", async () => {
  const file = await setting("retention.hourly_days");
  assert.deepEqual([file.value, file.source, file.said_by, file.is_editable], [30, "file", "banksman.yaml", false]);
  assert.equal((await setting("admin_password")).value, "(hidden)");
  assert.equal((await setting("secret_key")).value, "(hidden)");
  assert.equal((await setting("port")).is_editable, false);
  const given = { raw: { tariff: { price: "0.07" } }, environment: { "tariff.price": "POWER_PRICE" }, file: null };
  assert.equal(effectiveConfig(given, new Map([["tariff.price", 0.09]])).tariff.price, 0.07);
  assert.equal(effectiveConfig(NOTHING_GIVEN, new Map([["tariff.price", 0.09]])).tariff.price, 0.09);
});

test("a change holds at once, at the other server within seconds, and is told in the audit trail", async () => {
  const { status, body } = await change(
    { "intervals.stale_sweeps": 5, "display.language": "zh" },
    { reason: "thin link" },
  );
  assert.equal(status, 200, JSON.stringify(body));
  const own = await setting("intervals.stale_sweeps");
  assert.deepEqual([own.value, own.source, own.updated_by], [5, "page", "admin"]);
  await waitFor("the other server", async () => (await setting("intervals.stale_sweeps", 1)).value === 5);
  const { body: display } = await call("GET", "/settings/display", undefined, 1);
  assert.equal(z.object({ data: z.looseObject({ language: z.string() }) }).parse(display).data.language, "zh");
  const { body: audit } = await call("GET", "/audit?action=settings.update");
  const { data } = z.object({ data: z.object({ rows: z.array(ListedAuditRow) }) }).parse(audit);
  const [row] = data.rows;
  assert.deepEqual(row?.before, { "display.language": "browser", "intervals.stale_sweeps": 3 });
  assert.deepEqual(row?.after, { "display.language": "zh", "intervals.stale_sweeps": 5 });
  assert.deepEqual([row?.reason, row?.result], ["thin link", "done"]);
  await change({ "intervals.stale_sweeps": null });
  assert.deepEqual([(await setting("intervals.stale_sweeps")).source], ["default"]);
});

test("all of a change or none of it: what is unknown, fixed by the file or not allowed is refused with its key", async () => {
  const refusals: [Record<string, unknown>, number, string][] = [
    [{ "display.language": "en", "retention.raw_days": 0 }, 400, "INVALID_INPUT"],
    [{ "display.language": "en", port: 1 }, 400, "NOT_A_SETTING"],
    [{ "display.language": "en", nonsense: 1 }, 400, "NOT_A_SETTING"],
    [{ "display.language": "en", "retention.hourly_days": 9 }, 409, "SETTING_FIXED"],
    [{ "display.language": "en", "display.time_zone": "Mars/Olympus" }, 400, "INVALID_INPUT"],
  ];
  for (const [changes, status, code] of refusals) {
    const reply = await change(changes);
    assert.deepEqual([reply.status, reply.body.code], [status, code]);
    assert.match(String(reply.body.path), /^changes\./);
  }
  assert.equal((await setting("display.language")).value, "zh");
});

test("a refusal says what is allowed; what is kept is kept for whole days, at most ten years", async () => {
  const allowed: Record<string, string> = {
    "retention.raw_days": "a whole number of days, 1 to 3650",
    "retention.cooling_days": "a whole number of days, 1 to 3650",
    "retention.report_days": "a whole number of days, 1 to 3650",
    "retention.daily_days": "a whole number of days, 1 to 3650",
    "retention.disk_watermark": "a share of the disk, 0.5 to 0.99",
    "intervals.stale_sweeps": "a whole number of sweeps, 2 to 100",
    "tariff.price": "USD a kWh, 0 to 10",
    "tariff.overhead": "a factor, 1 to 5",
  };
  for (const [name, words] of Object.entries(allowed))
    for (const value of [999_999_999, "much", 0.001]) {
      if (name === "tariff.price" && value === 0.001) continue;
      const { status, body } = await change({ [name]: value });
      assert.deepEqual([status, body.detail], [400, `${name}: ${words}`], `${value}`);
    }
  assert.equal((await change({ "retention.cooling_days": 2.5 })).status, 400);
  assert.equal((await change({ "retention.cooling_days": 3_650 })).status, 200);
  await change({ "retention.cooling_days": null });
});

test("what is set holds where it is meant: new sites, channels, power prices, silent miners", async () => {
  await change({
    "display.time_zone": "Asia/Shanghai",
    "channel_defaults.levels": ["urgent"],
    "channel_defaults.language": "en",
    "tariff.price": 0.06,
    "intervals.stale_sweeps": 2,
    "intervals.default_sweep_seconds": 5,
  });
  const { body: site } = await call("POST", "/sites", { site_id: "2", name: "two" });
  assert.equal((site.data as { time_zone: string }).time_zone, "Asia/Shanghai");
  const { body: channel } = await call("POST", "/alerts/channels", {
    name: "hook",
    type: "webhook",
    settings: { url: "https://example.com/hook" },
  });
  const { levels, language } = channel.data as { levels: string[]; language: string };
  assert.deepEqual([levels, language], [["urgent"], "en"]);
  const { body: profit } = await call("GET", "/market/profitability?site_id=2");
  const tariffs = z
    .object({ data: z.looseObject({ sites: z.array(z.looseObject({ tariff: z.unknown() })) }) })
    .parse(profit);
  assert.deepEqual(tariffs.data.sites[0]?.tariff, { price: 0.06, bands: [], overhead: 1 });
  await servers[0]?.call("POST", "/api/collector/upload", { key, body: [{ miner_id: "m", online: true }] });
  await pool.query("update latest set received_at = now() - interval '11 seconds'");
  await waitFor("the miner to be stale", async () => {
    const { body } = await call("GET", "/collector/monitor/sites/1/miners/latest");
    return JSON.stringify(body).includes('"stale"');
  });
});

test("a value that a newer release would refuse is as not set", async () => {
  await pool.query(
    `insert into settings (key, value, updated_by) values ('retention.raw_days', '"never"', 'x'), ('gone', '1', 'x')`,
  );
  await waitFor("it to be read", async () => (await setting("retention.raw_days")).source === "default");
});
