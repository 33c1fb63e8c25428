import type { LogReader, Positions, RawMessage } from "../kafka/index.ts";
import { startOf } from "../kafka/starts.ts";

const HOUR_MS = 3_600_000;

/** Brokers in memory: any number of partitions, and offsets by time answered in truth. */
export class FakeTopic {
  readonly partitions: RawMessage[][];

  constructor(count: number) {
    this.partitions = Array.from({ length: count }, () => []);
  }

  append(partition: number, value: Buffer, timestampMs: number): void {
    const messages = this.partitions[partition] ?? [];
    messages.push({ offset: messages.length, timestampMs, value });
  }

  atTime(partition: number, moment: number): number {
    const messages = this.partitions[partition] ?? [];
    const found = messages.findIndex(({ timestampMs }) => timestampMs >= moment);
    return found < 0 ? messages.length : found;
  }
}

/** One member's reading of a topic, a step at a time: what a test of a group, a replay or an outage needs. */
export class FakeMember {
  readonly #topic: FakeTopic;
  readonly #reader: LogReader;
  #positions = new Map<number, number>();
  #targets = new Map<number, number>();
  #isBehind = false;

  constructor(topic: FakeTopic, reader: LogReader) {
    this.#topic = topic;
    this.#reader = reader;
  }

  /** The group gives this member these partitions; reading begins where the reader says, or an hour before `nowMs`. */
  assign(assigned: readonly number[], nowMs: number): void {
    const known = this.#positions;
    const wanted = this.#reader.assigned({
      assigned,
      gained: assigned.filter((partition) => !known.has(partition)),
      lost: [...known.keys()].filter((partition) => !assigned.includes(partition)),
      positions: new Map([...known].filter(([partition]) => assigned.includes(partition))),
    });
    this.#positions = new Map();
    this.#targets = new Map();
    for (const partition of assigned) {
      const atTime = this.#topic.atTime(partition, nowMs - HOUR_MS);
      const high = this.#topic.partitions[partition]?.length ?? 0;
      const { from, target } = startOf({ low: 0, high, atTime }, wanted.get(partition));
      this.#positions.set(partition, from);
      this.#targets.set(partition, target);
    }
    this.#isBehind = true;
  }

  /** Delivers up to `most` messages of each partition; gives how many there were. */
  async deliver(most = Number.POSITIVE_INFINITY): Promise<number> {
    let delivered = 0;
    for (const [partition, from] of this.#positions) {
      const all = this.#topic.partitions[partition] ?? [];
      const messages = all.slice(from, from + most);
      if (messages.length === 0) continue;
      const nextOffset = from + messages.length;
      await this.#reader.batch({ topic: "fake", partition, messages, nextOffset, lag: all.length - nextOffset });
      this.#positions.set(partition, nextOffset);
      delivered += messages.length;
    }
    const isThere = [...this.#targets].every(([partition, target]) => (this.#positions.get(partition) ?? 0) >= target);
    if (this.#isBehind && isThere) {
      this.#isBehind = false;
      this.#reader.caughtUp();
    }
    return delivered;
  }

  get positions(): Positions {
    return this.#positions;
  }
}
