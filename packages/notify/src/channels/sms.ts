import { z } from "zod";
import { defineChannel, webAddress } from "../channel.ts";
import { NotifyErrors } from "../errors.ts";
import { postJson, request, shown } from "../post.ts";
import { signAliyun, signTencent } from "../signatures.ts";
import { cut } from "../text.ts";

const PHONES = z
  .array(z.string().regex(/^\+?\d{5,16}$/, "a number such as +8613800138000"))
  .min(1, "at least one number");
/** One line for a phone: templates of the Chinese providers take few characters in a variable. */
const line = (text: string, max: number) => cut(text.replaceAll(/\s+/g, " ").trim(), max);

/** Twilio's messages: one request a number. */
export const twilio = defineChannel({
  type: "twilio",
  title: "SMS (Twilio)",
  settings: z.strictObject({
    api_base: webAddress().default("https://api.twilio.com"),
    account_sid: z.string().min(1),
    auth_token: z.string().min(1),
    from: z.string().min(1),
    to: PHONES,
  }),
  max_length: 1_600,
  per_minute: 60,
  open: ({ api_base, account_sid, auth_token, from, to }, context) => ({
    send: async ({ title, text }) => {
      const headers = {
        authorization: `Basic ${Buffer.from(`${account_sid}:${auth_token}`).toString("base64")}`,
        "content-type": "application/x-www-form-urlencoded",
      };
      for (const number of to) {
        const body = new URLSearchParams({ To: number, From: from, Body: cut(`${title}\n${text}`, 1_600) }).toString();
        const url = `${api_base}/2010-04-01/Accounts/${account_sid}/Messages.json`;
        const { status, text: said } = await request("Twilio", url, context, { headers, body });
        if (status >= 300) throw NotifyErrors.REFUSED("Twilio", `${status} ${shown(said)}`);
      }
      return {};
    },
  }),
});

const AliyunAnswer = z.object({ Code: z.string(), Message: z.string().optional(), BizId: z.string().optional() });

/** Aliyun's SMS. Only a reviewed template can be sent; its variable `${text}` is what we have to say. */
export const aliyunSms = defineChannel({
  type: "aliyun-sms",
  title: "SMS (Aliyun 阿里云短信)",
  settings: z.strictObject({
    api_base: webAddress().default("https://dysmsapi.aliyuncs.com"),
    access_key_id: z.string().min(1),
    access_key_secret: z.string().min(1),
    sign_name: z.string().min(1),
    template_code: z.string().min(1),
    to: PHONES,
  }),
  max_length: 35,
  per_minute: 60,
  open: (settings, context) => ({
    send: async ({ title }) => {
      const query = {
        PhoneNumbers: settings.to.join(","),
        SignName: settings.sign_name,
        TemplateCode: settings.template_code,
        TemplateParam: JSON.stringify({ text: line(title, 35) }),
      };
      const host = new URL(settings.api_base).host;
      const { url, headers } = signAliyun({ ...settings, host, action: "SendSms", version: "2017-05-25", query });
      // Not idempotent: a timeout is told as one and never sent again from here.
      const { json, status } = await request("Aliyun", `${settings.api_base}${url}`, context, { headers });
      const answer = AliyunAnswer.safeParse(json);
      if (!answer.success) throw NotifyErrors.FAILED("Aliyun", `${status}, no answer of its SMS service`);
      if (answer.data.Code !== "OK")
        throw NotifyErrors.REFUSED("Aliyun", `${answer.data.Message ?? ""} (${answer.data.Code})`);
      return { id: answer.data.BizId ?? "" };
    },
  }),
});

const TencentAnswer = z.object({
  Response: z.object({
    Error: z.object({ Code: z.string(), Message: z.string() }).optional(),
    SendStatusSet: z.array(z.object({ Code: z.string(), Message: z.string().optional() })).optional(),
  }),
});

/** Tencent Cloud's SMS, likewise by template with one variable. */
export const tencentSms = defineChannel({
  type: "tencent-sms",
  title: "SMS (Tencent 腾讯云短信)",
  settings: z.strictObject({
    api_base: webAddress().default("https://sms.tencentcloudapi.com"),
    secret_id: z.string().min(1),
    secret_key: z.string().min(1),
    sdk_app_id: z.string().min(1),
    sign_name: z.string().min(1),
    template_id: z.string().min(1),
    region: z.string().default("ap-guangzhou"),
    to: PHONES,
  }),
  max_length: 12,
  per_minute: 60,
  open: (settings, context) => ({
    send: async ({ title }) => {
      const body = JSON.stringify({
        PhoneNumberSet: settings.to,
        SmsSdkAppId: settings.sdk_app_id,
        SignName: settings.sign_name,
        TemplateId: settings.template_id,
        TemplateParamSet: [line(title, 12)],
      });
      const host = new URL(settings.api_base).host;
      const headers = signTencent({
        ...settings,
        host,
        service: "sms",
        action: "SendSms",
        version: "2021-01-11",
        body,
        at: new Date(),
      });
      const { json, status } = await request("Tencent", settings.api_base, context, { headers, body });
      const answer = TencentAnswer.safeParse(json);
      if (!answer.success) throw NotifyErrors.FAILED("Tencent", `${status}, no answer of its SMS service`);
      const { Error: failed, SendStatusSet = [] } = answer.data.Response;
      const bad = failed ?? SendStatusSet.find(({ Code }) => Code !== "Ok");
      if (bad) throw NotifyErrors.REFUSED("Tencent", `${bad.Message ?? ""} (${bad.Code})`);
      return {};
    },
  }),
});

/** Any gateway that takes JSON `{to, text}` with a bearer token. */
export const smsHttp = defineChannel({
  type: "sms-http",
  title: "SMS (any gateway)",
  settings: z.strictObject({ url: webAddress("the gateway's address"), token: z.string().optional(), to: PHONES }),
  max_length: 1_600,
  per_minute: 60,
  open: ({ url, token, to }, context) => ({
    send: async ({ title, text }) => {
      const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
      const { status, text: said } = await postJson(
        "the SMS gateway",
        url,
        context,
        { to, text: cut(`${title}\n${text}`, 1_600) },
        headers,
      );
      if (status >= 300) throw NotifyErrors.REFUSED("the SMS gateway", `${status} ${shown(said)}`);
      return {};
    },
  }),
});
