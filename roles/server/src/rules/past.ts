import type { Sample } from "@banksman/rules";
import { sql } from "kysely";

/** What a rule looks back on: readings of one kind of target. */
export type Past = {
  /** Seconds between two readings of a target. */
  interval: number;
  /** Fields that a reading tells and history does not keep. */
  notKept: readonly string[];
  /** Readings of `[from, to)`, the oldest first. */
  readings: (from: Date, to: Date) => Promise<Sample[]>;
};

/** A condition on `site_no`: one of these, or any where null. */
export const ofSites = (siteNos: readonly number[] | null) =>
  siteNos === null ? sql`true` : sql`site_no = any(${[...siteNos]}::int[])`;
