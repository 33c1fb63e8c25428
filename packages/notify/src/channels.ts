import type { ChannelType } from "./channel.ts";
import { telegram } from "./channels/telegram.ts";
import { NotifyErrors } from "./errors.ts";

/** Every way to notify. */
export const channels: readonly ChannelType[] = [telegram];

/** The channel of this type; throws NOTIFY_REFUSED with the ones there are. */
export function channelOf(type: string): ChannelType {
  const found = channels.find((channel) => channel.type === type);
  if (!found)
    throw NotifyErrors.REFUSED(
      "banksman",
      `no channel "${type}"; known are ${channels.map((one) => one.type).join(", ")}`,
    );
  return found;
}
