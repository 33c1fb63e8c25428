import { backoffMs, ConfigErrors, type Log, messageOf as reasonOf } from "@banksman/kit";
import type { Egress } from "@banksman/kit/egress";
import { channelOf, type Sender, waitOf } from "@banksman/notify";
import type { AlertmanagerWebhook } from "@banksman/wire/ingest";
import { problem } from "../http/problem.ts";
import { levelOf, messageOf, textsOf } from "./alertmanager.ts";
import type { AlertStore, Outcome, Waiting } from "./store.ts";

export type ChannelConfig = { name: string; type: string } & Record<string, unknown>;
type Opened = { name: string; type: string; sender: Sender };

const TIMEOUT_MS = 10_000;
const AGAIN = { firstMs: 1_000, maxMs: 15 * 60_000 };
/** About a day of trying. */
const MOST_TRIES = 100;
const EVERY_MS = 1_000;

/** Opens the configured channels; throws CONFIG_INVALID naming the one that is wrong. */
export function openChannels(configured: readonly ChannelConfig[], egress: Egress): Opened[] {
  return configured.map(({ name, type, ...settings }, index) => {
    try {
      const channel = channelOf(type);
      const parsed = channel.settings.safeParse(settings);
      const issue = parsed.error?.issues[0];
      if (issue) throw new Error(`${issue.path.map(String).join(".") || type}: ${issue.message}`);
      return { name, type, sender: channel.open(parsed.data, { timeoutMs: TIMEOUT_MS, egress }) };
    } catch (error) {
      throw ConfigErrors.INVALID(`channels.${index}`, reasonOf(error), { cause: error });
    }
  });
}

export type AlertService = ReturnType<typeof alertService>;

/** Alerts that come from elsewhere, and what leaves about them over the channels. */
export function alertService(store: AlertStore, channels: readonly Opened[], log: Log) {
  const names = channels.map(({ name }) => name);
  let running: Promise<void> | null = null;
  let isStopping = false;

  const deliver = async ({ channel, message, tries }: Waiting): Promise<Outcome> => {
    const opened = channels.find(({ name }) => name === channel);
    if (!opened) return { state: "failed", error: `there is no channel "${channel}" any more`, waitS: 0 };
    try {
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
      while (!isStopping && (await store.sendNext(deliver)));
    })()
      .catch((error: unknown) => log.warn({ err: error }, "messages can't be read from the database"))
      .finally(() => {
        running = null;
      });
    return running;
  };

  return {
    list: store.list,
    deliveries: async (limit: number) => ({
      channels: channels.map(({ name, type }) => ({ name, type })),
      deliveries: await store.deliveries(limit),
    }),

    /** Keeps what Alertmanager tells and sends one message about it over each channel; the same once more changes nothing. */
    takeAlertmanager: async (webhook: AlertmanagerWebhook): Promise<{ alerts: number; duplicate: boolean }> => {
      const { message, dedup } = messageOf(webhook);
      const alerts = webhook.alerts.map((alert) => ({
        fingerprint: alert.fingerprint,
        ...textsOf(alert),
        level: levelOf(alert),
        state: alert.status,
        labels: alert.labels,
        since: alert.startsAt,
        resolved_at: alert.status === "resolved" ? (alert.endsAt ?? new Date().toISOString()) : null,
      }));
      const fresh = await store.take(alerts, names, message, dedup);
      void drain();
      return { alerts: alerts.length, duplicate: !fresh && names.length > 0 };
    },

    test: async (name: string): Promise<{ sent: true }> => {
      const opened = channels.find((one) => one.name === name);
      if (!opened) throw problem(404, "NO_SUCH_CHANNEL", `there is no channel "${name}"`, { path: "name" });
      const message = { title: "Banksman", text: "This is a test message. 这是一条测试消息。", level: "info" as const };
      await opened.sender.send(message).catch((error: unknown) => {
        throw problem(502, "CHANNEL_FAILED", reasonOf(error));
      });
      return { sent: true };
    },

    /** Sends what waits, also what other servers or an earlier process left. The answer stops it after the message at hand. */
    start: () => {
      const timer = setInterval(() => void drain(), EVERY_MS);
      return async () => {
        isStopping = true;
        clearInterval(timer);
        await running;
      };
    },
    forget: store.forget,
  };
}
