import { type Clock, CodedError, messageOf, systemClock } from "@banksman/kit";
import type { CoolingOrder, CoolingRecord, OrderEnd, OrderResult } from "@banksman/wire/model";
import { asDeviceError } from "../errors.ts";
import { endOfError } from "../orders/errors.ts";
import { atOnce, type CoolingFamily, type CoolingTarget, type CoolingTurn, recordOf } from "./family.ts";

export type CoolingOrderReport = OrderResult & {
  /** The last record read after it. */
  record: CoolingRecord | null;
  /** What would be sent, in a dry run. */
  messages?: { to: string; bytes: string }[];
};

export type CoolingOrderOptions = {
  target: Omit<CoolingTarget, "deadline">;
  /** How long one call to the controller may take. */
  timeoutMs: number;
  dryRun?: boolean;
  /** How long to wait until it shows, instead of the driver's own time; 0 looks once. */
  verifyWithinMs?: number;
  /** Between two looks. */
  pollMs?: number;
  clock?: Clock;
  turn?: CoolingTurn;
  /** Called before the write's first byte leaves: from then on it may have arrived. When it throws, nothing leaves. */
  onLeaving?: () => void;
  /** Called when the controller took it. */
  onTaken?: () => void;
};

const POLL_MS = 2_000;
type Outcome = Pick<OrderResult, "outcome" | "verified" | "reason" | "seen"> & { code: OrderEnd | null };
const PLAIN: Outcome = { outcome: "accepted", verified: "not_checked", code: null, reason: null, seen: null };

/**
 * Orders one cooling unit something. The write leaves once and is never repeated; what became of it is read back from the
 * plant within the driver's time. Rejects only for a mistake of ours.
 */
export async function runCoolingOrder(
  family: CoolingFamily,
  order: CoolingOrder,
  options: CoolingOrderOptions,
): Promise<CoolingOrderReport> {
  const started = performance.now();
  const done = (outcome: Outcome, more: Partial<CoolingOrderReport> = {}): CoolingOrderReport => ({
    ...outcome,
    driver: family.id,
    model: more.record?.model ?? null,
    took_ms: Math.round(performance.now() - started),
    record: null,
    ...more,
  });
  if (!family.orders.includes(order.order) || isUnoffered(order)) {
    const reason = `${family.title} knows no ${order.order}; it knows ${family.orders.join(", ")}`;
    return done({ ...PLAIN, outcome: "refused", code: "not_offered", reason });
  }
  if (options.dryRun) return done(PLAIN, { messages: [family.show(order, { ...options.target, deadline: 0 })] });
  const sent = await deliver(family, order, options);
  if (sent.outcome === "refused" || sent.outcome === "unreachable") return done(sent);
  if (sent.outcome === "accepted") options.onTaken?.();
  return done(...seenAs(sent, await watch(family, order, options)));
}

/**
 * Reads back what became of an order that has left earlier, `taken` when the controller had said so; sends nothing. Rejects
 * only for a mistake of ours.
 */
export async function settleCoolingOrder(
  family: CoolingFamily,
  order: CoolingOrder,
  options: CoolingOrderOptions,
  taken: boolean,
): Promise<CoolingOrderReport> {
  const started = performance.now();
  const left: Outcome = taken
    ? PLAIN
    : { ...PLAIN, outcome: "unknown", code: "settled", reason: "it may have left, and no answer is known" };
  const [outcome, { record }] = seenAs(left, await watch(family, order, options));
  const took_ms = Math.round(performance.now() - started);
  return { ...outcome, driver: family.id, model: record?.model ?? null, took_ms, record };
}

/** What was said of an order, and what the plant shows: what shows was done, whatever was said. */
function seenAs(said: Outcome, look: Look): [Outcome, { record: CoolingRecord | null }] {
  const verified = look.done === null ? "not_checked" : look.done ? "yes" : "no";
  const outcome: Outcome = look.done === true ? { ...PLAIN, outcome: "accepted" } : said;
  return [{ ...outcome, verified, seen: look.seen }, { record: look.record }];
}

/** To leave PID a temperature is set by hand: what that should be nobody can guess. */
const isUnoffered = (order: CoolingOrder): boolean => order.order === "pid" && !order.on;

const targetFor = ({ target, timeoutMs }: CoolingOrderOptions): CoolingTarget => ({
  ...target,
  deadline: performance.now() + timeoutMs,
});

async function deliver(family: CoolingFamily, order: CoolingOrder, options: CoolingOrderOptions): Promise<Outcome> {
  let left = false;
  const onSent = () => {
    if (!left) options.onLeaving?.();
    left = true;
  };
  const { turn = atOnce } = options;
  try {
    const objection = await turn(() => family.deliver(order, targetFor(options), onSent));
    return objection === null ? PLAIN : { ...PLAIN, outcome: "refused", code: "refused", reason: objection };
  } catch (thrown) {
    const error = thrown instanceof CodedError ? thrown : asDeviceError(thrown, options.target.host);
    return { ...PLAIN, outcome: left ? "unknown" : "unreachable", code: endOfError(error), reason: messageOf(error) };
  }
}

type Look = { done: boolean | null; seen: string | null; record: CoolingRecord | null };

/** Looks until it shows or the plant's time is over. A controller that doesn't answer for a while is asked again. */
async function watch(family: CoolingFamily, order: CoolingOrder, options: CoolingOrderOptions): Promise<Look> {
  const {
    verifyWithinMs = family.showsWithinSeconds * 1_000,
    pollMs = POLL_MS,
    clock = systemClock,
    turn = atOnce,
  } = options;
  const { signal } = options.target;
  const until = performance.now() + verifyWithinMs;
  let last: Look = { done: false, seen: null, record: null };
  for (;;) {
    try {
      const told = await turn(() => family.read(targetFor(options), "fast"));
      const record = recordOf(family, told, new Date(clock.now()));
      const look = record.connected ? family.shows(record, order) : { done: false, seen: "the PLC is lost" };
      if (look === null) return { done: null, seen: null, record };
      last = { ...look, record };
    } catch (thrown) {
      if (!(thrown instanceof CodedError)) throw thrown;
      last = { ...last, done: false, seen: messageOf(thrown) };
    }
    if (last.done || signal?.aborted || performance.now() + pollMs > until) return last;
    await clock.sleep(pollMs, signal).catch(() => undefined);
  }
}
