import assert from "node:assert/strict";
import { test } from "node:test";
import { createLog, systemClock, VirtualClock } from "@banksman/kit";
import type { Message } from "@banksman/notify";
import { startPostgres, startRedis, tempFolder } from "@banksman/testkit";
import { Redis } from "ioredis";
import { openDatabase } from "../db/connect.ts";
import { migrate } from "../db/migrations.ts";
import { createDelivery } from "./delivery.ts";
import { createOutbox, type Outcome } from "./outbox.ts";
import { redisPriority } from "./priority.ts";
import type { ChannelService } from "./service.ts";

const SENT: Outcome = { state: "sent", error: null, waitS: 0, isTry: true };
const message = (title: string, level: Message["level"] = "warning"): Message => ({ title, text: "", level });

/** Two servers' outboxes on one database. */
async function twoServers() {
  const [postgres, folder] = await Promise.all([startPostgres(), tempFolder()]);
  const log = createLog("test", "silent");
  const open = () => openDatabase(postgres.url, folder.path, log);
  const [one, other] = [await open(), await open()];
  await migrate(one.pool, log);
  const outboxOf = ({ db, pool }: typeof one) => {
    const outbox = createOutbox(db, pool);
    const put = (channels: readonly string[], told: Message, dedup: string) =>
      db.transaction().execute(async (tx) => {
        await outbox.makeRoom(tx, dedup);
        const parcels = channels.map((channel) => ({ channel, message: told, dedup, alertIds: [] }));
        return (await outbox.put(tx, parcels)) > 0;
      });
    return { ...outbox, put };
  };
  return {
    one: outboxOf(one),
    other: outboxOf(other),
    query: (text: string) => one.pool.query(text),
    [Symbol.asyncDispose]: async () => {
      await Promise.all([one.close(), other.close()]);
      await postgres[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

test("two servers send each message once, the urgent first; one killed while it sends leaves it to the other", async () => {
  await using all = await twoServers();
  const { one, other, query } = all;
  const told = await Promise.all([one, other].map((store) => store.put(["ops", "mail"], message("A"), "a")));
  assert.deepEqual(told.toSorted(), [false, true], "the same webhook at both servers is one message a channel");
  await other.put(["ops"], message("B", "urgent"), "b");

  const sent: string[] = [];
  const drain = async (store: typeof one) => {
    while (
      await store.sendNext(async ({ channel, message: { title } }) => {
        sent.push(`${title} ${channel}`);
        return SENT;
      })
    );
  };
  await Promise.all([drain(one), drain(other)]);
  assert.deepEqual(sent.toSorted(), ["A mail", "A ops", "B ops"]);
  assert.ok(sent.indexOf("B ops") < 2, "the urgent one is among the first of two servers");

  await one.put(["ops"], message("C"), "c");
  const killed = one.sendNext(async () => {
    await query("select pg_terminate_backend(pid) from pg_stat_activity where state = 'idle in transaction'");
    return SENT;
  });
  await assert.rejects(killed);
  await drain(other);
  assert.equal(sent.at(-1), "C ops", "sent again rather than lost");
});

test("the same webhook makes a reminder only when the one before has left half an hour ago", async () => {
  await using all = await twoServers();
  const { one, query } = all;
  const take = () => one.put(["ops"], message("A"), "a");
  const age = () => query("update deliveries set created_at = created_at - interval '31 minutes'");
  assert.equal(await take(), true);
  await age();
  assert.equal(await take(), false, "the first still waits");
  assert.equal(await one.sendNext(async () => SENT), true);
  assert.equal(await take(), true);
  assert.equal(await take(), false);
  const { deliveries } = await one.list({ page: 1, per_page: 10 }, "all");
  assert.deepEqual(
    deliveries.map(({ state }) => state),
    ["waiting", "sent"],
  );
});

test("with Redis, messages leave in the order of banksman:alerts:priority, whichever server takes them", async () => {
  await using all = await twoServers();
  await using redis = await startRedis();
  const { one, other } = all;
  const levels = ["info", "urgent", "warning", "severe", "urgent"] as const;
  for (const [n, level] of levels.entries()) await one.put([`c${n}`], message(`${level} ${n}`, level), `m${n}`);
  const sent: string[] = [];
  const service = (outbox: typeof one, own: string[]) => {
    const send = async ({ title }: Message) => {
      own.push(title);
      return { id: sent.push(title) };
    };
    const sender = { send };
    const opened = { kind: { per_minute: 100 }, sender } as unknown as Awaited<ReturnType<ChannelService["find"]>>;
    const priority = redisPriority(redis.url, createLog("test", "silent"));
    const parts = {
      outbox,
      channels: { find: async () => opened },
      filesOf: async () => [],
      priority,
      clock: systemClock,
    };
    return createDelivery({ ...parts, log: createLog("test", "silent") });
  };
  const byA: string[] = [];
  const byB: string[] = [];
  const [a, b] = [service(one, byA), service(other, byB)];
  const set = new Redis(redis.url);
  await Promise.all([a.drain(), b.drain()]);
  assert.deepEqual(sent.toSorted(), levels.map((level, n) => `${level} ${n}`).toSorted(), "each once");
  // One server may be slower than the other, but none sends what is less urgent before what it takes later.
  const order = ["urgent 1", "urgent 4", "severe 3", "warning 2", "info 0"];
  for (const own of [byA, byB])
    assert.deepEqual(
      own,
      order.filter((title) => own.includes(title)),
    );
  assert.equal(await set.zcard("banksman:alerts:priority"), 0);
  set.disconnect();

  await redis.kill();
  for (const [n, level] of levels.entries()) await one.put([`c${n}`], message(`${level} ${n}`, level), `lost${n}`);
  await a.drain();
  assert.deepEqual(sent.slice(levels.length), order, "without Redis in the table's order");
  await redis.startAgain();
  for (const [n, level] of levels.entries()) await one.put([`c${n}`], message(`${level} ${n}`, level), `back${n}`);
  await b.drain();
  assert.deepEqual(sent.slice(2 * levels.length), order, "and with it again");
  await Promise.all([a.start()(), b.start()()]);
});

test("what waits for one channel leaves as one digest, but the urgent ones each by itself", async () => {
  await using all = await twoServers();
  const { one } = all;
  for (let n = 0; n < 6; n++) await one.put(["ops"], message(`W${n}`), `w${n}`);
  for (let n = 0; n < 2; n++) await one.put(["ops"], message(`U${n}`, "urgent"), `u${n}`);
  const sent: Message[] = [];
  while (
    await one.sendNext(async ({ message: told }) => {
      sent.push(told);
      return SENT;
    })
  );
  assert.deepEqual(
    sent.map(({ title }) => title),
    ["U0", "U1", "W0 (+5)"],
  );
  assert.equal(sent[2]?.text.split("\n").length, 6);
  const { deliveries } = await one.list({ page: 1, per_page: 10, state: "merged" }, "all");
  assert.equal(deliveries.length, 5);
});

test("a channel's own limit holds messages back, and they leave when it takes them", async () => {
  await using all = await twoServers();
  const { one } = all;
  const clock = new VirtualClock();
  const sent: string[] = [];
  const sender = { send: async ({ title }: Message) => ({ id: sent.push(title) }) };
  const opened = { kind: { per_minute: 2 }, sender } as unknown as Awaited<ReturnType<ChannelService["find"]>>;
  const parts = { outbox: one, channels: { find: async () => opened }, filesOf: async () => [], priority: null, clock };
  const delivery = createDelivery({ ...parts, log: createLog("test", "silent") });
  for (let n = 0; n < 3; n++) await one.put(["ops"], message(`U${n}`, "urgent"), `u${n}`);
  await delivery.drain();
  assert.deepEqual(sent, ["U0", "U1"]);
  const [held] = (await one.list({ page: 1, per_page: 1, state: "waiting" }, "all")).deliveries;
  assert.deepEqual([held?.tries, held?.error], [0, "2 a minute"]);
  await clock.advance(61_000);
  await all.query("update deliveries set next_at = now() where state = 'waiting'");
  await delivery.drain();
  assert.deepEqual(sent, ["U0", "U1", "U2"]);
});
