import { objectOf, type SimService } from "./service.ts";

const TOKEN = "123456:simulated-bot";
const MOST_CHARS = 4_096;
const refused = (code: number, description: string, parameters?: object) => ({
  status: code,
  body: { ok: false, error_code: code, description, ...(parameters ? { parameters } : {}) },
});

/** The Bot API (core.telegram.org/bots/api): sendMessage, editMessageText, deleteMessage; 20 messages a minute and chat. */
export const telegram: SimService = {
  id: "telegram",
  channel: (url) => ({ type: "telegram", api_base: url, token: TOKEN, chat_id: "-1001234567890" }),
  answer: ({ path, body }, state) => {
    const method = path.startsWith(`/bot${TOKEN}/`) ? path.split("/").at(-1) : null;
    if (method === null) return refused(401, "Unauthorized");
    const { chat_id, text, message_id } = objectOf(body);
    const chat = String(chat_id ?? "");
    if (chat === "") return refused(400, "Bad Request: chat_id is empty");
    if (method === "deleteMessage") {
      const id = Number(message_id);
      if (!state.taken.some((one) => one.id === id) || state.removed.includes(id))
        return refused(400, "Bad Request: message to delete not found");
      state.removed.push(id);
      return { body: { ok: true, result: true } };
    }
    if (typeof text !== "string" || text === "") return refused(400, "Bad Request: message text is empty");
    if (text.length > MOST_CHARS) return refused(400, "Bad Request: message is too long");
    if (method === "editMessageText") {
      const found = state.taken.find(({ id }) => id === Number(message_id));
      if (!found) return refused(400, "Bad Request: message to edit not found");
      if (found.text === text) return refused(400, "Bad Request: message is not modified");
      found.text = text;
      return { body: { ok: true, result: { message_id: found.id, text } } };
    }
    if (method !== "sendMessage") return refused(404, "Not Found");
    const sent = state.take(chat, text, 20);
    if ("waitS" in sent)
      return refused(429, `Too Many Requests: retry after ${sent.waitS}`, { retry_after: sent.waitS });
    return { body: { ok: true, result: { message_id: sent.id, chat: { id: chat }, text } } };
  },
};
