import { backoffMs, type Clock, type Log, messageOf as reasonOf } from "@banksman/kit";
import { type MessageFile, waitOf } from "@banksman/notify";
import type { Outbox, Outcome, Waiting } from "./outbox.ts";
import type { Priority } from "./priority.ts";
import type { ChannelService } from "./service.ts";

const AGAIN = { firstMs: 1_000, maxMs: 15 * 60_000 };
/** About a day of trying. */
const MOST_TRIES = 100;
const EVERY_MS = 1_000;
const MINUTE_MS = 60_000;
const MOST_QUEUED = 500;

export type Delivering = { drain: () => Promise<void>; start: () => () => Promise<void> };

type Parts = {
  outbox: Pick<Outbox, "sendNext" | "due">;
  channels: Pick<ChannelService, "find">;
  /** Files of a report that go with a message, no more than this many bytes in all. */
  filesOf: (reportId: string, mostBytes: number) => Promise<MessageFile[]>;
  /** Null: the table's own order. */
  priority: Priority | null;
  clock: Clock;
  log: Log;
};

/** Takes messages out of the outbox and hands them to their channels, the urgent first. */
export function createDelivery({ outbox, channels, filesOf, priority, clock, log }: Parts): Delivering {
  let running: Promise<void> | null = null;
  let isStopping = false;
  /** When each channel's messages of the last minute left. */
  const left = new Map<string, number[]>();

  /** Seconds until a channel takes another one; 0 at once. */
  const waitFor = (channel: string, perMinute: number): number => {
    const now = clock.monotonic();
    const recent = (left.get(channel) ?? []).filter((at) => at > now - MINUTE_MS);
    left.set(channel, recent);
    const first = recent.at(-perMinute);
    return recent.length < perMinute || first === undefined ? 0 : (first + MINUTE_MS - now) / 1_000;
  };

  const deliver = async ({ channel, message, tries }: Waiting): Promise<Outcome> => {
    try {
      const opened = await channels.find(channel);
      if (!opened)
        return { state: "failed", error: `there is no channel "${channel}" any more`, waitS: 0, isTry: true };
      const held = waitFor(channel, opened.kind.per_minute);
      if (held > 0) return { state: "waiting", error: `${opened.kind.per_minute} a minute`, waitS: held, isTry: false };
      left.get(channel)?.push(clock.monotonic());
      const { report_id, ...words } = message;
      const mostBytes = opened.kind.max_file_bytes ?? 0;
      const files = report_id !== undefined && mostBytes > 0 ? await filesOf(report_id, mostBytes) : [];
      await opened.sender.send({ ...words, files });
      return { state: "sent", error: null, waitS: 0, isTry: true };
    } catch (error) {
      const reason = reasonOf(error);
      const retry = typeof error === "object" && error !== null && "retry" in error && error.retry === true;
      const isOver = !retry || tries + 1 >= MOST_TRIES;
      log.warn({ channel, err: error }, `a message ${isOver ? "can't leave" : "did not leave yet"}: ${reason}`);
      const waitS = waitOf(error) ?? backoffMs(AGAIN, tries + 1) / 1_000;
      return { state: isOver ? "failed" : "waiting", error: reason, waitS, isTry: true };
    }
  };

  /** In the order that all servers share, as long as it is known; what it does not know leaves in the table's. */
  const drainAll = async (): Promise<void> => {
    if (priority) {
      await priority.add(await outbox.due(MOST_QUEUED));
      for (let id = await priority.next(); id !== null && !isStopping; id = await priority.next())
        await outbox.sendNext(deliver, id);
    }
    while (!isStopping && (await outbox.sendNext(deliver)));
  };
  const drain = () => {
    running ??= drainAll()
      .catch((error: unknown) => log.warn({ err: error }, "messages can't be read from the database"))
      .finally(() => {
        running = null;
      });
    return running;
  };
  return {
    drain,
    /** Sends what waits, also what other servers or an earlier process left. The answer stops it after the message at hand. */
    start: () => {
      const timer = setInterval(() => void drain(), EVERY_MS);
      return async () => {
        isStopping = true;
        clearInterval(timer);
        await running;
        priority?.close();
      };
    },
  };
}
