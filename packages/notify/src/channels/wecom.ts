import { z } from "zod";
import { defineChannel, webAddress } from "../channel.ts";
import { limited, NotifyErrors } from "../errors.ts";
import { postJson, request } from "../post.ts";
import { cutBytes } from "../text.ts";

const SERVICE = "WeCom";
const MAX_BYTES = 2_048;
const WAIT_S = 60;
const BASE = "https://qyapi.weixin.qq.com";
const Answer = z.object({ errcode: z.number(), errmsg: z.string().optional() });
const TOO_MANY = 45_009;
/** The token is not valid, or no longer. */
const TOKEN_OVER = new Set([40_014, 42_001, 41_001]);

/** Throws unless the answer says 0. */
function check(json: unknown, status: number): void {
  const answer = Answer.safeParse(json);
  if (!answer.success) throw NotifyErrors.FAILED(SERVICE, `${status}, no answer of WeCom`);
  const { errcode, errmsg = "" } = answer.data;
  if (errcode === TOO_MANY) throw limited(SERVICE, WAIT_S);
  if (errcode !== 0) throw NotifyErrors.REFUSED(SERVICE, `${errmsg} (${errcode})`);
}

const textOf = ({ title, text, link }: { title: string; text: string; link?: string | undefined }) =>
  cutBytes([title, text, link].filter(Boolean).join("\n"), MAX_BYTES);

/** A WeCom group robot: its key is all the proof there is, and limits count bytes. */
export const wecomRobot = defineChannel({
  type: "wecom-robot",
  title: "WeCom robot 企业微信机器人",
  settings: z.strictObject({ api_base: webAddress().default(BASE), key: z.string().min(1) }),
  max_length: MAX_BYTES,
  per_minute: 20,
  open: ({ api_base, key }, context) => ({
    send: async (message) => {
      const url = `${api_base}/cgi-bin/webhook/send?key=${encodeURIComponent(key)}`;
      const body = { msgtype: "text", text: { content: textOf(message) } };
      const { status, json } = await postJson(SERVICE, url, context, body);
      check(json, status);
      return {};
    },
  }),
});

const Token = z.object({ access_token: z.string(), expires_in: z.number() });

/** A WeCom application: tells people of the company. Its token lasts two hours and is fetched when it is over. */
export const wecomApp = defineChannel({
  type: "wecom-app",
  title: "WeCom application 企业微信应用",
  settings: z.strictObject({
    api_base: webAddress().default(BASE),
    corp_id: z.string().min(1),
    secret: z.string().min(1),
    agent_id: z.int(),
    to_user: z.string().min(1).default("@all"),
  }),
  max_length: MAX_BYTES,
  per_minute: 30,
  open: ({ api_base, corp_id, secret, agent_id, to_user }, context) => {
    let token: { text: string; until: number } | null = null;
    const tokenNow = async (): Promise<string> => {
      if (token !== null && token.until > Date.now()) return token.text;
      const query = new URLSearchParams({ corpid: corp_id, corpsecret: secret });
      const { status, json } = await request(SERVICE, `${api_base}/cgi-bin/gettoken?${query}`, context, {
        method: "GET",
      });
      check(json, status);
      const { access_token, expires_in } = Token.parse(json);
      token = { text: access_token, until: Date.now() + (expires_in - 60) * 1_000 };
      return access_token;
    };
    const post = async (body: object) =>
      await postJson(
        SERVICE,
        `${api_base}/cgi-bin/message/send?access_token=${encodeURIComponent(await tokenNow())}`,
        context,
        body,
      );
    return {
      send: async (message) => {
        const body = {
          touser: to_user,
          msgtype: "text",
          agentid: agent_id,
          text: { content: textOf(message) },
          enable_duplicate_check: 1,
        };
        let { status, json } = await post(body);
        if (TOKEN_OVER.has(Answer.safeParse(json).data?.errcode ?? 0)) {
          token = null;
          ({ status, json } = await post(body));
        }
        check(json, status);
        return {};
      },
    };
  },
});
