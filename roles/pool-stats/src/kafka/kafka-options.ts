import { readFile } from "node:fs/promises";
import { hushNegativeTimers, type Log, messageOf } from "@banksman/kit";
import { Kafka, type KafkaConfig, type LogEntry, logLevel, type SASLOptions } from "kafkajs";
import { useAllCompressions } from "./compression.ts";

/** How to reach the brokers. */
export type KafkaOptions = {
  /** `host:port` of some of them. */
  brokers: readonly string[];
  clientId: string;
  tls?: { caFile?: string; certFile?: string; keyFile?: string } | undefined;
  sasl?: { mechanism: SaslMechanism; username: string; password: string } | undefined;
  /** How long one request may take, in ms; 30,000 when absent. */
  requestTimeoutMs?: number | undefined;
};

export const SASL_MECHANISMS = ["plain", "scram-sha-256", "scram-sha-512"] as const;
export type SaslMechanism = (typeof SASL_MECHANISMS)[number];

/** A client of the brokers. Its own log goes to ours, a step quieter: it tells as an error what a retry will mend. */
export async function kafkaClient(options: KafkaOptions, log: Log): Promise<Kafka> {
  hushNegativeTimers();
  useAllCompressions();
  const config: KafkaConfig = {
    brokers: [...options.brokers],
    clientId: options.clientId,
    connectionTimeout: 5_000,
    requestTimeout: options.requestTimeoutMs ?? 30_000,
    retry: { retries: 4, initialRetryTime: 100, maxRetryTime: 2_000 },
    logLevel: logLevel.WARN,
    logCreator: () => (entry) => passOn(log, entry),
    ...(options.tls && { ssl: await tlsFiles(options.tls) }),
    ...(options.sasl && { sasl: saslOf(options.sasl) }),
  };
  return new Kafka(config);
}

function passOn(log: Log, { level, namespace, log: { message } }: LogEntry): void {
  const tell = level === logLevel.ERROR ? log.info : log.debug;
  tell.call(log, { kafka: namespace }, messageOf(message));
}

async function tlsFiles(files: NonNullable<KafkaOptions["tls"]>) {
  const read = async (path: string | undefined) => (path === undefined ? undefined : await readFile(path, "utf8"));
  const [ca, cert, key] = await Promise.all([read(files.caFile), read(files.certFile), read(files.keyFile)]);
  return { ...(ca && { ca: [ca] }), ...(cert && { cert }), ...(key && { key }) };
}

function saslOf({ mechanism, username, password }: NonNullable<KafkaOptions["sasl"]>): SASLOptions {
  switch (mechanism) {
    case "plain":
      return { mechanism, username, password };
    case "scram-sha-256":
      return { mechanism, username, password };
    case "scram-sha-512":
      return { mechanism, username, password };
  }
}
