import { z } from "zod";

/** What happens to a frame of a book before it leaves. */
export const FRAME_FAULTS = [
  "drop",
  "duplicate",
  "swap",
  "stall",
  "truncate",
  "unknown_body",
  "empty_body",
  "huge",
  "bad_utf8",
  "text",
  "full",
] as const;
export type FrameFault = (typeof FRAME_FAULTS)[number];
/** What happens to connections. */
export const LINK_FAULTS = ["half_open", "reset", "close", "leaving", "refuse_upgrade"] as const;
/** What happens to an exchange's market. */
export const MARKET_FAULTS = ["restart_ids", "cross", "uncross", "delist"] as const;

/**
 * A failure, as posted to /control/faults. `times` is for how many frames or answers (for ever: -1); `symbol` is the
 * exchange's spelling, or none for all.
 */
export const Fault = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.enum(FRAME_FAULTS), symbol: z.string().optional(), times: z.int().default(1) }),
  z.strictObject({ kind: z.enum(LINK_FAULTS), times: z.int().default(1) }),
  z.strictObject({ kind: z.enum(MARKET_FAULTS), symbol: z.string() }),
  /** The next subscriptions to topics that contain `match` are refused, or accepted without ever sending anything. */
  z.strictObject({ kind: z.enum(["reject", "mute"]), match: z.string(), reason: z.string().default("Blocked") }),
  /** The next REST answers are this one. */
  z.strictObject({
    kind: z.literal("rest"),
    status: z.int(),
    body: z.string().default(""),
    headers: z.record(z.string(), z.string()).default({}),
    times: z.int().default(1),
  }),
  /** The next snapshots are so many pushes old. */
  z.strictObject({ kind: z.literal("old_snapshot"), pushes: z.int(), times: z.int().default(1) }),
  z.strictObject({ kind: z.literal("clear") }),
]);
export type Fault = z.input<typeof Fault>;
type Parsed = z.output<typeof Fault>;
type Counted = Extract<Parsed, { times: number }>;

/** The failures that are to come, each used up by what it happens to. */
export class FaultList {
  #counted: Counted[] = [];
  #matches: Extract<Parsed, { match: string }>[] = [];

  add(fault: Parsed): void {
    if (fault.kind === "clear") {
      this.#counted = [];
      this.#matches = [];
    } else if ("match" in fault) this.#matches.push(fault);
    else if ("times" in fault) this.#counted.push(fault);
  }

  /** The next failure of a frame of this symbol, used up by one. */
  frame(symbol: string): FrameFault | null {
    const found = this.#counted.find(
      (one) => "symbol" in one && isFrame(one.kind) && (one.symbol ?? symbol) === symbol,
    );
    if (!found || !isFrame(found.kind)) return null;
    this.#use(found);
    return found.kind;
  }

  rest(): Extract<Parsed, { kind: "rest" }> | null {
    const found = this.#counted.find((one) => one.kind === "rest");
    if (found?.kind !== "rest") return null;
    this.#use(found);
    return found;
  }

  /** How many pushes old the next snapshot is. */
  snapshotAge(): number {
    const found = this.#counted.find((one) => one.kind === "old_snapshot");
    if (found?.kind !== "old_snapshot") return 0;
    this.#use(found);
    return found.pushes;
  }

  refusesUpgrade(): boolean {
    const found = this.#counted.find((one) => one.kind === "refuse_upgrade");
    if (found) this.#use(found);
    return found !== undefined;
  }

  topic(name: string): { kind: "reject" | "mute"; reason: string } | null {
    return this.#matches.find((one) => name.includes(one.match)) ?? null;
  }

  #use(fault: Counted): void {
    if (fault.times > 0) fault.times--;
    if (fault.times === 0) this.#counted = this.#counted.filter((one) => one !== fault);
  }
}

const isFrame = (kind: string): kind is FrameFault => FRAME_FAULTS.some((one) => one === kind);

/** A frame that can't be read, made of one that could. */
export function spoil(kind: FrameFault, wire: string | Buffer): string | Buffer {
  const bytes = Buffer.from(wire);
  switch (kind) {
    case "truncate":
      return typeof wire === "string" ? wire.slice(0, -7) : bytes.subarray(0, bytes.length - 7);
    case "bad_utf8":
      return typeof wire === "string"
        ? Buffer.concat([Buffer.from([0xff, 0xfe]), bytes])
        : Buffer.concat([bytes, Buffer.from([0xff])]);
    case "huge":
      return "x".repeat(2 * 1024 * 1024);
    case "text":
      return '{"c":"spot@public.increase.depth.v3.api@X","d":{"asks":[]}}';
    // Field 399, length 2, two bytes.
    case "unknown_body":
      return typeof wire === "string"
        ? '{"stream":"x@nonsense","data":{"e":"nonsense"}}'
        : Buffer.from([0xfa, 0x18, 0x02, 0x08, 0x01]);
    case "empty_body":
      return typeof wire === "string" ? "{}" : Buffer.from([0x1a, 0x01, 0x58]);
    default:
      return wire;
  }
}
