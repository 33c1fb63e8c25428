import { backoffMs, type Log, messageOf as reasonOf } from "@banksman/kit";
import { waitOf } from "@banksman/notify";
import type { Outbox, Outcome, Waiting } from "./outbox.ts";
import type { ChannelService } from "./service.ts";

const AGAIN = { firstMs: 1_000, maxMs: 15 * 60_000 };
/** About a day of trying. */
const MOST_TRIES = 100;
const EVERY_MS = 1_000;

export type Delivering = { drain: () => Promise<void>; start: () => () => Promise<void> };

/** Takes messages out of the outbox and hands them to their channels, the urgent first. */
export function createDelivery(
  outbox: Pick<Outbox, "sendNext">,
  channels: Pick<ChannelService, "find">,
  log: Log,
): Delivering {
  let running: Promise<void> | null = null;
  let isStopping = false;

  const deliver = async ({ channel, message, tries }: Waiting): Promise<Outcome> => {
    try {
      const opened = await channels.find(channel);
      if (!opened) return { state: "failed", error: `there is no channel "${channel}" any more`, waitS: 0 };
      await opened.sender.send(message);
      return { state: "sent", error: null, waitS: 0 };
    } catch (error) {
      const reason = reasonOf(error);
      const retry = typeof error === "object" && error !== null && "retry" in error && error.retry === true;
      const isOver = !retry || tries + 1 >= MOST_TRIES;
      log.warn({ channel, err: error }, `a message ${isOver ? "can't leave" : "did not leave yet"}: ${reason}`);
      const waitS = waitOf(error) ?? backoffMs(AGAIN, tries + 1) / 1_000;
      return { state: isOver ? "failed" : "waiting", error: reason, waitS };
    }
  };
  const drain = () => {
    running ??= (async () => {
      while (!isStopping && (await outbox.sendNext(deliver)));
    })()
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
      };
    },
  };
}
