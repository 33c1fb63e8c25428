import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type TestContext, test } from "node:test";
import { type HttpAnswer, type HttpCall, serveHttp } from "@banksman/replay";
import { tempFolder, waitFor } from "@banksman/testkit";
import { PoolAccountReadings } from "@banksman/wire/ingest";
import { stringify } from "yaml";
import { banksman } from "./site.ts";

type Json = Record<string, unknown>;
const iso = (secondsAgo: number) => new Date(Date.now() - secondsAgo * 1_000).toISOString().replace(/\.\d+/, "");
/** F2Pool's answer for workers with these ages of their last share. */
const account = (ages: Record<string, number>, hashrate = 4e13): Json => ({
  hashrate,
  worker_length: 99,
  workers: Object.entries(ages).map(([name, age]) => [name, 1e9, 0, 0, 0, 0, iso(age), false]),
});

/** A pool, a Telegram and a configuration that names both; what each answers can be changed. */
async function scene(t: TestContext, settings: Json = {}, telegram: Json = {}) {
  const folder = await tempFolder();
  const now = {
    pool: (): HttpAnswer => ({ body: account({ a: 30 }) }),
    telegram: (_call: HttpCall): HttpAnswer | null => null,
  };
  let ids = 100;
  const pool = await serveHttp(() => now.pool());
  const bot = await serveHttp(
    (call) =>
      now.telegram(call) ?? {
        body: { ok: true, result: call.path.endsWith("/sendMessage") ? { message_id: ++ids } : true },
      },
  );
  t.after(async () => {
    await pool[Symbol.asyncDispose]();
    await bot[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });
  const config = join(folder.path, "pool-watch.yml");
  const logFile = join(folder.path, "push", "log");
  await writeFile(
    config,
    stringify({
      accounts: [{ pool: "f2pool-v1", coin: "eth", account: "me", api_base: pool.url }],
      log_file: logFile,
      state: join(folder.path, "state.db"),
      request_timeout_s: 0.5,
      telegram: { api_base: bot.url, token: "123:secret-token", chat_id: -1001234567890, ...telegram },
      ...settings,
    }),
  );
  const once = async () => {
    const run = banksman(["pool-watch", "--config", config, "--once"], { LOG_LEVEL: "" });
    const code = await run.exited;
    return { code, stdout: run.stdout(), stderr: run.stderr() };
  };
  /** Methods called so far, with what stands out of each call. */
  const said = () =>
    bot.calls.map(({ path, body }) => {
      const { text, message_id } = JSON.parse(body);
      return [path.split("/").at(-1), text ?? message_id];
    });
  return { folder: folder.path, config, now, pool, bot, logFile, once, said };
}

test("all is well: the time and the sentence on the terminal, an entry in the log, nothing on Telegram", async (t) => {
  const { once, logFile, said } = await scene(t);
  const { code, stdout } = await once();
  assert.equal(code, 0, stdout);
  assert.match(stdout, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d 我安澜,从不掉线$/m);
  const entry = await readFile(logFile, "utf8");
  assert.match(
    entry,
    /^现在是UTC时间: [\d: -]+ 不得了了,矿机掉线了!\r\n目前掉线0台,掉线设备ID为:\r\n无\r\n所有矿机总算力为40000000\.0MH\/s \n-{103}\n$/,
  );
  const minute = new Date().toISOString().slice(0, 15).replace("T", " ");
  assert.ok(entry.includes(minute), "the log's time is UTC");
  assert.deepEqual(said(), []);
});

test("an offline worker is said, again at each check, and taken away at the check that finds it back", async (t) => {
  const { once, now, said, bot, logFile } = await scene(t);
  now.pool = () => ({ body: account({ a: 30, b: 754, gone: 30_000 }) });
  assert.equal((await once()).code, 0);
  const text =
    "不得了了,矿机掉线了!\r\n目前掉线1台,掉线设备ID为:\r\n{'b': '已掉线12.0分钟'}\r\n所有矿机总算力为40000000.0MH/s";
  assert.deepEqual(said(), [["sendMessage", text]]);
  assert.equal(JSON.parse(bot.calls[0]?.body ?? "").chat_id, "-1001234567890");
  await once();
  now.pool = () => ({ body: account({ a: 30, b: 20 }) });
  const back = await once();
  assert.match(back.stdout, /我安澜/);
  assert.deepEqual(
    said().map(([method, what]) => (method === "deleteMessage" ? [method, what] : [method])),
    [["sendMessage"], ["sendMessage"], ["deleteMessage", 101], ["deleteMessage", 102]],
  );
  assert.equal((await readFile(logFile, "utf8")).split("-".repeat(103)).length - 1, 3, "one entry a check");
});

test("with on-change one message an incident is edited; on recovery it is changed when that is wanted", async (t) => {
  const { once, now, said } = await scene(t, { repeat: "on-change", profile: "en" }, { on_recovery: "edit" });
  for (const ages of [{ b: 700 }, { b: 720 }, { b: 760, c: 800 }, { b: 10, c: 10 }] as Record<string, number>[]) {
    now.pool = () => ({ body: account(ages) });
    await once();
  }
  assert.deepEqual(
    said().map(([method]) => method),
    ["sendMessage", "editMessageText", "editMessageText", "editMessageText"],
  );
  assert.match(String(said()[2]?.[1]), /^2 offline\nb: offline for 12 min\nc: offline for 13 min\ntotal/);
  assert.match(String(said()[3]?.[1]), /^All workers are back/);
});

test("a message is deleted when its time is over, by whichever run comes next", async (t) => {
  const { once, now, said } = await scene(t, {}, { delete_after_s: 1, on_recovery: "keep" });
  now.pool = () => ({ body: account({ b: 700 }) });
  await once();
  const due = Date.now() + 1_100;
  await waitFor("the message's time to be over", () => Date.now() > due);
  now.pool = () => ({ body: account({ b: 10 }) });
  await once();
  assert.deepEqual(
    said().map(([method]) => method),
    ["sendMessage", "deleteMessage"],
  );
  await once();
  assert.equal(said().length, 2, "deleted once");
});

test("a running watcher deletes in between two checks, and one that is killed leaves it to the next", async (t) => {
  const { now, said, config, folder } = await scene(t, {}, { delete_after_s: 3, on_recovery: "keep" });
  now.pool = () => ({ body: account({ b: 700 }) });
  const first = banksman(["pool-watch", "--config", config, "--interval", "600"]);
  await waitFor("the message", () => said().length === 1);
  await waitFor("its end", () => said().some(([method]) => method === "deleteMessage"), { withinMs: 10_000 });
  const kept = () =>
    Number(
      new DatabaseSync(join(folder, "state.db"), { readOnly: true }).prepare("SELECT count(*) AS n FROM message").get()
        ?.n,
    );
  // Killed before it noted that, it would leave the message to be deleted a second time.
  await waitFor("the deletion to be noted", () => kept() === 0);
  await first.stop("SIGKILL");
  const second = banksman(["pool-watch", "--config", config, "--interval", "600"]);
  await waitFor("the second message", () => said().filter(([method]) => method === "sendMessage").length === 2);
  await waitFor("the message to be noted", () => kept() === 1);
  await second.stop("SIGKILL");
  now.pool = () => ({ body: account({ b: 10 }) });
  const third = banksman(["pool-watch", "--config", config, "--interval", "600"]);
  await waitFor(
    "what the killed one left",
    () => said().filter(([method]) => method === "deleteMessage").length === 2,
    { withinMs: 10_000 },
  );
  await third.stop();
  assert.equal(await third.exited, 0);
});

for (const [name, answer] of [
  ["hangs", { fault: "hang" }],
  ["drips", { body: account({ a: 1 }), dripMs: 50 }],
  ["answers nothing", { body: "" }],
  ["answers nonsense", { body: { error: "busy" } }],
] as [string, HttpAnswer][]) {
  test(`a pool that ${name} ends the check with 1 in time, is logged each time and said after three`, async (t) => {
    const { once, now, said, logFile } = await scene(t);
    now.pool = () => answer;
    for (let check = 1; check <= 3; check++) {
      const began = performance.now();
      assert.equal((await once()).code, 1);
      assert.ok(performance.now() - began < 5_000);
      assert.equal(said().length, check < 3 ? 0 : 1);
    }
    assert.match(String(said()[0]?.[1]), /^不得了了,矿池读不到了!\r\n已连续3次读取失败:/);
    assert.equal((await readFile(logFile, "utf8")).split("-".repeat(103)).length - 1, 3);
    now.pool = () => ({ body: account({ a: 1 }) });
    assert.equal((await once()).code, 0);
    assert.equal(said().at(-1)?.[0], "deleteMessage");
  });
}

test("Telegram asks for patience: the message leaves after it; refuses: exit 1, and it is said at the next check", async (t) => {
  const { once, now, said } = await scene(t, { repeat: "on-change" });
  now.pool = () => ({ body: account({ b: 700 }) });
  let first = true;
  now.telegram = () => {
    if (!first) return null;
    first = false;
    return {
      status: 429,
      body: { ok: false, error_code: 429, description: "Too Many Requests", parameters: { retry_after: 1 } },
    };
  };
  assert.equal((await once()).code, 0);
  assert.deepEqual(
    said().map(([method]) => method),
    ["sendMessage", "sendMessage"],
  );

  const other = await scene(t, { repeat: "on-change" });
  other.now.pool = () => ({ body: account({ b: 700 }) });
  other.now.telegram = () => ({
    status: 403,
    body: { ok: false, error_code: 403, description: "Forbidden: bot was kicked" },
  });
  const refused = await other.once();
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /Telegram refuses: Forbidden: bot was kicked/);
  assert.ok(
    !refused.stderr.includes("secret-token") && !refused.stdout.includes("secret-token"),
    "the token is told nowhere",
  );
  other.now.telegram = () => null;
  assert.equal((await other.once()).code, 0);
  assert.equal(other.said().length, 2);
});

