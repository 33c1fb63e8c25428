import type { ChannelType } from "./channel.ts";
import { dingtalk } from "./channels/dingtalk.ts";
import { discord } from "./channels/discord.ts";
import { feishu } from "./channels/feishu.ts";
import { pagerduty } from "./channels/pagerduty.ts";
import { slack } from "./channels/slack.ts";
import { aliyunSms, smsHttp, tencentSms, twilio } from "./channels/sms.ts";
import { smtp } from "./channels/smtp.ts";
import { telegram } from "./channels/telegram.ts";
import { webhook } from "./channels/webhook.ts";
import { wecomApp, wecomRobot } from "./channels/wecom.ts";
import { NotifyErrors } from "./errors.ts";

/** Every way to notify. */
export const channels: readonly ChannelType[] = [
  smtp,
  telegram,
  webhook,
  wecomRobot,
  wecomApp,
  dingtalk,
  feishu,
  slack,
  discord,
  pagerduty,
  twilio,
  aliyunSms,
  tencentSms,
  smsHttp,
];

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
