import { discord, slack } from "./chat.ts";
import { dingtalk } from "./dingtalk.ts";
import { feishu } from "./feishu.ts";
import { pagerduty, webhook } from "./incidents.ts";
import type { SimService } from "./service.ts";
import { aliyunSms, smsHttp, tencentSms, twilio } from "./sms.ts";
import { telegram } from "./telegram.ts";
import { wecomApp, wecomRobot } from "./wecom.ts";

/** Every notification service that is simulated. */
export const services: readonly SimService[] = [
  telegram,
  wecomRobot,
  wecomApp,
  dingtalk,
  feishu,
  slack,
  discord,
  pagerduty,
  webhook,
  twilio,
  aliyunSms,
  tencentSms,
  smsHttp,
];
