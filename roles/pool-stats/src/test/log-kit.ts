import { createLog, systemClock } from "@banksman/kit";
import kafkajs from "kafkajs";
import { kafkaLog } from "../kafka/kafka-log.ts";
import { type KafkaOptions, kafkaClient } from "../kafka/kafka-options.ts";
import type { Assignment, LogReader, Positions } from "../kafka/message-log.ts";

export const silent = createLog("test", "silent");

/** A reader that writes down what it is told; messages as `partition:offset`. */
export function noteTaker(resume: (assignment: Assignment) => Positions = ({ positions }) => positions) {
  const notes = {
    assignments: [] as Assignment[],
    messages: [] as { partition: number; offset: number; timestampMs: number; value: Buffer | null }[],
    caughtUp: 0,
    troubles: [] as (string | null)[],
    lag: new Map<number, number>(),
  };
  const reader: LogReader = {
    assigned: (assignment) => {
      notes.assignments.push(assignment);
      return resume(assignment);
    },
    batch: ({ partition, messages, lag }) => {
      for (const message of messages) notes.messages.push({ partition, ...message });
      notes.lag.set(partition, lag);
    },
    caughtUp: () => {
      notes.caughtUp++;
    },
    trouble: (reason) => {
      notes.troubles.push(reason);
    },
  };
  return { reader, notes };
}

export type MemberOptions = {
  kafka: Omit<KafkaOptions, "clientId">;
  topic: string;
  groupId?: string;
  requestTimeoutMs?: number;
};

/** A member of a group that reads until disposed. */
export function member(options: MemberOptions, reader: LogReader) {
  const { kafka, topic, groupId = `group-of-${topic}`, requestTimeoutMs } = options;
  const settings = { ...kafka, clientId: "test", topic, groupId, requestTimeoutMs };
  const log = kafkaLog({ ...settings, backMs: 3_600_000, sessionTimeoutMs: 6_000 }, silent, systemClock);
  const abort = new AbortController();
  const done = log.read(reader, abort.signal);
  const leave = async () => {
    abort.abort();
    await done;
  };
  return { log, leave, [Symbol.asyncDispose]: leave };
}

export type TestMessage = {
  partition?: number;
  key?: string | Buffer;
  value: Buffer | string | null;
  timestampMs?: number;
};

/** Puts messages into a topic of the cluster, which may be named by the address of one broker alone. */
export async function produce(
  where: MemberOptions["kafka"] | string,
  topic: string,
  messages: readonly TestMessage[],
): Promise<void> {
  const options = typeof where === "string" ? { brokers: [where] } : where;
  const kafka = await kafkaClient({ ...options, clientId: "producer" }, silent);
  const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  await producer.connect();
  try {
    const records = messages.map(({ timestampMs, ...rest }) => ({
      ...rest,
      ...(timestampMs !== undefined && { timestamp: String(timestampMs) }),
    }));
    await producer.send({ topic, acks: 1, messages: records });
  } finally {
    await producer.disconnect();
  }
}
