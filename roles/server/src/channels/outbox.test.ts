import assert from "node:assert/strict";
import { test } from "node:test";
import { createLog } from "@banksman/kit";
import type { Message } from "@banksman/notify";
import { startPostgres, tempFolder } from "@banksman/testkit";
import { openDatabase } from "../db/connect.ts";
import { migrate } from "../db/migrations.ts";
import { createOutbox, type Outcome } from "./outbox.ts";

const SENT: Outcome = { state: "sent", error: null, waitS: 0 };
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
  const { deliveries } = await one.list({ page: 1, per_page: 10 });
  assert.deepEqual(
    deliveries.map(({ state }) => state),
    ["waiting", "sent"],
  );
});
