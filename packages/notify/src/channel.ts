import type { Egress } from "@banksman/kit/egress";
import { z } from "zod";

/** What is to be told. `text` is plain; a channel cuts it to what its service takes and escapes what it must. */
export type Message = {
  /** One line: a mail's subject, a card's head. */
  title: string;
  text: string;
  level: "urgent" | "severe" | "warning" | "info";
  /** Where to look, if anywhere. */
  link?: string | undefined;
  /** Messages of one key are about the same thing: one thread, one incident, where the service knows such. */
  key?: string | undefined;
  /** Go along where the service takes files; others are sent without. */
  files?: readonly MessageFile[] | undefined;
};
export type MessageFile = { name: string; type: string; bytes: Buffer };

/** What a service gave back for a message: enough to change it or take it away later. */
export type Receipt = Record<string, string | number>;

export type Sender = {
  /** Resolves when the service has taken the message; throws one of NotifyErrors. */
  send: (message: Message) => Promise<Receipt>;
  /** Replaces the text of a message sent before. */
  edit?: (receipt: Receipt, message: Message) => Promise<void>;
  /** Takes a message away; one that is gone already is no error. */
  remove?: (receipt: Receipt) => Promise<void>;
};

/** How a channel reaches its service: how long it waits for it, and where its requests may go. */
export type ChannelContext = { timeoutMs: number; egress: Egress };

/** A way to notify: what it needs to be told, and how a message leaves. */
export type ChannelType<S extends z.ZodType = z.ZodType> = {
  type: string;
  title: string;
  settings: S;
  /** Characters of text that the service takes. */
  max_length: number;
  /** Messages a minute that one destination takes. */
  per_minute: number;
  /** Bytes of files that may go with one message; 0 where the service takes none. */
  max_file_bytes?: number;
  open: (settings: z.output<S>, context: ChannelContext) => Sender;
};

/** An address that messages are posted to; other schemes than http and https are refused when it is typed. */
export const webAddress = (example = "an address such as https://example.com") =>
  z.url({ protocol: /^https?$/, error: example });

/** Declares a channel; the only way to make one, here and in plugins. */
export const defineChannel = <S extends z.ZodType>(channel: ChannelType<S>): ChannelType<S> => channel;
