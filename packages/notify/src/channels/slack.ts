import { z } from "zod";
import { defineChannel, webAddress } from "../channel.ts";
import { NotifyErrors } from "../errors.ts";
import { postJson, shown } from "../post.ts";
import { cut } from "../text.ts";

const SERVICE = "Slack";
/** A text block takes 3,000 characters, the whole message far more. */
const MAX_LENGTH = 3_000;
const MARKS = {
  urgent: ":red_circle:",
  severe: ":large_orange_circle:",
  warning: ":large_yellow_circle:",
  info: ":large_blue_circle:",
};

/** A Slack incoming webhook. Only & < > mean something in its text. */
export const slack = defineChannel({
  type: "slack",
  title: "Slack",
  settings: z.strictObject({ url: webAddress("the incoming webhook's address") }),
  max_length: MAX_LENGTH,
  per_minute: 60,
  open: ({ url }, context) => ({
    send: async ({ title, text, level, link }) => {
      const head = link === undefined ? `*${escapeText(title)}*` : `*<${link}|${escapeText(title)}>*`;
      const body = {
        text: escapeText(title),
        blocks: [
          {
            type: "section",
            text: { type: "mrkdwn", text: cut(`${MARKS[level]} ${head}\n${escapeText(text)}`, MAX_LENGTH) },
          },
        ],
      };
      const { status, text: said } = await postJson(SERVICE, url, context, body);
      if (status !== 200 || said.trim() !== "ok") throw NotifyErrors.REFUSED(SERVICE, `${status} ${shown(said)}`);
      return {};
    },
  }),
});

const escapeText = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
