import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { after, before, describe, test } from "node:test";
import { startKafkaMock, waitFor } from "@banksman/testkit";
import { type Cluster, openCluster } from "../test/cluster.ts";
import { member, noteTaker, produce, silent } from "../test/log-kit.ts";
import { kafkaClient } from "./kafka-options.ts";

let cluster: Cluster;
let kafka: Cluster["options"];
before(async () => {
  cluster = await openCluster();
  kafka = cluster.options;
});
after(() => cluster[Symbol.asyncDispose]());

const PARTITIONS = [0, 1, 2, 3];
/** The mock takes three seconds to form a group; a busy machine takes longer. */
const PATIENT = { withinMs: 30_000 };
const each = (count: number, text = "m") =>
  PARTITIONS.flatMap((partition) => Array.from({ length: count }, (_, i) => ({ partition, value: `${text}${i}` })));
const names = (messages: readonly { partition: number; offset: number }[]) =>
  messages.map(({ partition, offset }) => `${partition}:${offset}`).toSorted();

// The mock keeps a new group waiting for three seconds: so these run side by side, each with a topic and group of its own.
describe("a Kafka topic as a log", { concurrency: true }, () => {
  test("all partitions are read from where they begin, and the reader is told when it has caught up", async () => {
    const topic = await cluster.topic("all");
    await produce(kafka, topic, each(50));
    const { reader, notes } = noteTaker();
    await using reading = member({ kafka, topic }, reader);
    await waitFor("the end seen at the start", () => notes.caughtUp === 1, PATIENT);
    assert.deepEqual(notes.assignments[0]?.gained, PARTITIONS);
    assert.equal(new Set(names(notes.messages)).size, 200);
    assert.equal(notes.messages.length, 200);
    const ofOne = notes.messages.filter(({ partition }) => partition === 2).map(({ value }) => String(value));
    assert.deepEqual(
      ofOne,
      Array.from({ length: 50 }, (_, i) => `m${i}`),
    );
    await produce(kafka, topic, [{ partition: 1, value: "late" }]);
    await waitFor("what came after", () => notes.messages.length === 201, PATIENT);
    assert.equal(notes.caughtUp, 1);
    await reading.leave();
  });

  test("an empty topic is caught up at once", async () => {
    const topic = await cluster.topic("empty");
    const { reader, notes } = noteTaker();
    await using _reading = member({ kafka, topic }, reader);
    await waitFor("caught up", () => notes.caughtUp === 1, PATIENT);
    assert.deepEqual(notes.messages, []);
  });

  test("messages older than asked for are passed over where the brokers answer by time in truth or not", async () => {
    const topic = await cluster.topic("old");
    const old = Date.now() - 2 * 3_600_000;
    await produce(
      kafka,
      topic,
      each(5).map((message) => ({ ...message, timestampMs: old })),
    );
    const { reader, notes } = noteTaker();
    await using _reading = member({ kafka, topic }, reader);
    await waitFor("caught up", () => notes.caughtUp === 1, PATIENT);
    // Clusters differ in what they answer when nothing is so new; at most the newest message is looked at.
    assert.ok(notes.messages.every(({ offset }) => offset === 4));
    assert.ok(notes.messages.length <= PARTITIONS.length);
  });

  test("a reader that knows its positions goes on from them", async () => {
    const topic = await cluster.topic("known");
    await produce(kafka, topic, each(10));
    const { reader, notes } = noteTaker(() => new Map([0, 1, 2, 3].map((partition) => [partition, 8])));
    await using _reading = member({ kafka, topic }, reader);
    await waitFor("caught up", () => notes.caughtUp === 1, PATIENT);
    assert.deepEqual(names(notes.messages), ["0:8", "0:9", "1:8", "1:9", "2:8", "2:9", "3:8", "3:9"]);
  });

  test("a commit tells the group how far was read, of its own partitions alone", async () => {
    const topic = await cluster.topic("committed");
    await produce(kafka, topic, each(10));
    const { reader, notes } = noteTaker();
    await using reading = member({ kafka, topic }, reader);
    await waitFor("caught up", () => notes.caughtUp === 1, PATIENT);
    await reading.log.commit(
      new Map([
        [0, 10],
        [2, 7],
        [99, 1],
      ]),
    );
    const admin = (await kafkaClient({ ...kafka, clientId: "watcher" }, silent)).admin();
    await admin.connect();
    const [{ partitions } = { partitions: [] }] = await admin.fetchOffsets({
      groupId: `group-of-${topic}`,
      topics: [topic],
    });
    await admin.disconnect();
    const told = partitions.map(({ partition, offset }) => `${partition}:${offset}`).toSorted();
    assert.deepEqual(told, ["0:10", "1:-1", "2:7", "3:-1"]);
  });

  test("two members share the partitions; what comes twice at the seam is told apart by partition and offset", async () => {
    const topic = await cluster.topic("shared");
    await produce(kafka, topic, each(100));
    const first = noteTaker();
    await using one = member({ kafka, topic }, first.reader);
    await waitFor("the first to be alone", () => first.notes.caughtUp === 1, PATIENT);
    const second = noteTaker();
    await using two = member({ kafka, topic }, second.reader);
    const owned = (taker: typeof first) => taker.notes.assignments.at(-1)?.assigned ?? [];
    // A group on a busy machine may form more than once: what counts is how it stands in the end.
    await waitFor(
      "both to have a share",
      () =>
        owned(first).length === 2 &&
        owned(second).length === 2 &&
        first.notes.caughtUp >= 2 &&
        second.notes.caughtUp >= 1,
      PATIENT,
    );
    assert.deepEqual([...owned(first), ...owned(second)].toSorted(), PARTITIONS, "each partition at one of them");
    const kept = PARTITIONS.filter((partition) =>
      first.notes.assignments.every(({ assigned }) => assigned.includes(partition)),
    );
    const ofKept = first.notes.messages.filter(({ partition }) => kept.includes(partition));
    assert.equal(new Set(names(ofKept)).size, ofKept.length, "partitions that stayed were not read again");
    // The second may have caught up with a share that it had before this one.
    const moved = () => second.notes.messages.filter(({ partition }) => owned(second).includes(partition));
    await waitFor(
      "those that moved to be read, from an hour back",
      () => new Set(names(moved())).size === 200,
      PATIENT,
    );

    await produce(kafka, topic, each(10, "after"));
    const isNew = ({ offset }: { offset: number }) => offset >= 100;
    const newOnes = () => [...first.notes.messages, ...second.notes.messages].filter(isNew);
    await waitFor("the new ones", () => new Set(names(newOnes())).size === 40, PATIENT);
    assert.equal(new Set(names([...first.notes.messages, ...second.notes.messages])).size, 440);

    await two.leave();
    await waitFor("the first to have all again", () => owned(first).length === 4, PATIENT);
    await waitFor("and to have read them", () => new Set(names(first.notes.messages)).size === 440, PATIENT);
    await one.leave();
  });

  test("brokers that stop answering are trouble, told in words, and nothing is lost or doubled by it", async () => {
    await using own = await startKafkaMock();
    const hanging = { brokers: [own.brokers] };
    await produce(hanging, "hang", each(10));
    const { reader, notes } = noteTaker();
    await using _reading = member({ kafka: hanging, topic: "hang", requestTimeoutMs: 1_000 }, reader);
    await waitFor("caught up", () => notes.caughtUp === 1, PATIENT);
    process.kill(own.pid(), "SIGSTOP");
    await waitFor("trouble", () => typeof notes.troubles.at(-1) === "string", PATIENT);
    process.kill(own.pid(), "SIGCONT");
    await produce(hanging, "hang", each(10));
    await waitFor("all of them", () => notes.messages.length >= 80, PATIENT);
    assert.equal(new Set(names(notes.messages)).size, 80);
    assert.equal(notes.messages.length, 80);
    assert.equal(notes.troubles.at(-1), null);
  });

  test("brokers that are away at the start are waited for, and a stop doesn't wait for them", async () => {
    const { reader, notes } = noteTaker();
    const reading = member({ kafka: { brokers: ["127.0.0.1:1"] }, topic: "nobody" }, reader);
    await waitFor("trouble", () => notes.troubles.length > 0);
    assert.match(notes.troubles[0] ?? "", /^Kafka topic nobody: .*127\.0\.0\.1:1/);
    const before = Date.now();
    await reading.leave();
    assert.ok(Date.now() - before < 5_000);
  });

  test("a broker that takes connections and never answers doesn't hold up a stop", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const connected = once(server, "connection");
    const { reader } = noteTaker();
    const reading = member({ kafka: { brokers: [`127.0.0.1:${port}`] }, topic: "silent" }, reader);
    await connected;
    const before = Date.now();
    await reading.leave();
    assert.ok(Date.now() - before < 1_000);
    server.close();
  });

  for (const codec of ["gzip", "snappy", "lz4", "zstd"])
    test(`messages packed with ${codec} are read`, async () => {
      const text = Array.from(
        { length: 400 },
        (_, i) => `share ${i} of a worker, of a worker, of a worker ${i * 7919}`,
      );
      const topic = await cluster.topic(codec);
      const client = ["-P", "-b", kafka.brokers.join(","), "-t", topic, "-p", "0", "-z", codec];
      execFileSync("kcat", client, { input: `${text.join("\n")}\n` });
      const { reader, notes } = noteTaker();
      await using _reading = member({ kafka, topic }, reader);
      await waitFor("caught up", () => notes.caughtUp === 1, PATIENT);
      assert.deepEqual(
        notes.messages.map(({ value }) => String(value)),
        text,
      );
    });

  test("a message as large as a whole fetch comes through, and so do the ones round it", async () => {
    const topic = await cluster.topic("large");
    const large = Buffer.alloc(4.5 * 1024 * 1024, 7); // The mock keeps 5 MB a partition.
    await produce(kafka, topic, [{ partition: 0, value: "before" }]);
    await produce(kafka, topic, [{ partition: 0, value: large }]);
    await produce(kafka, topic, [{ partition: 0, value: "after" }]);
    const { reader, notes } = noteTaker();
    await using _reading = member({ kafka, topic }, reader);
    await waitFor("caught up", () => notes.caughtUp === 1, PATIENT);
    assert.deepEqual(
      notes.messages.map(({ value }) => value?.length),
      [6, large.length, 5],
    );
  });

  test("reading begins an hour back, by the brokers' own index of times", async (t) => {
    if (!cluster.isReal) return t.skip("the mock knows no offsets by time: npm run test:kafka shows it");
    const topic = await cluster.topic("hour");
    const old = Date.now() - 2 * 3_600_000;
    const aged = each(500).map((message) => ({ ...message, timestampMs: old }));
    await produce(kafka, topic, [...aged, ...each(3, "new")]);
    const { reader, notes } = noteTaker();
    await using _reading = member({ kafka, topic }, reader);
    await waitFor("caught up", () => notes.caughtUp === 1, PATIENT);
    assert.deepEqual([...new Set(notes.messages.map(({ value }) => String(value)))].toSorted(), [
      "new0",
      "new1",
      "new2",
    ]);
  });

  test("eight partitions are shared by three members, each partition at one of them", async (t) => {
    if (!cluster.isReal) return t.skip("the mock's topics have four partitions: npm run test:kafka shows it");
    const topic = await cluster.topic("eight", 8);
    const takers = [noteTaker(), noteTaker(), noteTaker()];
    const members = takers.map(({ reader }) => member({ kafka, topic }, reader));
    const assigned = () => takers.map(({ notes }) => notes.assignments.at(-1)?.assigned ?? []);
    await waitFor("each to have some", () => assigned().every(({ length }) => length >= 2), { withinMs: 60_000 });
    assert.deepEqual(assigned().flat().toSorted(), [0, 1, 2, 3, 4, 5, 6, 7]);
    for (const one of members) await one.leave();
  });

  test("a message without a value is one all the same", async () => {
    const topic = await cluster.topic("null");
    await produce(kafka, topic, [{ partition: 3, value: null }]);
    const { reader, notes } = noteTaker();
    await using _reading = member({ kafka, topic }, reader);
    await waitFor("caught up", () => notes.caughtUp === 1, PATIENT);
    assert.deepEqual(
      notes.messages.map(({ partition, offset, value }) => ({ partition, offset, value })),
      [{ partition: 3, offset: 0, value: null }],
    );
  });
});
