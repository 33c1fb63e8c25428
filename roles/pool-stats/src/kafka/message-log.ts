/** A message of a topic as it came; `value` is null where the producer sent none. */
export type RawMessage = { offset: number; timestampMs: number; value: Buffer | null };

/** Consecutive messages of one partition. No message comes twice unless a start before it was asked for. */
export type LogBatch = {
  topic: string;
  partition: number;
  messages: readonly RawMessage[];
  /** The offset after the last message. */
  nextOffset: number;
  /** Messages of this partition that are still to come, as its broker told with this batch. */
  lag: number;
};

/** The next offset to read, by partition. */
export type Positions = ReadonlyMap<number, number>;

/** What the group gave this reader; partitions in ascending order. */
export type Assignment = {
  assigned: readonly number[];
  /** Those that were not read here before. */
  gained: readonly number[];
  /** Those that were read here and now belong to another member; what they added to the windows must go. */
  lost: readonly number[];
  /** How far those that stayed were read. */
  positions: Positions;
};

/** Who reads a log. Calls come one at a time, in the order of the log, and nothing is delivered between the first two. */
export type LogReader = {
  /**
   * Partitions came or went. The reply says where reading begins; a partition that it doesn't name begins an hour back.
   * To go on as before give back `assignment.positions`; to build all anew give back an empty map.
   */
  assigned: (assignment: Assignment) => Positions;
  /** The next fetch waits until this is done. */
  batch: (batch: LogBatch) => void | Promise<void>;
  /** All that was in the assigned partitions when they were assigned has been delivered. Once for each assignment. */
  caughtUp: () => void;
  /** Why the log can't be read now, in words; null when it can be again. */
  trouble: (reason: string | null) => void;
};

/** A topic of a share log, read by the members of a group together. */
export type MessageLog = {
  /** Delivers until the signal aborts; waits out brokers that are away. */
  read: (reader: LogReader, signal: AbortSignal) => Promise<void>;
  /** Tells the group how far was read: for those who watch its lag. Where reading begins doesn't depend on it. */
  commit: (positions: Positions) => Promise<void>;
};
