import { createHmac } from "node:crypto";
import { z } from "zod";
import { defineChannel, webAddress } from "../channel.ts";
import { limited, NotifyErrors } from "../errors.ts";
import { postJson } from "../post.ts";
import { cut } from "../text.ts";

const SERVICE = "Feishu";
/** Newer answers say `code`, older ones `StatusCode`. */
const Answer = z.object({ code: z.number().optional(), StatusCode: z.number().optional(), msg: z.string().optional() });
/** Everybody's robots speak at the full and the half hour; the service then refuses some. */
const TOO_MANY = new Set([11_232, 9_499_001]);
const WAIT_S = 20;

/** A Feishu or Lark group robot, signed; refusals come with status 200. */
export const feishu = defineChannel({
  type: "feishu",
  title: "Feishu / Lark 飞书",
  settings: z.strictObject({
    url: webAddress("the robot's address, https://open.feishu.cn/open-apis/bot/v2/hook/…"),
    secret: z.string().min(1).optional(),
  }),
  max_length: 6_000,
  per_minute: 100,
  open: ({ url, secret }, context) => ({
    send: async ({ title, text, link }) => {
      const timestamp = Math.floor(Date.now() / 1_000);
      const signed = secret === undefined ? {} : { timestamp: String(timestamp), sign: signFeishu(secret, timestamp) };
      const lines = cut([title, text, link].filter(Boolean).join("\n"), 6_000);
      const body = { ...signed, msg_type: "text", content: { text: lines } };
      const { status, json } = await postJson(SERVICE, url, context, body);
      const answer = Answer.safeParse(json);
      const code = answer.data?.code ?? answer.data?.StatusCode;
      if (code === undefined) throw NotifyErrors.FAILED(SERVICE, `${status}, no answer of a robot`);
      if (TOO_MANY.has(code)) throw limited(SERVICE, WAIT_S);
      if (code !== 0) throw NotifyErrors.REFUSED(SERVICE, `${answer.data?.msg ?? ""} (${code})`);
      return {};
    },
  }),
});

/** Base64 of HMAC-SHA256 over nothing, with `timestamp\nsecret` as key; the timestamp in seconds. */
export const signFeishu = (secret: string, timestampS: number): string =>
  createHmac("sha256", `${timestampS}\n${secret}`).update("").digest("base64");
