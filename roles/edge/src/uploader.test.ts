import assert from "node:assert/strict";
import { join } from "node:path";
import { suite, test } from "node:test";
import { gzipSync } from "node:zlib";
import { VirtualClock } from "@banksman/kit";
import { Outbox } from "./outbox.ts";
import type { Outcome } from "./outcome.ts";
import { createSend } from "./send.ts";
import { type Batch, openSpool, type Spool } from "./spool.ts";
import type { Room } from "./spool-room.ts";
import { type Answered, fakeServer, quietLog as log, plentyOfRoom, tempDir } from "./test-kit.ts";
import { Uploader } from "./uploader.ts";

const accepted: Outcome = { is: "accepted", duplicate: false, rejected: [] };
const body = gzipSync(JSON.stringify([{ miner_id: "a", online: true }]));
const batch = (batchId: string, collectedAt = 0): Batch => ({ batchId, siteId: "s", collectedAt, readings: 1, body });
const never = new AbortController().signal;

function openAt(dir: string, clock: VirtualClock, room: Room = plentyOfRoom): Spool {
  return openSpool({ path: join(dir, "spool.db"), siteId: "s", maxBytes: 1e9, maxAgeMs: 1e13, clock, log, room });
}

/** An uploader with a scripted server on virtual time, running until `stop`. */
function running(dir: string, answer: (batchId: string, nowMs: number) => Outcome, room?: Room) {
  const clock = new VirtualClock();
  const spool = openAt(dir, clock, room);
  const outbox = new Outbox(spool);
  const sent: { batchId: string; at: number; outcome: Outcome["is"] }[] = [];
  const send = async ({ batchId }: Batch) => {
    const outcome = answer(batchId, clock.monotonic());
    sent.push({ batchId, at: clock.monotonic(), outcome: outcome.is });
    return outcome;
  };
  const uploader = new Uploader({ outbox, spool, send, clock, log });
  const stop = new AbortController();
  const done = uploader.run(stop.signal);
  const end = async () => {
    stop.abort();
    await done;
    outbox.close();
    spool.close();
  };
  return { clock, spool, outbox, uploader, sent, end };
}

suite("over an outage", () => {
  test("an hour without a server: the live sweep goes first, then the backlog in order, nothing lost or twice", async () => {
    using dir = tempDir();
    const hour = 3_600_000;
    const { clock, outbox, spool, sent, end } = running(`${dir}`, (_, now) =>
      now < hour ? { is: "later", reason: "connect ECONNREFUSED", retryAfterMs: null, suspect: false } : accepted,
    );
    const names: string[] = [];
    for (let sweep = 0; sweep < 130; sweep++) {
      names.push(`sweep-${sweep}`);
      outbox.store([batch(`sweep-${sweep}`, clock.now())]);
      await clock.advance(30_000);
    }
    const got = sent.filter(({ outcome }) => outcome === "accepted").map(({ batchId }) => batchId);
    const failures = sent.length - got.length;
    assert.ok(failures >= 55 && failures <= 130, `about one attempt a minute, not ${failures}`);
    assert.deepEqual([...got].sort(), [...names].sort(), "each sweep arrived, and once");
    const first = got[0] ?? "";
    const backlog = got.slice(1).filter((name) => Number(name.slice(6)) < Number(first.slice(6)));
    assert.ok(Number(first.slice(6)) >= 119, `the newest sweep came first, not ${first}`);
    assert.deepEqual(backlog, names.slice(0, names.indexOf(first)), "the backlog came from its oldest");
    assert.equal(spool.counts().batches, 0);
    await end();
  });

  test("429 is waited out as Retry-After says", async () => {
    using dir = tempDir();
    const { clock, outbox, sent, end } = running(`${dir}`, (_, now) =>
      now < 120_000 ? { is: "later", reason: "429", retryAfterMs: 120_000, suspect: false } : accepted,
    );
    outbox.store([batch("a")]);
    await clock.advance(119_000);
    assert.equal(sent.length, 1);
    await clock.advance(30_000);
    assert.deepEqual(
      sent.map(({ outcome }) => outcome),
      ["later", "accepted"],
    );
    await end();
  });
});

