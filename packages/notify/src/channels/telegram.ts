import { z } from "zod";
import { defineChannel, type Message, type Receipt, webAddress } from "../channel.ts";
import { NotifyErrors } from "../errors.ts";
import { type Posted, postJson } from "../post.ts";
import { cut } from "../text.ts";

const SERVICE = "Telegram";
const MAX_LENGTH = 4_096;

/** Ids of supergroups and channels exceed 32 bits and are negative; a public channel also goes by @name. */
const ChatId = z.union([z.string().min(1), z.number()]).transform(String);
const Answer = z.object({
  ok: z.boolean(),
  description: z.string().optional(),
  result: z.unknown().optional(),
  parameters: z.object({ migrate_to_chat_id: ChatId.optional() }).optional(),
});
const Sent = z.object({ message_id: z.number() });

/** The original watcher's text begins with its own title and goes out as it is. */
const wordsOf = ({ title, text, link }: Message): string =>
  cut([text.startsWith(title) ? "" : title, text, link].filter(Boolean).join("\n"), MAX_LENGTH);

/** Telegram's Bot API (core.telegram.org/bots/api). Text goes out plain: worker names hold what its markup stumbles over. */
export const telegram = defineChannel({
  type: "telegram",
  title: "Telegram",
  settings: z.strictObject({
    api_base: webAddress("an address such as https://api.telegram.org").default("https://api.telegram.org"),
    token: z.string().regex(/^\d+:[\w-]+$/, "a bot's token, such as 123456:ABC-DEF"),
    chat_id: ChatId,
  }),
  max_length: MAX_LENGTH,
  per_minute: 20,
  open: ({ api_base, token, chat_id }, context) => {
    let chatId = chat_id;
    const call = async (method: string, body: object): Promise<{ answer: z.output<typeof Answer>; posted: Posted }> => {
      // The token is part of the address: the address never gets into an error.
      const url = `${api_base.replace(/\/$/, "")}/bot${token}/${method}`;
      const posted = await postJson(SERVICE, url, context, { chat_id: chatId, ...body });
      const answer = Answer.safeParse(posted.json);
      if (!answer.success) throw NotifyErrors.FAILED(SERVICE, `${posted.status}, not an answer of the Bot API`);
      return { answer: answer.data, posted };
    };
    const sendText = async (text: string): Promise<Receipt> => {
      const { answer } = await call("sendMessage", { text, link_preview_options: { is_disabled: true } });
      if (answer.ok) return { chat_id: chatId, message_id: Sent.parse(answer.result).message_id };
      const moved = answer.parameters?.migrate_to_chat_id;
      if (moved === undefined || moved === chatId)
        throw NotifyErrors.REFUSED(SERVICE, answer.description ?? "no reason");
      // A group that became a supergroup has another id from then on.
      chatId = moved;
      return await sendText(text);
    };
    const about = (receipt: Receipt) => ({ chat_id: receipt.chat_id, message_id: receipt.message_id });
    return {
      send: (message) => sendText(wordsOf(message)),
      edit: async (receipt, message) => {
        const { answer } = await call("editMessageText", { ...about(receipt), text: wordsOf(message) });
        if (!answer.ok && !/not modified/i.test(answer.description ?? ""))
          throw NotifyErrors.REFUSED(SERVICE, answer.description ?? "no reason");
      },
      remove: async (receipt) => {
        const { answer } = await call("deleteMessage", about(receipt));
        // Somebody else deleted it, or it is older than the 48 hours in which a bot may.
        if (!answer.ok && !/not found|can't be deleted/i.test(answer.description ?? ""))
          throw NotifyErrors.REFUSED(SERVICE, answer.description ?? "no reason");
      },
    };
  },
});
