import { type Log, messageOf } from "@banksman/kit";
import { Kafka, logLevel, type Message } from "kafkajs";
import type { LiveOutlet } from "./live-sink.ts";

const BATCH_MS = 100;
const MOST_WAITING = 50_000;

/**
 * Sends messages to a topic in batches, keyed by symbol so that one symbol stays in order. While no broker takes them
 * they wait, up to a bound; past it they are dropped and counted in the log: the files are the record, not this.
 */
export function kafkaOutlet(
  { brokers, topic }: { brokers: readonly string[]; topic: string },
  log: Log,
): LiveOutlet & { close: () => Promise<void> } {
  const kafka = new Kafka({ clientId: "banksman-market", brokers: [...brokers], logLevel: logLevel.NOTHING });
  const producer = kafka.producer({ allowAutoTopicCreation: true });
  let waiting: Message[] = [];
  let dropped = 0;
  let isSending = false;
  let isConnected = false;
  const send = async () => {
    if (isSending || waiting.length === 0) return;
    isSending = true;
    const messages = waiting;
    waiting = [];
    try {
      if (!isConnected) await producer.connect();
      isConnected = true;
      await producer.send({ topic, messages });
      if (dropped > 0) log.warn({ dropped }, "live messages were dropped while no Kafka broker took them");
      dropped = 0;
    } catch (error) {
      isConnected = false;
      waiting = [...messages, ...waiting];
      log.debug({ error: messageOf(error) }, "Kafka does not take the live feed");
    } finally {
      isSending = false;
    }
  };
  const timer = setInterval(() => void send(), BATCH_MS);
  return {
    isWanted: () => true,
    publish: (symbol, message) => {
      if (waiting.length >= MOST_WAITING) dropped++;
      else waiting.push({ key: `${message.exchange}:${symbol}`, value: JSON.stringify(message) });
    },
    close: async () => {
      clearInterval(timer);
      await send();
      await producer.disconnect().catch(() => undefined);
    },
  };
}
