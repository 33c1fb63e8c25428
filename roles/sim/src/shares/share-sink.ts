import { hushNegativeTimers } from "@banksman/kit";
import { Kafka, logLevel, Partitioners } from "kafkajs";
import { SimErrors } from "../errors.ts";
import type { ShareMessage } from "./share-source.ts";

export type ShareSink = {
  /** How many partitions shares go to. */
  partitions: number;
  sendShares: (messages: readonly ShareMessage[]) => Promise<void>;
  sendEvents: (texts: readonly string[]) => Promise<void>;
  close: () => Promise<void>;
};

export type SinkOptions = { brokers: string[]; topic: string; eventsTopic: string; partitions: number | undefined };

/** Connects a producer. A topic that is missing is made with that many partitions where the cluster lets us. */
export async function openShareSink({ brokers, topic, eventsTopic, partitions }: SinkOptions): Promise<ShareSink> {
  hushNegativeTimers();
  const kafka = new Kafka({ brokers, clientId: "banksman-sim", logLevel: logLevel.NOTHING, retry: { retries: 5 } });
  const admin = kafka.admin();
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  try {
    await Promise.all([admin.connect(), producer.connect()]);
    await makeTopic(admin, topic, partitions);
    const there = await partitionsOf(admin, topic);
    if (partitions !== undefined && partitions > there) throw SimErrors.TOO_FEW_PARTITIONS(topic, there, partitions);
    return {
      partitions: partitions ?? there,
      sendShares: async (messages) => {
        await producer.send({ topic, acks: 1, messages: [...messages] });
      },
      sendEvents: async (texts) => {
        await producer.send({ topic: eventsTopic, acks: 1, messages: texts.map((value) => ({ value })) });
      },
      close: async () => {
        await Promise.all([admin.disconnect(), producer.disconnect()]);
      },
    };
  } catch (error) {
    await Promise.allSettled([admin.disconnect(), producer.disconnect()]);
    throw error;
  }
}

type Admin = ReturnType<Kafka["admin"]>;

async function makeTopic(admin: Admin, topic: string, partitions: number | undefined): Promise<void> {
  if (partitions === undefined || (await admin.listTopics()).includes(topic)) return;
  // A cluster without this right or this request makes the topic at its first use, with partitions of its own number.
  await admin.createTopics({ topics: [{ topic, numPartitions: partitions }] }).catch(() => undefined);
}

async function partitionsOf(admin: Admin, topic: string): Promise<number> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
  return topics.find(({ name }) => name === topic)?.partitions.length ?? 1;
}
