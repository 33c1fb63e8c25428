import { createHmac } from "node:crypto";
import { isFresh, isSame, member, objectOf, type SimService, textOf } from "./service.ts";

const TOKEN = "simulated-robot";
const SECRET = "SECsimulated0123456789";
const HOUR_MS = 3_600_000;
const said = (errcode: number, errmsg: string) => ({ body: { errcode, errmsg } });

/** A DingTalk group robot with signing (open.dingtalk.com, custom robots): 20 messages a minute, refusals with status 200. */
export const dingtalk: SimService = {
  id: "dingtalk",
  channel: (url) => ({ type: "dingtalk", api_base: url, access_token: TOKEN, secret: SECRET }),
  answer: ({ path, query, body }, state) => {
    if (path !== "/robot/send") return { status: 404, body: "not found" };
    if (query.get("access_token") !== TOKEN) return said(300_005, "token is not exist");
    const timestamp = query.get("timestamp") ?? "";
    const sign = createHmac("sha256", SECRET).update(`${timestamp}\n${SECRET}`).digest("base64");
    if (!isFresh(Number(timestamp), state, HOUR_MS)) return said(310_000, "invalid timestamp");
    if (!isSame(sign, query.get("sign") ?? "")) return said(310_000, "sign not match");
    const message = objectOf(body);
    const text = textOf(member(message, "text", "content"));
    if (message.msgtype !== "text" || text === "") return said(40_035, "缺少参数 text.content");
    const sent = state.take(TOKEN, text, 20);
    return "waitS" in sent ? said(130_101, "send too fast, exceed 20 times per minute") : said(0, "ok");
  },
};
