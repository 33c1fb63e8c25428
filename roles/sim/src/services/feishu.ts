import { createHmac } from "node:crypto";
import { isFresh, isSame, member, objectOf, type SimService, textOf } from "./service.ts";

const SECRET = "simulated-secret";
const HOUR_MS = 3_600_000;
const said = (code: number, msg: string) => ({ body: { code, msg, data: {} } });

/** A Feishu group robot with signing (open.feishu.cn, custom bots): 100 messages a minute, refusals with status 200. */
export const feishu: SimService = {
  id: "feishu",
  channel: (url) => ({ type: "feishu", url: `${url}/open-apis/bot/v2/hook/simulated`, secret: SECRET }),
  answer: ({ path, body }, state) => {
    if (path !== "/open-apis/bot/v2/hook/simulated")
      return said(19_001, "param invalid: incoming webhook access token invalid");
    const message = objectOf(body);
    const timestamp = textOf(message.timestamp);
    const sign = createHmac("sha256", `${timestamp}\n${SECRET}`).digest("base64");
    if (!isFresh(Number(timestamp) * 1_000, state, HOUR_MS) || !isSame(sign, textOf(message.sign)))
      return said(19_021, "sign match fail or timestamp is not within one hour from current time");
    const text = textOf(member(message, "content", "text"));
    if (message.msg_type !== "text" || text === "") return said(9_499, "Bad Request");
    const sent = state.take("group", text, 100);
    return "waitS" in sent ? said(11_232, "frequency limited psm[lark.oapi.app_platform_runtime]") : said(0, "success");
  },
};
