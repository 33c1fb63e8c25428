export type { ChannelContext, ChannelType, Message, MessageFile, Receipt, Sender } from "./channel.ts";
export { defineChannel } from "./channel.ts";
export { telegram } from "./channels/telegram.ts";
export { signWebhook } from "./channels/webhook.ts";
export { channelOf, channels } from "./channels.ts";
export { NotifyErrors, waitOf } from "./errors.ts";
