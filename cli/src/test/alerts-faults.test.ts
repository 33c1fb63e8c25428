import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { serveHttp } from "@banksman/replay";
import { freePort, type Running, startPostgres, startRedis, tempFolder, waitFor } from "@banksman/testkit";
import { banksman, makeKey, PASSWORD } from "./site.ts";

const SECRET = "a-secret-that-both-servers-share-0123";

/** Two servers on one database and one Redis, and a channel that counts what it is told. */
async function twoServers() {
  const [postgres, redis, folder] = await Promise.all([startPostgres(), startRedis(), tempFolder()]);
  const told: string[] = [];
  const service = await serveHttp(({ body }) => {
    told.push((JSON.parse(body) as { text: string }).text);
    return {};
  });
  const config = join(folder.path, "banksman.json");
  const channels = [{ name: "ops", type: "webhook", url: `${service.url}/`, language: "en" }];
  await writeFile(config, JSON.stringify({ channels, egress: { allow: ["127.0.0.0/8"] } }));
  const start = async (name: string): Promise<{ url: string; process: Running }> => {
    const port = await freePort();
    const server = banksman(["server", "--config", config], {
      PORT: String(port),
      DATA_DIR: join(folder.path, name),
      DATABASE_URL: postgres.url,
      REDIS_URL: redis.url,
      SECRET_KEY: SECRET,
      ADMIN_PASSWORD: PASSWORD,
    });
    await server.output(/Banksman is at/);
    return { url: `http://127.0.0.1:${port}`, process: server };
  };
  return {
    start,
    told,
    times: (miner: string) => told.filter((text) => new RegExp(`● ${miner} burns`).test(text)).length,
    [Symbol.asyncDispose]: async () => {
      for (const part of [service, redis, postgres, folder]) await part[Symbol.asyncDispose]();
    },
  };
}

test("two servers, one of them killed with -9 again and again: each alert is told, none more than its channel allows", async () => {
  await using all = await twoServers();
  let [a, b] = [await all.start("a"), await all.start("b")];
  const key = await makeKey(a.url);
  const session = await fetch(`${a.url}/api/session`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ username: "admin", password: PASSWORD }),
  });
  const cookie = session.headers.getSetCookie()[0]?.split(";")[0] ?? "";
  const burns = {
    rule_id: "burns",
    name: { zh: "烧", en: "Burns" },
    target: "miner",
    condition: "temperature_max > 120",
    level: "urgent",
    title: { zh: "{miner_id} 烧", en: "{miner_id} burns" },
  };
  const made = await fetch(`${a.url}/api/alert-rules`, {
    method: "POST",
    headers: { "content-type": "application/json", cookie },
    body: JSON.stringify(burns),
  });
  assert.equal(made.status, 200);
  const upload = (url: string, ids: string[]) =>
    fetch(`${url}/api/collector/upload`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-collector-key": key },
      body: JSON.stringify(ids.map((miner_id) => ({ miner_id, online: true, temperature_max: 130 }))),
    });
  const burning: string[] = [];
  const burn = async (url: string, id: string) => {
    burning.push(id);
    assert.equal((await upload(url, burning)).status, 200);
  };
  await waitFor("the rule to be taken up", async () => {
    await upload(b.url, ["m-first"]);
    return all.times("m-first") > 0;
  });
  for (let round = 0; round < 3; round++) {
    await burn(a.url, `m-${round}-a`);
    // Between what changed and what was sent, as often as chance has it.
    await a.process.stop("SIGKILL");
    await burn(b.url, `m-${round}-b`);
    const again = await all.start(`r${round}`);
    [a, b] = [b, again];
  }
  await upload(a.url, burning);
  await waitFor("all to be told", () => burning.every((id) => all.times(id) > 0), { withinMs: 30_000 });
  const often = burning.filter((id) => all.times(id) > 2);
  assert.deepEqual(often, [], "at least once, and once more only where a kill fell between sending and noting");
  const doubled = burning.filter((id) => all.times(id) === 2);
  assert.ok(doubled.length <= 3, `a kill doubles one message at most: ${doubled.join(", ")}`);
  await Promise.all([a.process.stop(), b.process.stop()]);
});
