import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startPostgres, startRedis, waitFor } from "@banksman/testkit";
import { GetCommand, GiveCommands } from "@banksman/wire/api";
import { Redis } from "ioredis";
import pg from "pg";
import { DONE, fakeEdge } from "../test/fake-edge.ts";
import { siteWithKey, startTestServer, type TestServer } from "../test/test-server.ts";

/** Two servers on one database and one Redis; an edge is linked to one of them at a time. */
let postgres: Awaited<ReturnType<typeof startPostgres>>;
let redis: Awaited<ReturnType<typeof startRedis>>;
let one: TestServer;
let other: TestServer;
let cookie: string;
let key: string;
const MINERS = ["a", "b", "c", "d", "e", "f"];

before(async () => {
  [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
  // Orders are sealed in the database: servers that share it share the key.
  const settings = {
    database_url: postgres.url,
    redis_url: redis.url,
    secret_key: "the-key-of-both-servers-of-this-test",
  };
  one = await startTestServer(settings);
  other = await startTestServer(settings);
  ({ cookie, key } = await siteWithKey(one, "1"));
  const readings = MINERS.map((miner_id) => ({ miner_id, online: true, hashrate_ghs: 1, driver: "antminer" }));
  await one.call("POST", "/api/collector/upload", { key, body: readings });
});
after(async () => {
  await one[Symbol.asyncDispose]();
  await other[Symbol.asyncDispose]();
  await redis[Symbol.asyncDispose]();
  await postgres[Symbol.asyncDispose]();
});

async function give(server: TestServer, miner: string) {
  const { body } = await server.call("POST", "/api/commands", {
    cookie,
    body: {
      target: { site_id: "1", miner_ids: [miner] },
      order: { order: "locate", on: true },
      reason: "two servers",
    },
  });
  return GiveCommands.reply.parse(body).data.commands[0]?.command_id ?? "";
}
const stateOf = async (id: string) => {
  const { body } = await one.call("GET", `/api/commands/${id}`, { cookie });
  return GetCommand.reply.parse(body).data.state;
};
const reaches = (id: string, state: string) =>
  waitFor(`${id} to be ${state}`, async () => (await stateOf(id)) === state);

describe("with two servers", () => {
  test("an order given at one leaves over the link that the other holds", async () => {
    using edge = await fakeEdge(other.url, key, MINERS);
    const id = await give(one, "a");
    assert.equal((await edge.command()).command_id, id);
    edge.end(id);
    await reaches(id, "succeeded");
  });

  test("what an edge was sent comes again over its next link, to the same record alone", async () => {
    using first = await fakeEdge(one.url, key, MINERS);
    const id = await give(one, "b");
    await first.command();
    first.socket.terminate();
    using stranger = await fakeEdge(other.url, key, MINERS);
    const next = await give(other, "c");
    assert.equal((await stranger.command()).command_id, next);
    assert.equal(stranger.commands().length, 1, "another record of commands is not sent what the first one was");
    stranger.end(next);
    stranger.end(id, DONE);
    await reaches(next, "succeeded");
    assert.equal(await stateOf(id), "sent", "nor can it tell what became of it");
    using back = await fakeEdge(other.url, key, MINERS, { ledgerId: first.ledgerId });
    assert.equal((await back.command()).command_id, id);
    back.end(id);
    await reaches(id, "succeeded");
  });

  test("one that may have left is asked about, not sent again; a link that is elsewhere by now sends nothing", async () => {
    using first = await fakeEdge(one.url, key, MINERS);
    const id = await give(one, "d");
    await first.command();
    first.say({ type: "progress", command_id: id, stage: "executing" });
    await reaches(id, "executing");
    using second = await fakeEdge(other.url, key, MINERS, { ledgerId: first.ledgerId });
    await waitFor("the question", () => second.frames.find((frame) => frame.type === "settle"));
    assert.equal(second.commands().length, 0);
    const before = first.commands().length;
    const next = await give(one, "e");
    await second.command();
    assert.equal(first.commands().length, before);
    for (const one_ of [id, next]) second.end(one_);
    await reaches(next, "succeeded");
  });

  test("the database itself refuses to change an order that was given, or to put two in flight for one device", async () => {
    using edge = await fakeEdge(one.url, key, MINERS);
    const id = await give(one, "a");
    await edge.command();
    const refused = (sql: string) => assert.throws(() => postgres.psql(sql));
    for (const change of [
      "shown = '{}'",
      "sealed_hash = ''",
      "payload_hash = ''",
      "reason = 'another'",
      "policy = null",
    ])
      refused(
        `update orders set ${change} where order_id = (select order_id from commands where command_id = '${id}')`,
      );
    refused(`update commands set miner_id = 'b' where command_id = '${id}'`);
    const next = await give(one, "a");
    refused(`update commands set state = 'sent' where command_id = '${next}'`);
    for (const own of [id, next]) {
      await waitFor("it to be sent", () => edge.commands().some(({ command_id }) => command_id === own));
      edge.end(own);
    }
    await reaches(next, "succeeded");
  });

  test("an edge that is gone before its hello is taken is not linked", async () => {
    using edge = await fakeEdge(one.url, key, MINERS);
    const client = new pg.Client(postgres.url);
    await client.connect();
    await client.query("begin");
    await client.query("lock table links in share row exclusive mode");
    edge.say(edge.hello);
    await waitFor("the hello to wait for the table", () =>
      postgres.psql(
        "select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like '%insert into links%'",
      ),
    );
    edge.socket.terminate();
    assert.equal((await one.call("GET", "/health")).status, 200);
    await client.end();
    const holder = `select coalesce(server_id::text, 'nobody') from links where ledger_id = '${edge.ledgerId}' and generation = 2`;
    await waitFor("nobody to hold it", () => postgres.psql(holder).trim() === "nobody");
  });

  test("devices' commands are listed in Redis, also after Redis was lost", async () => {
    const reader = new Redis(redis.url);
    reader.on("error", () => undefined);
    const listed = () => reader.lrange("banksman:commands:1/f", 0, -1);
    const ids = [await give(one, "f"), await give(other, "f")];
    await waitFor("both to be listed", async () => (await listed()).join() === ids.join());
    await redis.kill();
    ids.push(await give(other, "f"));
    await redis.startAgain();
    await waitFor("all to be listed again", async () => (await listed()).join() === ids.join());
    await reader.rpush("banksman:commands:1/gone", "old");
    await reader.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
    await waitFor("what is gone to be gone", async () => (await reader.exists("banksman:commands:1/gone")) === 0);
    using edge = await fakeEdge(one.url, key, MINERS);
    edge.answer(() => DONE);
    await waitFor("the list to be empty", async () => (await listed()).length === 0);
    reader.disconnect();
  });
});

test("an approved order leaves as it was approved after keys rotate; one whose sealing was exchanged never does", async () => {
  await using own = await startPostgres();
  const [before, after] = ["the-key-before-the-rotation-of-this-test", "the-key-after-the-rotation-of-this-test"];
  const ids: string[] = [];
  let collectorKey = "";
  {
    await using server = await startTestServer({ database_url: own.url, secret_key: before });
    const { cookie: admin, key: given } = await siteWithKey(server, "1");
    collectorKey = given;
    const body = [{ miner_id: "a", online: true, hashrate_ghs: 1, driver: "antminer" }];
    await server.call("POST", "/api/collector/upload", { key: given, body });
    const account = { username: "second", password: "a-second-person-of-this-test", role: "operator" };
    await server.call("POST", "/api/users", { cookie: admin, body: account });
    const second = await server.signIn(account.username, account.password);
    for (const command of ["one", "two"]) {
      const reply = await server.call("POST", "/api/commands", {
        cookie: admin,
        body: { target: { site_id: "1", miner_ids: ["a"] }, order: { order: "raw", command }, reason: "rotation" },
      });
      const { order, commands } = GiveCommands.reply.parse(reply.body).data;
      ids.push(commands[0]?.command_id ?? "");
      const approve = `/api/orders/${order.order_id}/approve`;
      const approved = await server.call("POST", approve, {
        cookie: second,
        body: { payload_hash: order.payload_hash },
      });
      assert.equal(approved.status, 200);
    }
  }
  own.psql("update orders set sealed = (select sealed from orders order by order_id limit 1)");
  const rotated = { database_url: own.url, secret_key: after };
  {
    await using server = await startTestServer({ ...rotated, secret_key_previous: before });
    const reply = await server.call("POST", "/api/keys/secrets/reseal", { cookie: await server.signIn() });
    assert.deepEqual([reply.status, (reply.body.data as { secrets: { older: number } }).secrets.older], [200, 0]);
  }
  await using server = await startTestServer(rotated);
  using edge = await fakeEdge(server.url, collectorKey, ["a"]);
  const { command_id, order } = await edge.command();
  assert.deepEqual([command_id, order], [ids[0], { order: "raw", command: "one" }]);
  edge.end(command_id);
  await waitFor("the exchanged one to be refused", async () => {
    const { body } = await server.call("GET", `/api/commands/${ids[1]}`, { cookie: await server.signIn() });
    return GetCommand.reply.parse(body).data.state === "refused";
  });
  assert.equal(edge.commands().length, 1);
});
