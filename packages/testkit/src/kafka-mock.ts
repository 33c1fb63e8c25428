import { existsSync } from "node:fs";
import { run } from "./process.ts";

export type KafkaMock = AsyncDisposable & {
  /** `127.0.0.1:PORT`, as a list of brokers is written. */
  brokers: string;
  pid: () => number;
};

/**
 * librdkafka's mock cluster of one broker, held open by a producer that never sends. It keeps everything in memory, trims
 * old data, makes a topic with four partitions on its first use, and answers every question for an offset by time with
 * the end. It speaks neither SASL nor TLS.
 */
export async function startKafkaMock(): Promise<KafkaMock> {
  if (!existsSync("/usr/bin/kcat")) throw new Error("kcat is missing; npm test installs it, or: apt-get install kcat");
  const producer = ["kcat", "-P", "-b", "127.0.0.1:1", "-t", "unused", "-X", "test.mock.num.brokers=1"];
  const mock = run("setpriv", ["--pdeathsig", "KILL", ...producer], { stdio: ["pipe", "pipe", "pipe"] });
  const [, brokers = ""] = await mock.output(/replaced with (127\.0\.0\.1:\d+)/);
  return {
    brokers,
    pid: () => mock.child.pid ?? 0,
    // SIGTERM was seen to leave it running.
    [Symbol.asyncDispose]: () => mock.stop("SIGKILL"),
  };
}
