import { messageOf } from "@banksman/kit";
import { openEgress } from "@banksman/kit/egress";
import { channelOf, type Message, type Sender, telegram, waitOf } from "@banksman/notify";
import { badChannel, type WatchConfig } from "./config.ts";

/** A way out, with what becomes of its messages. `delete_after_s` null leaves them standing. */
export type Outlet = {
  name: string;
  sender: Sender;
  delete_after_s: number | null;
  on_recovery: "delete" | "edit" | "keep";
};

/** How long one run waits for a service that asks for patience; a timer's next run is not to be missed. */
const MOST_WAIT_S = 40;

/** Opens every channel of the configuration; throws CONFIG_INVALID for settings that a channel refuses. */
export function openOutlets(config: WatchConfig): Outlet[] {
  const context = { timeoutMs: config.request_timeout_s * 1_000, egress: openEgress };
  const outlets: Outlet[] = [];
  if (config.telegram) {
    const { delete_after_s, on_recovery, ...settings } = config.telegram;
    outlets.push({ name: "telegram", sender: telegram.open(settings, context), delete_after_s, on_recovery });
  }
  config.channels.forEach(({ type, ...settings }, index) => {
    try {
      const channel = channelOf(type);
      const sender = channel.open(channel.settings.parse(settings), context);
      outlets.push({ name: `${type}-${index}`, sender, delete_after_s: null, on_recovery: "keep" });
    } catch (error) {
      throw badChannel(index, messageOf(error));
    }
  });
  return outlets;
}

/** Sends once more when the service said how long to wait, and that is not too long. */
export async function sendPatiently(sender: Sender, message: Message) {
  try {
    return await sender.send(message);
  } catch (error) {
    const wait = waitOf(error);
    if (wait === null || wait > MOST_WAIT_S) throw error;
    await new Promise((resolve) => setTimeout(resolve, wait * 1_000));
    return await sender.send(message);
  }
}
