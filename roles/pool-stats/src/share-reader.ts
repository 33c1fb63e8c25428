import type { Log } from "@banksman/kit";
import type { MinuteSums } from "./history/minute-sums.ts";
import type { LogBatch } from "./kafka/index.ts";
import { type DecodeRules, decodeShare, type Refusal } from "./share/decode.ts";
import { describeShare } from "./share/describe.ts";
import { Share } from "./share/share.ts";
import type { Outcome, Statistics } from "./statistics.ts";

/** Why a message of the share log was not counted. */
export type Uncounted = Refusal | Exclude<Outcome, "counted">;

export type ShareReaderOptions = {
  statistics: Statistics;
  rules: DecodeRules;
  log: Log;
  /** Where sums by the minute are kept, for each who wants them. */
  minutes?: readonly MinuteSums[];
};

/** A pool that sends garbage must not fill the disk with its descriptions. */
const LINES_A_SECOND = 100;
const NOTHING = new Uint8Array(0);

/** Counts the messages of the share log, and why some don't count. */
export class ShareReader {
  readonly #options: ShareReaderOptions;
  readonly #share = new Share();
  readonly uncounted = new Map<Uncounted, number>();
  counted = 0;
  #lines = 0;
  #linesSecond = 0;

  constructor(options: ShareReaderOptions) {
    this.#options = options;
  }

  /** Messages seen since the start, counted or not. */
  get seen(): number {
    return this.counted + this.uncounted.values().reduce((sum, count) => sum + count, 0);
  }

  /** Counts a batch at the wall clock `now`, in Unix seconds. */
  take({ messages, partition }: Pick<LogBatch, "messages" | "partition">, now: number): void {
    const { statistics, rules, minutes = [] } = this.#options;
    for (const sums of minutes) sums.begin(partition, messages[0]?.timestampMs ?? 0);
    const share = this.#share;
    let counted = 0;
    for (const { value } of messages) {
      const bytes = value ?? NOTHING;
      const refusal = decodeShare(bytes, share, rules);
      if (refusal !== null) {
        this.#note(refusal, bytes, now);
        continue;
      }
      const outcome = statistics.add(share, now);
      if (outcome === "counted") {
        counted++;
        for (const sums of minutes) sums.add(share.userId, statistics.counted);
      } else this.#note(outcome, bytes, now);
    }
    this.counted += counted;
  }

  #note(why: Uncounted, bytes: Uint8Array, now: number): void {
    this.uncounted.set(why, (this.uncounted.get(why) ?? 0) + 1);
    // Late shares are what a replay is full of, and another user's are none of ours.
    if (why === "late" || why === "other_user" || !this.#mayTell(now)) return;
    const { log, rules } = this.#options;
    if (why === "future") log.warn({ why }, `share from the future: ${describeShare(this.#share)}`);
    else if (LAYOUT_REFUSALS.has(why)) log.error({ why }, layoutText(bytes.length, rules.compat));
    else log.error({ why }, `invalid share: ${describeShare(this.#share)}`);
  }

  #mayTell(now: number): boolean {
    if (now !== this.#linesSecond) {
      if (this.#lines > LINES_A_SECOND)
        this.#options.log.error({ lines: this.#lines - LINES_A_SECOND }, "more messages were refused, see /metrics");
      this.#linesSecond = now;
      this.#lines = 0;
    }
    return ++this.#lines <= LINES_A_SECOND;
  }
}

const LAYOUT_REFUSALS: ReadonlySet<Uncounted> = new Set<Uncounted>([
  "empty",
  "too_short",
  "unknown_layout",
  "bad_checksum",
  "bad_protobuf",
]);

/** What the original logs of a message it can't read: monitoring greps for it. */
const layoutText = (length: number, compat: DecodeRules["compat"]) =>
  compat === "g2"
    ? `sharelog message size(${length}) is not: 48`
    : `parse share from kafka message failed rkmessage->len = ${length}`;
