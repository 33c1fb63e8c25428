import { z } from "zod";
import { defineChannel, type Message, type Receipt, webAddress } from "../channel.ts";
import { NotifyErrors } from "../errors.ts";
import { postJson, request, shown } from "../post.ts";
import { cut } from "../text.ts";

const SERVICE = "Discord";
const MAX_LENGTH = 4_000;
const COLOURS = { urgent: 0xbe1230, severe: 0xc2500a, warning: 0xf2b632, info: 0x3a6ea5 };
const Sent = z.object({ id: z.string() });

/** A Discord webhook. `wait=true` makes it answer with the message's id, which editing and deleting need. */
export const discord = defineChannel({
  type: "discord",
  title: "Discord",
  settings: z.strictObject({
    url: webAddress("the webhook's address").transform((url) => url.split("?")[0] ?? url),
  }),
  max_length: MAX_LENGTH,
  per_minute: 30,
  open: ({ url }, context) => {
    const at = ({ id }: Receipt) => `${url}/messages/${id}`;
    const headers = { "content-type": "application/json" };
    return {
      send: async (message) => {
        const { status, json, text } = await postJson(SERVICE, `${url}?wait=true`, context, bodyOf(message));
        const sent = Sent.safeParse(json);
        if (status >= 300 || !sent.success) throw NotifyErrors.REFUSED(SERVICE, `${status} ${shown(text)}`);
        return { id: sent.data.id };
      },
      edit: async (receipt, message) => {
        const body = JSON.stringify(bodyOf(message));
        const { status, text } = await request(SERVICE, at(receipt), context, { method: "PATCH", headers, body });
        if (status >= 300) throw NotifyErrors.REFUSED(SERVICE, `${status} ${shown(text)}`);
      },
      remove: async (receipt) => {
        const { status, text } = await request(SERVICE, at(receipt), context, { method: "DELETE" });
        if (status >= 300 && status !== 404) throw NotifyErrors.REFUSED(SERVICE, `${status} ${shown(text)}`);
      },
    };
  },
});

const bodyOf = ({ title, text, level, link }: Message) => ({
  // Nobody is called by a worker's name that happens to be @everyone.
  allowed_mentions: { parse: [] },
  embeds: [
    {
      title: cut(title, 256),
      description: escapeMarkdown(cut(text, MAX_LENGTH)),
      color: COLOURS[level],
      ...(link === undefined ? {} : { url: link }),
    },
  ],
});

const escapeMarkdown = (text: string) => text.replaceAll(/([\\*_~`|>#[\]()])/g, "\\$1").slice(0, 4_096);
