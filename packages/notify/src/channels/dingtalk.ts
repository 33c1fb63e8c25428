import { createHmac } from "node:crypto";
import { z } from "zod";
import { defineChannel, webAddress } from "../channel.ts";
import { limited, NotifyErrors } from "../errors.ts";
import { postJson } from "../post.ts";
import { cut } from "../text.ts";

const SERVICE = "DingTalk";
const Answer = z.object({ errcode: z.number(), errmsg: z.string().optional() });
/** "send too fast": the robot is then silent for ten minutes. */
const TOO_FAST = 130_101;
const SILENT_S = 600;

/** A DingTalk group robot with signed requests; refusals come with status 200. */
export const dingtalk = defineChannel({
  type: "dingtalk",
  title: "DingTalk 钉钉",
  settings: z.strictObject({
    api_base: webAddress().default("https://oapi.dingtalk.com"),
    access_token: z.string().min(1),
    secret: z.string().startsWith("SEC", "the robot's signing secret, SEC…").optional(),
  }),
  max_length: 5_000,
  per_minute: 20,
  open: ({ api_base, access_token, secret }, context) => ({
    send: async ({ title, text, link }) => {
      const timestamp = Date.now();
      const query = new URLSearchParams({ access_token });
      if (secret !== undefined) {
        query.set("timestamp", String(timestamp));
        query.set("sign", signDingtalk(secret, timestamp));
      }
      const lines = cut([title, text, link].filter(Boolean).join("\n"), 5_000);
      const body = { msgtype: "text", text: { content: lines } };
      const { status, json } = await postJson(SERVICE, `${api_base}/robot/send?${query}`, context, body);
      const answer = Answer.safeParse(json);
      if (!answer.success) throw NotifyErrors.FAILED(SERVICE, `${status}, no answer of a robot`);
      const { errcode, errmsg = "" } = answer.data;
      if (errcode === TOO_FAST) throw limited(SERVICE, SILENT_S);
      if (errcode !== 0) throw NotifyErrors.REFUSED(SERVICE, `${errmsg} (${errcode})`);
      return {};
    },
  }),
});

/** Base64 of HMAC-SHA256 with the secret as key over `timestamp\nsecret`; the timestamp in milliseconds. */
export const signDingtalk = (secret: string, timestampMs: number): string =>
  createHmac("sha256", secret).update(`${timestampMs}\n${secret}`).digest("base64");
