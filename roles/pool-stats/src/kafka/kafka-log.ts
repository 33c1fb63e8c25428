import { backoffMs, type Clock, type Log, messageOf } from "@banksman/kit";
import type { Admin, Consumer, EachBatchPayload, Kafka } from "kafkajs";
import { type KafkaOptions, kafkaClient } from "./kafka-options.ts";
import type { LogBatch, LogReader, MessageLog, Positions } from "./message-log.ts";
import { type PartitionFacts, startOf } from "./starts.ts";

export type KafkaLogOptions = KafkaOptions & {
  topic: string;
  /** Members of one group share the partitions. */
  groupId: string;
  /** How far back reading begins where no position is known, in ms. */
  backMs: number;
  /** After how long without a sign of life the group gives a member's partitions to others, in ms. */
  sessionTimeoutMs?: number | undefined;
};

/** Clocks of producers and brokers differ: this much earlier than asked does no harm, later would lose shares. */
const CLOCK_DIFFERENCE_MS = 60_000;
const BACKOFF = { firstMs: 250, maxMs: 15_000 };
/** A session this long was a good one: the next failure is a first one again. */
const STEADY_MS = 60_000;
/** Fetched at once, at most; a message above it still comes, alone. */
const BYTES_A_PARTITION = 4 * 1024 * 1024;
const BYTES_A_FETCH = 32 * 1024 * 1024;
/** A broker that is away must not hold up a stop. */
const GOODBYE_MS = 2_000;

/** A topic of a Kafka cluster as a log. Opens no connection before `read`. */
export function kafkaLog(options: KafkaLogOptions, log: Log, clock: Clock): MessageLog {
  let session: Session | null = null;
  const positions = new Map<number, number>();
  return {
    read: async (reader, signal) => {
      for (let attempt = 1; !signal.aborted; attempt++) {
        const began = clock.monotonic();
        try {
          session = await openUnless(signal, Session.open(options, { reader, positions, log, clock }));
          await session.untilOver(signal);
        } catch (error) {
          if (signal.aborted) break;
          reader.trouble(`Kafka topic ${options.topic}: ${messageOf(error)}`);
          log.warn({ topic: options.topic, attempt }, `the log can't be read: ${messageOf(error)}`);
        } finally {
          await session?.close();
          session = null;
        }
        if (clock.monotonic() - began > STEADY_MS) attempt = 1;
        await clock.sleep(backoffMs(BACKOFF, attempt), signal).catch(() => undefined);
      }
    },
    commit: async (upTo) => session?.commit(upTo),
  };
}

