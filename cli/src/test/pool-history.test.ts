import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { prepareDatabase } from "@banksman/server/prepared-database";
import { freePort, run, runToEnd, startKafkaMock, tempFolder, waitFor } from "@banksman/testkit";

const MAIN = fileURLToPath(new URL("../main.ts", import.meta.url));
const PASSWORD = "a-long-test-password";
const HASHES = 2 ** 32;

type Json = Record<string, unknown>;

/** Calls the API; the reply's data, and the cookie that came with it. */
async function call(url: string, path: string, { cookie = "", body }: { cookie?: string; body?: object } = {}) {
  const response = await fetch(url + path, {
    method: body ? "POST" : "GET",
    headers: { cookie, ...(body && { "content-type": "application/json" }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  const { data } = (await response.json()) as { data: Json };
  return { status: response.status, data, cookie: response.headers.getSetCookie()[0]?.split(";")[0] ?? "" };
}

test("shares go from Kafka through pool-stats to the server: live figures, and history by the minute", async () => {
  await using folder = await tempFolder();
  await using kafka = await startKafkaMock();
  const statsPort = await freePort();
  const environment = {
    ...process.env,
    PORT: "0",
    DATA_DIR: join(folder.path, "data"),
    ADMIN_PASSWORD: PASSWORD,
    POOL_STATS_URL: `http://127.0.0.1:${statsPort}`,
    LOG_LEVEL: "warn",
  };
  await prepareDatabase(environment.DATA_DIR);
  await using server = run(process.execPath, [MAIN, "server"], { env: environment, cwd: folder.path });
  const [, url = ""] = await server.output(/Banksman is at (\S+)/);
  const { cookie } = await call(url, "/api/session", { body: { username: "admin", password: PASSWORD } });
  await call(url, "/api/sites", { cookie, body: { site_id: "1", name: "One" } });
  const made = await call(url, "/api/sites/1/collector-keys", { cookie, body: { name: "pool" } });
  const before = await call(url, "/api/pool-stats/v1/pool", { cookie });
  assert.equal(before.status, 503, "no pool-stats answers yet");

  const log = ["--brokers", kafka.brokers, "--workers", "50", "--users", "5", "--rate", "20", "--rejects", "5%"];
  await runToEnd(process.execPath, [MAIN, "sim", "shares", ...log, "--back", "10", "--count", "1", "--no-events"]);
  const file = join(folder.path, "statshttpd.cfg");
  await writeFile(
    file,
    `kafka = { brokers = "${kafka.brokers}"; };
     statshttpd = { ip = "127.0.0.1"; port = ${statsPort}; use_mysql = false; update_worker_name = false; };
     server = { url = "${url}"; api_key = "${made.data.collector_key}"; pool = "main"; };`,
  );
  await using stats = run(process.execPath, [MAIN, "pool-stats", "-c", file]);
  await stats.output(/figures are complete/, 30_000);

  const live = await call(url, "/api/pool-stats/v1/pool", { cookie });
  assert.deepEqual([live.status, live.data.workers, live.data.users], [200, 50, 5]);
  const windows = live.data.windows as Json[];
  const hour = Number(windows.find(({ window }) => window === "1h")?.accepted);

  const history = async () => {
    const { data } = await call(url, "/api/pool-stats/history?site_id=1&pool=main&hours=1", { cookie });
    const points = data.points as { hashrate_hs: number | null; reject_share: number | null }[];
    return points.filter(({ hashrate_hs }) => hashrate_hs !== null);
  };
  const points = await waitFor(
    "minutes at the server",
    async () => {
      const found = await history();
      return found.length >= 8 ? found : null;
    },
    { withinMs: 40_000, everyMs: 250 },
  );
  assert.ok(points.length <= 10, "the minute in which reading began is left out");
  const sum = points.reduce((all, { hashrate_hs }) => all + ((hashrate_hs ?? 0) * 60) / HASHES, 0);
  assert.ok(sum > hour * 0.7 && sum <= hour, `${sum} of ${hour}`);
  assert.ok(points.every(({ reject_share: share }) => share !== null && share < 0.2));
  const { data } = await call(url, "/api/pool-stats/pools", { cookie });
  assert.deepEqual(
    (data.pools as Json[]).map(({ site_id, pool }) => [site_id, pool]),
    [["1", "main"]],
  );
});
