import { member, objectOf, type ServiceState, type SimService, textOf } from "./service.ts";

const KEY = "simulated-key";
const APP = { corp_id: "ww-simulated", secret: "simulated-secret", agent_id: 1_000_002 };
const TOKEN = "simulated-access-token";
const MOST_BYTES = 2_048;
const said = (errcode: number, errmsg: string, more: object = {}) => ({ body: { errcode, errmsg, ...more } });

function take(body: string, to: string, perMinute: number, state: ServiceState) {
  const message = objectOf(body);
  const text = textOf(member(message, "text", "content"));
  if (message.msgtype !== "text" || text === "") return said(44_004, "empty content");
  if (Buffer.byteLength(text) > MOST_BYTES) return said(40_058, "content exceed max length");
  const sent = state.take(to, text, perMinute);
  return "waitS" in sent ? said(45_009, "api freq out of limit") : said(0, "ok", { msgid: String(sent.id) });
}

/** A WeCom group robot (developer.work.weixin.qq.com): text of 2,048 bytes, 20 messages a minute. */
export const wecomRobot: SimService = {
  id: "wecom-robot",
  channel: (url) => ({ type: "wecom-robot", api_base: url, key: KEY }),
  answer: ({ path, query, body }, state) => {
    if (path !== "/cgi-bin/webhook/send") return { status: 404, body: "" };
    if (query.get("key") !== KEY) return said(93_000, "invalid webhook url");
    return take(body, KEY, 20, state);
  },
};

/** A WeCom application: a token for its secret, then messages with the token. */
export const wecomApp: SimService = {
  id: "wecom-app",
  channel: (url) => ({ type: "wecom-app", api_base: url, ...APP }),
  answer: ({ path, query, body }, state) => {
    if (path === "/cgi-bin/gettoken") {
      if (query.get("corpid") !== APP.corp_id) return said(40_013, "invalid corpid");
      if (query.get("corpsecret") !== APP.secret) return said(40_001, "invalid credential");
      return said(0, "ok", { access_token: TOKEN, expires_in: 7_200 });
    }
    if (path !== "/cgi-bin/message/send") return { status: 404, body: "" };
    if (query.get("access_token") !== TOKEN) return said(40_014, "invalid access_token");
    const message = objectOf(body);
    if (message.agentid !== APP.agent_id) return said(40_056, "invalid agentid");
    return take(body, textOf(message.touser), 30, state);
  },
};