/** Brokers that swallow what is sent to them take half a minute to give up on: a stop doesn't wait for it. */
async function openUnless(signal: AbortSignal, opening: Promise<Session>): Promise<Session> {
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  if (signal.aborted) abort();
  try {
    return await Promise.race([opening, aborted.promise]);
  } catch (error) {
    opening.then((late) => late.close()).catch(() => undefined);
    throw error;
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

type Reading = {
  reader: LogReader;
  /** Outlives a session: a partition that stays is read on from here. */
  positions: Map<number, number>;
  log: Log;
  clock: Clock;
};

/** A partition while it is read; `probe` until the brokers' answer by time has been proven. */
type Partition = { target: number; probe: { low: number } | null };

/** joining → assigned → (rebalance →) assigned; over when the client gives up or the signal aborts. */
class Session {
  readonly #options: KafkaLogOptions;
  readonly #consumer: Consumer;
  readonly #admin: Admin;
  readonly #reading: Reading;
  readonly #over = Promise.withResolvers<void>();
  /** Empty between an assignment and the answers to where its partitions begin: what comes meanwhile is dropped. */
  #partitions = new Map<number, Partition>();
  #generation = 0;
  #isBehind = true;
  /** The reader's work on the newest batch. */
  #delivering: Promise<void> = Promise.resolve();

  static async open(options: KafkaLogOptions, reading: Reading): Promise<Session> {
    const kafka = await kafkaClient(options, reading.log);
    const session = new Session(kafka, options, reading);
    try {
      await session.#start();
      return session;
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  private constructor(kafka: Kafka, options: KafkaLogOptions, reading: Reading) {
    this.#options = options;
    this.#reading = reading;
    this.#admin = kafka.admin();
    this.#consumer = kafka.consumer({
      groupId: options.groupId,
      sessionTimeout: options.sessionTimeoutMs ?? 30_000,
      heartbeatInterval: Math.floor((options.sessionTimeoutMs ?? 30_000) / 10),
      maxBytesPerPartition: BYTES_A_PARTITION,
      maxBytes: BYTES_A_FETCH,
      maxWaitTimeInMs: 200,
      // A client that restarts itself would hide its trouble; the loop round the session does it in the open.
      retry: { retries: 4, initialRetryTime: 100, maxRetryTime: 2_000, restartOnFailure: async () => false },
    });
    this.#over.promise.catch(() => undefined);
  }

  async #start(): Promise<void> {
    const { topic } = this.#options;
    const { CRASH, GROUP_JOIN, END_BATCH_PROCESS } = this.#consumer.events;
    this.#consumer.on(CRASH, ({ payload }) => this.#over.reject(payload.error));
    this.#consumer.on(GROUP_JOIN, ({ payload }) => this.#assigned(payload.memberAssignment[topic] ?? []));
    // A batch that held only marks of transactions never reaches the handler.
    this.#consumer.on(END_BATCH_PROCESS, ({ payload }) => {
      if (payload.batchSize === 0) this.#advance(payload.partition, Number(payload.lastOffset) + 1);
    });
    await this.#admin.connect();
    await this.#consumer.connect();
    // A position that retention has overtaken continues with the oldest message, not after the newest.
    await this.#consumer.subscribe({ topics: [topic], fromBeginning: true });
    await this.#consumer.run({ autoCommit: false, eachBatch: (payload) => this.#take(payload) });
  }

  /** Rejects when the client has given up; resolves when the signal aborts. */
  untilOver(signal: AbortSignal): Promise<void> {
    signal.addEventListener("abort", () => this.#over.resolve(), { once: true });
    if (signal.aborted) this.#over.resolve();
    return this.#over.promise;
  }

  async close(): Promise<void> {
    this.#generation++;
    this.#partitions = new Map();
    const goodbye = Promise.allSettled([this.#consumer.disconnect(), this.#admin.disconnect()]);
    await Promise.race([goodbye, this.#reading.clock.sleep(GOODBYE_MS)]);
  }

  async commit(upTo: Positions): Promise<void> {
    const { topic } = this.#options;
    const mine = [...upTo].filter(([partition]) => this.#partitions.has(partition));
    await this.#consumer.commitOffsets(
      mine.map(([partition, offset]) => ({ topic, partition, offset: String(offset) })),
    );
  }

  /** Called before the first fetch of an assignment, so that the pause comes in time. */
  #assigned(partitions: readonly number[]): void {
    const assigned = partitions.toSorted((a, b) => a - b);
    const generation = ++this.#generation;
    this.#partitions = new Map();
    this.#isBehind = true;
    this.#consumer.pause([{ topic: this.#options.topic, partitions: assigned }]);
    this.#begin(assigned, generation).catch((error: unknown) => this.#over.reject(error));
  }

  async #begin(assigned: readonly number[], generation: number): Promise<void> {
    const { topic } = this.#options;
    const { reader, positions, log } = this.#reading;
    await this.#delivering;
    if (generation !== this.#generation) return;
    const wanted = reader.assigned({
      assigned,
      gained: assigned.filter((partition) => !positions.has(partition)),
      lost: [...positions.keys()].filter((partition) => !assigned.includes(partition)),
      positions: new Map([...positions].filter(([partition]) => assigned.includes(partition))),
    });
    // Kept at once: should the rest fail, the next session must know what the windows hold.
    positions.clear();
    for (const [partition, offset] of wanted) if (assigned.includes(partition)) positions.set(partition, offset);
    const facts = await this.#factsOf(assigned);
    if (generation !== this.#generation) return;
    for (const [partition, known] of facts) {
      const { from, target, probe } = startOf(known, wanted.get(partition));
      this.#partitions.set(partition, { target, probe });
      positions.set(partition, from);
      this.#consumer.seek({ topic, partition, offset: String(from) });
    }
    this.#consumer.resume([{ topic, partitions: [...assigned] }]);
    reader.trouble(null);
    log.info({ topic, partitions: assigned }, `reading ${assigned.length} partitions of ${topic}`);
    this.#tellCaughtUp();
  }

  async #factsOf(assigned: readonly number[]): Promise<Map<number, PartitionFacts>> {
    const { topic, backMs } = this.#options;
    const moment = this.#reading.clock.now() - backMs - CLOCK_DIFFERENCE_MS;
    const [ends, times] = await Promise.all([
      this.#admin.fetchTopicOffsets(topic),
      this.#admin.fetchTopicOffsetsByTimestamp(topic, Math.max(0, moment)),
    ]);
    const byTime = new Map(times.map(({ partition, offset }) => [partition, Number(offset)]));
    return new Map(
      ends
        .filter(({ partition }) => assigned.includes(partition))
        .map(({ partition, low, high }) => {
          return [partition, { low: Number(low), high: Number(high), atTime: byTime.get(partition) ?? Number(low) }];
        }),
    );
  }

  async #take({ batch, isStale }: EachBatchPayload): Promise<void> {
    const partition = this.#partitions.get(batch.partition);
    const first = batch.messages[0];
    if (!partition || !first || isStale()) return;
    if (partition.probe) {
      const { low } = partition.probe;
      partition.probe = null;
      const { clock } = this.#reading;
      if (Number(first.timestamp) >= clock.now() - this.#options.backMs) return this.#rewind(batch.partition, low);
    }
    const next = this.#startOf(batch);
    const messages = batch.messages
      .map(({ offset, timestamp, value }) => ({ offset: Number(offset), timestampMs: Number(timestamp), value }))
      .filter(({ offset }) => offset >= next);
    const delivering = Promise.resolve(this.#reading.reader.batch(this.#batchOf(batch, messages)));
    this.#delivering = delivering;
    await delivering;
    this.#advance(batch.partition, Number(batch.lastOffset()) + 1);
  }

  /** The first offset that is new. A partition whose offsets went back was made anew, or the client was told to reset. */
  #startOf(batch: EachBatchPayload["batch"]): number {
    const next = this.#reading.positions.get(batch.partition) ?? 0;
    if (Number(batch.lastOffset()) >= next) return next;
    const { log, positions } = this.#reading;
    log.warn({ topic: batch.topic, partition: batch.partition, expected: next }, "the partition's offsets went back");
    positions.set(batch.partition, 0);
    return 0;
  }

  /** The brokers called the end of the partition what is not older than was asked for: read it from its beginning. */
  #rewind(partition: number, low: number): void {
    this.#reading.positions.set(partition, low);
    this.#consumer.seek({ topic: this.#options.topic, partition, offset: String(low) });
  }

  #batchOf(batch: EachBatchPayload["batch"], messages: LogBatch["messages"]): LogBatch {
    const nextOffset = Number(batch.lastOffset()) + 1;
    const lag = Math.max(0, Number(batch.highWatermark) - nextOffset);
    return { topic: batch.topic, partition: batch.partition, messages, nextOffset, lag };
  }

  #advance(partition: number, next: number): void {
    const at = this.#reading.positions.get(partition);
    if (at === undefined || next <= at) return;
    this.#reading.positions.set(partition, next);
    this.#tellCaughtUp();
  }

  #tellCaughtUp(): void {
    if (!this.#isBehind) return;
    for (const [partition, { target, probe }] of this.#partitions)
      if (probe || (this.#reading.positions.get(partition) ?? 0) < target) return;
    this.#isBehind = false;
    this.#reading.reader.caughtUp();
  }
}