suite("a batch that can't succeed", () => {
  test("goes to the dead letters with the server's reason and blocks nobody", async () => {
    using dir = tempDir();
    const { clock, outbox, spool, end } = running(`${dir}`, (id) =>
      id === "bad" ? { is: "refused", status: 422, reason: "422 readings[0] is no object" } : accepted,
    );
    outbox.store([batch("bad")]);
    outbox.store([batch("good")]);
    await clock.advance(1_000);
    assert.deepEqual(spool.counts(), { batches: 0, readings: 0, bytes: 0, oldestCollectedAt: null, deadLetters: 1 });
    await end();
  });

  test("that breaks the server every time becomes a dead letter while others pass", async () => {
    using dir = tempDir();
    const { clock, outbox, spool, sent, end } = running(`${dir}`, (id) =>
      id === "poison" ? { is: "later", reason: "500 it broke", retryAfterMs: null, suspect: true } : accepted,
    );
    outbox.store([batch("poison")]);
    for (let sweep = 0; sweep < 60; sweep++) {
      await clock.advance(30_000);
      outbox.store([batch(`good-${sweep}`)]);
    }
    await clock.advance(600_000);
    assert.equal(spool.counts().batches, 0);
    assert.equal(spool.counts().deadLetters, 1);
    assert.equal(sent.filter(({ outcome }) => outcome === "accepted").length, 60);
    await end();
  });
});

test("a refused key stops uploads, not collecting, says so, and is tried again every five minutes", async () => {
  using dir = tempDir();
  const { clock, outbox, spool, uploader, sent, end } = running(`${dir}`, (_, now) =>
    now < 450_000 ? { is: "blocked", status: 401, reason: "401 unknown key" } : accepted,
  );
  for (let sweep = 0; sweep < 14; sweep++) {
    assert.equal(outbox.store([batch(`s${sweep}`)]), true);
    await clock.advance(30_000);
  }
  assert.equal(uploader.trouble(), "401 unknown key");
  assert.equal(spool.counts().batches, 14);
  assert.equal(sent.length, 2);
  await clock.advance(300_000);
  assert.equal(uploader.trouble(), null);
  assert.equal(spool.counts().batches, 0);
  await end();
});

suite("what /health and /ready say of an outage", () => {
  test("/ready at once, /health after an hour, neither once uploads work again", async () => {
    using dir = tempDir();
    const minute = 60_000;
    const down: Outcome = { is: "later", reason: "connect ECONNREFUSED", retryAfterMs: null, suspect: false };
    const { clock, outbox, uploader, end } = running(`${dir}`, (_, now) => (now < 65 * minute ? down : accepted));
    assert.equal(uploader.outage(), null);
    const since = new Date(clock.now()).toISOString();
    const said = (batches: string) => `uploads failing since ${since}: connect ECONNREFUSED; ${batches} in the spool`;
    outbox.store([batch("a")]);
    await clock.advance(minute);
    assert.deepEqual([uploader.trouble(), uploader.outage()], [null, said("1 batch waits")]);
    outbox.store([batch("b")]);
    await clock.advance(58 * minute);
    assert.equal(uploader.trouble(), null, "not yet an hour");
    await clock.advance(2 * minute);
    assert.deepEqual([uploader.trouble(), uploader.outage()], [said("2 batches wait"), null], "told once, not twice");
    await clock.advance(10 * minute);
    assert.deepEqual([uploader.trouble(), uploader.outage()], [null, null]);
    await end();
  });

  test("/health when the spool is over 80 % of its quota", () => {
    using dir = tempDir();
    const clock = new VirtualClock();
    const spool = openSpool({
      path: join(`${dir}`, "spool.db"),
      siteId: "s",
      maxBytes: body.length * 10,
      maxAgeMs: 1e13,
      clock,
      log,
      room: plentyOfRoom,
    });
    const outbox = new Outbox(spool);
    for (let sweep = 0; sweep < 8; sweep++) outbox.store([batch(`s${sweep}`)]);
    assert.equal(outbox.trouble(), null);
    outbox.store([batch("s8")]);
    assert.match(outbox.trouble() ?? "", /the spool is at 90 % of its quota: .*"spool\.max_gib"/);
    spool.close();
  });
});

suite("a full disk", () => {
  test("loses nothing while the network is up: sweeps go up from memory", async () => {
    using dir = tempDir();
    const { clock, outbox, spool, sent, end } = running(`${dir}`, () => accepted, {
      ...plentyOfRoom,
      freeBytes: () => 0,
    });
    for (let sweep = 0; sweep < 3; sweep++) {
      assert.equal(outbox.store([batch(`s${sweep}`)]), false);
      assert.match(outbox.trouble() ?? "", /no room/);
      await clock.advance(30_000);
    }
    assert.equal(sent.length, 3);
    assert.equal(spool.notes().lost_readings, 0);
    await end();
  });

  test("with the server down too, what is lost is counted", async () => {
    using dir = tempDir();
    const down: Outcome = { is: "later", reason: "down", retryAfterMs: null, suspect: false };
    const { clock, outbox, spool, end } = running(`${dir}`, () => down, { ...plentyOfRoom, freeBytes: () => 0 });
    for (let sweep = 0; sweep < 3; sweep++) {
      outbox.store([batch(`s${sweep}`)]);
      await clock.advance(30_000);
    }
    assert.equal(spool.notes().lost_readings, 2, "two were given up for the next; the third is still held");
    await end();
  });
});

