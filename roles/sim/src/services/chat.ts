import { member, objectOf, type SimService, textOf } from "./service.ts";

/** Slack's incoming webhooks (api.slack.com): plain words for answers, about one message a second. */
export const slack: SimService = {
  id: "slack",
  channel: (url) => ({ type: "slack", url: `${url}/services/T0/B0/simulated` }),
  answer: ({ path, body }, state) => {
    if (path !== "/services/T0/B0/simulated") return { status: 404, body: "no_service" };
    const message = objectOf(body);
    if (textOf(message.text) === "" && !Array.isArray(message.blocks)) return { status: 400, body: "no_text" };
    const sent = state.take("channel", textOf(message.text) || JSON.stringify(message.blocks), 60);
    if ("waitS" in sent) return { status: 429, headers: { "retry-after": String(sent.waitS) }, body: "rate_limited" };
    return { body: "ok" };
  },
};

const HOOK = "/api/webhooks/1/simulated";
const MOST_CHARS = 2_000;
const MOST_EMBED_CHARS = 256 + 4_096;

/** A Discord webhook (discord.com/developers): text of 2,000 characters, 30 messages a minute, messages can be changed. */
export const discord: SimService = {
  id: "discord",
  channel: (url) => ({ type: "discord", url: `${url}${HOOK}` }),
  answer: ({ method, path, body }, state) => {
    if (!path.startsWith(HOOK)) return { status: 404, body: { message: "Unknown Webhook", code: 10_015 } };
    const message = objectOf(body);
    const text = discordText(message);
    if (method === "DELETE" || method === "PATCH") {
      const found = state.taken.find(({ id }) => path === `${HOOK}/messages/${id}`);
      if (!found || state.removed.includes(found.id))
        return { status: 404, body: { message: "Unknown Message", code: 10_008 } };
      if (method === "DELETE") state.removed.push(found.id);
      else found.text = text;
      return method === "DELETE" ? { status: 204 } : { body: { id: String(found.id) } };
    }
    if (text === "") return { status: 400, body: { message: "Cannot send an empty message", code: 50_006 } };
    if (text.length > (message.embeds === undefined ? MOST_CHARS : MOST_EMBED_CHARS))
      return { status: 400, body: { code: 50_035, message: "Invalid Form Body", errors: { content: {} } } };
    const sent = state.take("channel", text, 30);
    if ("waitS" in sent)
      return { status: 429, body: { message: "You are being rate limited.", retry_after: sent.waitS, global: false } };
    return { body: { id: String(sent.id) } };
  },
};

/** Plain content, or the title and description of its first embed. */
function discordText(message: Record<string, unknown>): string {
  const [title, description] = ["title", "description"].map((name) => textOf(member(message, "embeds", "0", name)));
  return textOf(message.content) || [title, description].filter(Boolean).join("\n");
}
