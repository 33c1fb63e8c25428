import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { createLog } from "@banksman/kit";
import { type PrivateMariaDb, startKafkaMock, startMariaDb, tempFolder } from "@banksman/testkit";
import kafkajs, { type Producer } from "kafkajs";
import { configOf } from "../../config.ts";
import { kafkaClient } from "../../kafka/kafka-options.ts";
import { type Comparison, compare } from "./compare.ts";
import { play } from "./play.ts";
import { readScenario, type Scenario } from "./steps.ts";

/** How many scenarios are played side by side: a new consumer group takes seconds, most of them waiting. */
const AT_ONCE = 24;

/** Plays every scenario of a folder through Kafka's protocol, MariaDB and HTTP, and compares. */
export async function runVectors(folder: string): Promise<{ file: string; comparison: Comparison }[]> {
  const files = (await readdir(folder)).filter((name) => name.endsWith(".json")).toSorted();
  const [kafka, database, files_] = await Promise.all([startKafkaMock(), startMariaDb(), tempFolder()]);
  await using _kafka = kafka;
  await using _database = database;
  await using _files = files_;
  const client = await kafkaClient({ brokers: [kafka.brokers], clientId: "vectors" }, createLog("vectors", "silent"));
  const producer = client.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  await producer.connect();
  try {
    const one = async (file: string) => {
      const scenario = await readScenario(join(folder, file), file);
      return {
        file,
        comparison: await playOne(scenario, { brokers: kafka.brokers, producer, database, folder: files_.path }),
      };
    };
    return await inParallel(files, AT_ONCE, one);
  } finally {
    await producer.disconnect();
  }
}

type Shared = { brokers: string; producer: Producer; database: PrivateMariaDb; folder: string };

async function playOne(scenario: Scenario, { brokers, producer, database, folder }: Shared): Promise<Comparison> {
  const name = scenario.file.replace(/\W/g, "_");
  database.sql(`CREATE DATABASE \`${name}\``);
  const config = configOf(configText(scenario, { brokers, database, name, folder }), `${name}.cfg`);
  const played = await play(scenario, config, {
    produce: async (topic, values) => {
      await producer.send({ topic, acks: 1, messages: values.map((value) => ({ value, partition: 0 })) });
    },
    sql: (statement) => database.sql(statement, name),
  });
  return compare(scenario, played);
}

const configText = (
  { generation }: Scenario,
  { brokers, database, name, folder }: { brokers: string; database: PrivateMariaDb; name: string; folder: string },
) => `
kafka = { brokers = "${brokers}"; group_id = "${name}"; };
statshttpd = {
  ip = "127.0.0.1"; port = 0; compat = "${generation}";
  flush_db_interval = 15; file_last_flush_time = "${join(folder, name)}";
  share_topic = "${name}-ShareLog"; common_events_topic = "${name}-CommonEvents";
};
pooldb = {
  host = "${database.host}"; port = ${database.port};
  username = "${database.user}"; password = "${database.password}"; dbname = "${name}";
};
`;

async function inParallel<T, R>(items: readonly T[], atOnce: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const queue = [...items.entries()];
  const worker = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) results[next[0]] = await work(next[1]);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
  return results;
}