suite("what a server's reply means", () => {
  const cases: [name: string, reply: Answered, expected: Partial<Outcome>][] = [
    [
      "the original reply",
      { status: 200, body: { success: true, inserted: 1, updated: 0, data: {} } },
      { is: "accepted", duplicate: false, rejected: [] },
    ],
    [
      "a duplicate",
      { status: 200, body: { success: true, data: { duplicate: true } } },
      { is: "accepted", duplicate: true },
    ],
    ["a page of a captive portal", { status: 200, body: "<html>sign in</html>" }, { is: "later", suspect: true }],
    ["success: false", { status: 200, body: { success: false, error: "no" } }, { is: "later" }],
    [
      "400 with the original error",
      { status: 400, body: { success: false, error: "bad rows" } },
      { is: "refused", status: 400, reason: "400 bad rows" },
    ],
    ["413", { status: 413, body: { detail: "too large" } }, { is: "refused", reason: "413 too large" }],
    ["401", { status: 401, body: {} }, { is: "blocked" }],
    [
      "401 of a Banksman server, in the edge's own words",
      {
        status: 401,
        body: { code: "NOT_SIGNED_IN", detail: "this needs reading.upload: send a valid X-Collector-Key" },
      },
      {
        is: "blocked",
        reason:
          "401 the server doesn't know the key: it is wrong or was revoked. Make a new one under 托管管理 → 站点管理 → " +
          'the site → 采集器设置 → 生成新密钥 and put it into "api_key"',
      },
    ],
    ["403", { status: 403, body: { detail: "another site" } }, { is: "blocked" }],
    ["404", { status: 404, body: "" }, { is: "blocked" }],
    ["a redirect", { status: 301, body: "", headers: { location: "https://new.example/" } }, { is: "blocked" }],
    [
      "429 in seconds",
      { status: 429, body: {}, headers: { "retry-after": "7" } },
      { is: "later", retryAfterMs: 7_000, suspect: false },
    ],
    [
      "429 until a date",
      { status: 429, body: {}, headers: { "retry-after": "Thu, 01 Jan 2026 00:01:00 GMT" } },
      { is: "later", retryAfterMs: 60_000 },
    ],
    ["408", { status: 408, body: {} }, { is: "later", suspect: false }],
    ["500", { status: 500, body: {} }, { is: "later", suspect: true }],
    ["503", { status: 503, body: {} }, { is: "later", suspect: false }],
  ];
  for (const [name, reply, expected] of cases) {
    test(name, async () => {
      await using server = await fakeServer(() => reply);
      const outcome = await createSend(sendOptions(server.url))(batch("b"), 0, never);
      assert.partialDeepStrictEqual(outcome, expected);
    });
  }

  test("no server, and no reply in time", async () => {
    await using server = await fakeServer();
    server.server.removeAllListeners("request");
    const silent = await createSend({ ...sendOptions(server.url), timeoutMs: 50 })(batch("b"), 0, never);
    assert.partialDeepStrictEqual(silent, { is: "later", suspect: false });
    assert.match("reason" in silent ? silent.reason : "", /no reply within 0\.05 s/);
    const nobody = await createSend(sendOptions("http://127.0.0.1:9"))(batch("b"), 0, never);
    assert.match("reason" in nobody ? nobody.reason : "", /ECONNREFUSED/);
  });

  test("an upload carries the key, the site, its batch and its times", async () => {
    await using server = await fakeServer();
    await createSend(sendOptions(server.url))(batch("0190-id", Date.UTC(2026, 0, 2)), 3, never);
    const headers = server.uploads[0]?.headers ?? {};
    const ours = Object.fromEntries(
      Object.entries(headers).filter(
        ([name]) => name.startsWith("x-") || name.startsWith("content-t") || name === "content-encoding",
      ),
    );
    assert.deepEqual(ours, {
      "content-type": "application/gzip",
      "content-encoding": "gzip",
      "x-collector-key": "hsc_key",
      "x-site-id": "s",
      "x-batch-id": "0190-id",
      "x-collected-at": "2026-01-02T00:00:00.000Z",
      "x-sent-at": "2026-01-01T00:00:00.000Z",
      "x-collector-id": "hall-3",
      "x-collector-version": "9.9.9",
      "x-collector-interval": "30",
      "x-collector-backlog": "3",
    });
  });

  const sendOptions = (apiUrl: string) => ({
    apiUrl,
    apiKey: "hsc_key",
    version: "9.9.9",
    collector: "hall-3",
    intervalSeconds: () => 30,
    clock: new VirtualClock(),
  });
});
