import { randomBytes } from "node:crypto";
import { startKafkaMock } from "@banksman/testkit";
import { type KafkaOptions, kafkaClient, SASL_MECHANISMS } from "../kafka/kafka-options.ts";
import { silent } from "./log-kit.ts";

/** Where the Kafka tests run: a mock of their own, or the cluster that `npm run test:kafka` names. */
export type Cluster = AsyncDisposable & {
  options: Omit<KafkaOptions, "clientId">;
  /** False for the mock, which makes topics of four partitions and knows no offsets by time. */
  isReal: boolean;
  /** A topic of this run alone, with so many partitions. */
  topic: (name: string, partitions?: number) => Promise<string>;
};

/** Partitions of a topic on the mock; they can't be set there. */
export const MOCK_PARTITIONS = 4;

/** The cluster named in the environment, or else a mock. */
export async function openCluster(): Promise<Cluster> {
  const brokers = process.env.KAFKA_TEST_BROKERS;
  if (brokers === undefined) {
    const mock = await startKafkaMock();
    return {
      options: { brokers: [mock.brokers] },
      isReal: false,
      topic: async (name) => name,
      [Symbol.asyncDispose]: () => mock[Symbol.asyncDispose](),
    };
  }
  return await realCluster({ brokers: brokers.split(","), tls: tlsOf(process.env), sasl: saslOf(process.env) });
}

async function realCluster(options: Cluster["options"]): Promise<Cluster> {
  const admin = (await kafkaClient({ ...options, clientId: "banksman-test" }, silent)).admin();
  await admin.connect();
  const run = randomBytes(4).toString("hex");
  const made: string[] = [];
  return {
    options,
    isReal: true,
    topic: async (name, partitions = MOCK_PARTITIONS) => {
      const topic = `banksman-test-${run}-${name}`;
      await admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: partitions }] });
      made.push(topic);
      return topic;
    },
    [Symbol.asyncDispose]: async () => {
      await admin.deleteTopics({ topics: made }).catch(() => undefined);
      await admin.disconnect();
    },
  };
}

/** How a configuration says where the cluster is, for a process of its own. */
export function clusterKeys({ options: { brokers, tls, sasl } }: Cluster): string {
  const secure = tls ? `tls = true; ${tls.caFile === undefined ? "" : `tls_ca_file = "${tls.caFile}";`}` : "";
  const { mechanism = "", username = "", password = "" } = sasl ?? {};
  const known = sasl
    ? `sasl_mechanism = "${mechanism}"; sasl_username = "${username}"; sasl_password = "${password}";`
    : "";
  return `brokers = "${brokers.join(",")}"; ${secure} ${known}`;
}

const tlsOf = ({ KAFKA_TEST_TLS, KAFKA_TEST_CA }: NodeJS.ProcessEnv) =>
  KAFKA_TEST_TLS === undefined ? undefined : KAFKA_TEST_CA === undefined ? {} : { caFile: KAFKA_TEST_CA };

function saslOf(environment: NodeJS.ProcessEnv): KafkaOptions["sasl"] {
  const mechanism = SASL_MECHANISMS.find((known) => known === environment.KAFKA_TEST_SASL);
  if (!mechanism) return undefined;
  return {
    mechanism,
    username: environment.KAFKA_TEST_USERNAME ?? "",
    password: environment.KAFKA_TEST_PASSWORD ?? "",
  };
}
