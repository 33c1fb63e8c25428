import type { Figures } from "../windows/figures.ts";

/** What COMMON_EVENTS tell of a worker; the id is a signed 64-bit number as text. */
export type WorkerName = { userId: number; workerId: string; name: string; agent: string };

/** What was written, and what the database would not take: those rows are logged, and the rest is written all the same. */
export type Written = { rows: number; refused: number };

/**
 * A database that S3's readers read. Every method throws when the database can't be reached or its tables don't fit;
 * trying again later is always right, for a row says what is, not what was added.
 */
export type Target = {
  /** Connects, creates what is absent and checks the columns. */
  prepare: () => Promise<void>;
  /**
   * Writes figures as rows. `figures` gives one object again and again with other contents, and is iterated once, a
   * part at a time. `now` in Unix seconds.
   */
  write: (figures: () => Iterable<Figures>, now: number) => Promise<Written>;
  /** Writes names; a name too long for its column is refused. */
  writeNames: (names: readonly WorkerName[], now: number) => Promise<Written>;
  close: () => Promise<void>;
};
