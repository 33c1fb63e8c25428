import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import { parseArgs } from "node:util";

const usage = `
usage: npm run test:kafka -- --brokers HOST:PORT[,HOST:PORT] [options]

Runs every test of the share log against a real Kafka cluster instead of the mock, those too that the mock
can't show: starts by time, more than four partitions. It makes topics named banksman-test-… and deletes them.

  --tls               speak TLS; --ca FILE trusts that certificate, PEM
  --sasl MECHANISM    plain, scram-sha-256 or scram-sha-512, with --username U and --password P
`;

const { values } = parseArgs({
  options: {
    brokers: { type: "string" },
    tls: { type: "boolean" },
    ca: { type: "string" },
    sasl: { type: "string" },
    username: { type: "string" },
    password: { type: "string" },
  },
});
if (values.brokers === undefined) {
  console.error(usage.trim());
  process.exit(2);
}

const given = {
  KAFKA_TEST_BROKERS: values.brokers,
  KAFKA_TEST_TLS: values.tls || values.ca !== undefined ? "yes" : undefined,
  KAFKA_TEST_CA: values.ca,
  KAFKA_TEST_SASL: values.sasl,
  KAFKA_TEST_USERNAME: values.username,
  KAFKA_TEST_PASSWORD: values.password,
};
const named = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
const files = globSync([
  "roles/pool-stats/src/kafka/*.test.ts",
  "roles/pool-stats/src/scale/*.kafka.test.ts",
]).toSorted();
const args = ["--test", "--test-concurrency=1", "--test-timeout=300000", "--test-reporter=spec", ...files];
const { status } = spawnSync(process.execPath, args, { stdio: "inherit", env: { ...process.env, ...named } });
process.exit(status ?? 1);
