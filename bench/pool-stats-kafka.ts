import { createLog, systemClock } from "@banksman/kit";
import { startKafkaMock } from "@banksman/testkit";
import kafkajs from "kafkajs";
import { kafkaLog, type LogBatch } from "../roles/pool-stats/src/kafka/index.ts";
import { kafkaClient } from "../roles/pool-stats/src/kafka/kafka-options.ts";
import { ShareReader } from "../roles/pool-stats/src/share-reader.ts";
import { Statistics } from "../roles/pool-stats/src/statistics.ts";
import { Load, thousands } from "./pool-stats-load.ts";

const silent = createLog("bench", "silent");
const WORKERS = 100_000;
/** The mock cluster keeps a few megabytes a partition: this many fit, and are read while nothing is produced. */
const BURST = 160_000;

/** Shares from Kafka's protocol to the windows, one core; the limit is reading the same messages and dropping them. */
export async function benchKafka(isQuick: boolean) {
  const rows = [];
  for (const layout of ["V1", "V3"] as const) {
    const counted = await measure(layout, isQuick ? 2 : 5, true);
    const dropped = await measure(layout, isQuick ? 2 : 5, false);
    rows.push({
      layout,
      "shares/s": thousands(counted),
      "read and dropped": thousands(dropped),
      "of limit": (counted / dropped).toFixed(2),
    });
  }
  return rows;
}

async function measure(layout: "V1" | "V3", rounds: number, isCounting: boolean): Promise<number> {
  await using kafka = await startKafkaMock();
  const topic = `${layout}-${isCounting}`;
  const client = await kafkaClient({ brokers: [kafka.brokers], clientId: "bench" }, silent);
  const producer = client.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  await producer.connect();
  const statistics = new Statistics({ compat: "g2" });
  const reader = new ShareReader({ statistics, rules: { compat: "g2", singleUserPuid: null }, log: silent });
  const gate = new Gate();
  let seen = 0;
  const take = async (batch: LogBatch) => {
    await gate.open;
    if (isCounting) reader.take(batch, Math.floor(Date.now() / 1_000));
    seen += batch.messages.length;
  };
  const abort = new AbortController();
  const caughtUp = Promise.withResolvers<void>();
  const log = kafkaLog(
    { brokers: [kafka.brokers], clientId: "bench", topic, groupId: topic, backMs: 3_600_000 },
    silent,
    systemClock,
  );
  const reading = log.read(
    {
      assigned: ({ positions }) => positions,
      batch: take,
      caughtUp: () => caughtUp.resolve(),
      trouble: () => undefined,
    },
    abort.signal,
  );
  await caughtUp.promise;
  const load = new Load(WORKERS);
  const rates: number[] = [];
  for (let round = 1; round <= rounds; round++) {
    gate.shut();
    await produce(producer, topic, load, layout);
    const began = performance.now();
    gate.lift();
    while (seen < round * BURST) await new Promise((resolve) => setImmediate(resolve));
    rates.push((BURST / (performance.now() - began)) * 1_000);
  }
  abort.abort();
  await Promise.all([reading, producer.disconnect()]);
  if (isCounting && reader.counted !== rounds * BURST)
    throw new Error(`${reader.counted} of ${rounds * BURST} counted`);
  return rates.toSorted((a, b) => a - b)[rates.length >> 1] ?? 0;
}

async function produce(producer: kafkajs.Producer, topic: string, load: Load, layout: "V1" | "V3"): Promise<void> {
  const now = Math.floor(Date.now() / 1_000);
  for (let sent = 0; sent < BURST; sent += 4_000) {
    const values = load.messages(4_000, () => now).map((value) => (layout === "V1" ? value : asProtobuf(value)));
    await producer.send({ topic, acks: 1, messages: values.map((value, i) => ({ value, partition: i % 4 })) });
  }
}

/** The same share as a protobuf message behind its header. */
function asProtobuf(struct: Buffer): Buffer {
  const zigzag = (value: bigint) => BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
  const field = (number: number, value: bigint) => [...varint(BigInt(number << 3)), ...varint(value)];
  const status = struct.readInt32LE(40) === 1 ? 1_798_084_231n : 23n;
  const ip = Buffer.from([...struct.subarray(16, 20)].join("."));
  return Buffer.from([
    ...[4, 0, 1, 0],
    ...field(1, zigzag(0x10004n)),
    ...field(2, zigzag(struct.readBigInt64LE(8))),
    ...field(3, zigzag(BigInt(struct.readInt32LE(20)))),
    ...field(4, zigzag(status)),
    ...field(5, zigzag(BigInt(struct.readUInt32LE(32)))),
    ...[(6 << 3) | 2, ip.length, ...ip],
    ...field(7, struct.readBigUInt64LE(0)),
    ...field(8, struct.readBigUInt64LE(24)),
    ...field(9, BigInt(struct.readUInt32LE(36))),
    ...field(10, 650_000n),
    ...field(11, 12_345n),
    ...field(12, 7n),
  ]);
}

function varint(value: bigint): number[] {
  const bytes: number[] = [];
  for (let rest = value; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return [...bytes, Number(value >> (7n * BigInt(bytes.length)))];
}

/** Keeps the reader waiting while a burst is produced. */
class Gate {
  #waiting = Promise.withResolvers<void>();
  open: Promise<void> = Promise.resolve();

  shut(): void {
    this.#waiting = Promise.withResolvers<void>();
    this.open = this.#waiting.promise;
  }

  lift(): void {
    this.#waiting.resolve();
  }
}