const MISTAKES: [name: string, settings: Json, told: RegExp][] = [
  ["no account", { accounts: [] }, /accounts.*at least one account/],
  ["an unknown pool", { accounts: [{ pool: "f3pool", account: "a" }] }, /accounts.*pool.*f3pool.*f2pool-v1/],
  ["a floor without sense", { hashrate_floor: "fast" }, /hashrate_floor.*30000 MH\/s/],
  [
    "limits the wrong way round",
    { offline_after_s: 600, forget_after_s: 300 },
    /forget_after_s.*above offline_after_s/,
  ],
  ["a token that is none", { telegram: { token: "abc", chat_id: 1 } }, /telegram.token.*bot's token/],
  ["an unknown channel", { channels: [{ type: "pigeon" }] }, /channels\.0.*no channel "pigeon".*telegram/],
  ["an unknown key", { offline_after: 600 }, /offline_after/],
  [
    "an account twice",
    {
      accounts: [
        { pool: "ckpool", account: "a" },
        { pool: "ckpool", account: "a" },
      ],
    },
    /accounts.*listed twice/,
  ],
];
for (const [name, settings, told] of MISTAKES) {
  test(`a configuration with ${name} ends with 2 and names the key`, async (t) => {
    const { once } = await scene(t, settings);
    const { code, stderr } = await once();
    assert.equal(code, 2, stderr);
    assert.match(stderr, told);
  });
}

test("a log that can't be written is refused with the fix", async (t) => {
  const place = await tempFolder();
  t.after(() => place[Symbol.asyncDispose]());
  const blocked = join(place.path, "file");
  await writeFile(blocked, "");
  const { once } = await scene(t, { log_file: join(blocked, "log") });
  const { code, stderr } = await once();
  assert.equal(code, 2);
  assert.match(stderr, /log_file .* can't be written: .*set log_file/);
});

test("a server that is named gets to know each check; without it the watch goes on", async (t) => {
  let status = 200;
  const server = await serveHttp(() => ({ status, body: { success: status === 200, data: { stored: 1 } } }));
  t.after(() => server[Symbol.asyncDispose]());
  const { once, now, said } = await scene(t, { server: { url: server.url, key: "hsc_key", site_id: "north" } });
  assert.equal((await once()).code, 0);
  const [call] = server.calls;
  assert.deepEqual(
    [call?.path, call?.headers["x-collector-key"], call?.headers["x-site-id"]],
    ["/api/collector/pool-accounts", "hsc_key", "north"],
  );
  const told = PoolAccountReadings.parse(JSON.parse(call?.body ?? ""));
  assert.deepEqual(
    told.readings.map(({ pool, account, hashrate_hs, workers }) => [pool, account, hashrate_hs, workers[0]?.name]),
    [["f2pool-v1", "me", 4e13, "a"]],
  );
  now.pool = () => ({ body: "<html>" });
  assert.equal((await once()).code, 1);
  const { failures } = PoolAccountReadings.parse(JSON.parse(server.calls[1]?.body ?? ""));
  assert.match(failures[0]?.reason ?? "", /no JSON/);
  now.pool = () => ({ body: account({ a: 30, b: 754 }) });
  status = 401;
  const refused = await once();
  assert.deepEqual([refused.code, said().at(-1)?.[0]], [0, "sendMessage"]);
  assert.match(refused.stderr, /answers 401/);
  assert.doesNotMatch(refused.stderr, /hsc_key/);
});
