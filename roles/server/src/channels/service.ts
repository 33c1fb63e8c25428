import { ConfigErrors, messageOf as reasonOf } from "@banksman/kit";
import type { Egress } from "@banksman/kit/egress";
import { type ChannelType, channelOf, channels as kinds, type Sender } from "@banksman/notify";
import type {
  BodyOf,
  Channel,
  ChannelKind,
  CreateChannel,
  PreviewMessage,
  ReplyOf,
  UpdateChannel,
} from "@banksman/wire/api";
import { AlertLevel } from "@banksman/wire/model";
import { z } from "zod";
import { parseInWords } from "../http/in-words.ts";
import { problem } from "../http/problem.ts";
import type { Vault } from "../secrets.ts";
import type { ChannelStore, StoredChannel } from "./store.ts";

export type ChannelConfig = { name: string; type: string } & Record<string, unknown>;
/** A channel that messages can leave over. */
export type Opened = { name: string; kind: ChannelType; levels: AlertLevel[]; language: "zh" | "en"; sender: Sender };

const TIMEOUT_MS = 10_000;
/** The address of a robot is its secret as well: whoever knows it can post. */
const isSecret = (name: string) => /token|secret|password|key|^url$/.test(name);

const Common = z.object({
  levels: z
    .array(AlertLevel)
    .min(1)
    .default([...AlertLevel.options]),
  language: z.enum(["zh", "en"]).default("zh"),
});

function openSender(kind: ChannelType, settings: unknown, egress: Egress): Sender {
  const { data, wrong } = parseInWords(kind.settings, settings);
  if (wrong !== null) throw new Error(`${wrong.path || kind.type}: ${wrong.message}`);
  return kind.open(data, { timeoutMs: TIMEOUT_MS, egress });
}

/** Opens the configured channels; throws CONFIG_INVALID naming the one that is wrong. */
export function openChannels(configured: readonly ChannelConfig[], egress: Egress): Opened[] {
  return configured.map(({ name, type, levels, language, ...settings }, index) => {
    try {
      const kind = channelOf(type);
      return { name, kind, sender: openSender(kind, settings, egress), ...Common.parse({ levels, language }) };
    } catch (error) {
      throw ConfigErrors.INVALID(`channels.${index}`, reasonOf(error), { cause: error });
    }
  });
}

export type ChannelService = ReturnType<typeof channelService>;

/** Ways to notify: those of the configuration file, and those that are edited on the page. */
export function channelService(
  store: ChannelStore,
  fromFile: readonly Opened[],
  vault: Vault,
  egress: Egress,
  defaults: () => Pick<Opened, "levels" | "language">,
) {
  const opened = new Map<string, { at: number; channel: Opened }>();

  const settingsOf = (row: StoredChannel): Record<string, unknown> => ({
    ...row.settings,
    ...z.record(z.string(), z.unknown()).parse(JSON.parse(vault.open(row.secrets))),
  });
  /** Another server may have changed it: a row is opened anew when it is newer. */
  const openRow = (row: StoredChannel): Opened => {
    const known = opened.get(row.name);
    if (known?.at === row.updated_at.getTime()) return known.channel;
    const kind = channelOf(row.type);
    const { name, levels, language } = row;
    const channel = { name, kind, levels, language, sender: openSender(kind, settingsOf(row), egress) };
    opened.set(name, { at: row.updated_at.getTime(), channel });
    return channel;
  };
  const find = async (name: string): Promise<Opened | null> => {
    const own = fromFile.find((channel) => channel.name === name);
    if (own) return own;
    const row = (await store.all()).find((one) => one.name === name);
    return row?.enabled ? openRow(row) : null;
  };
  const list = async (): Promise<Channel[]> => {
    const [rows, troubles] = await Promise.all([store.all(), store.troubles()]);
    const described = [...fromFile.map(fileChannel), ...rows.map(pageChannel)];
    return described.map((channel) => ({ ...channel, trouble: troubles.get(channel.name) ?? null }));
  };
  const described = async (name: string): Promise<Channel> => {
    const channel = (await list()).find((one) => one.name === name);
    if (!channel) throw noSuch(name);
    return channel;
  };
  const save = async (
    row: Omit<StoredChannel, "updated_at" | "secrets" | "secret_names" | "settings">,
    all: object,
  ) => {
    const settings = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null && value !== ""));
    try {
      openSender(channelOf(row.type), settings, egress);
    } catch (error) {
      throw problem(400, "CHANNEL_INVALID", reasonOf(error), { path: "settings" });
    }
    const names = Object.keys(settings).filter(isSecret);
    const part = (wanted: boolean) =>
      Object.fromEntries(Object.entries(settings).filter(([name]) => isSecret(name) === wanted));
    const secrets = vault.seal(JSON.stringify(part(true)));
    await store.save({ ...row, settings: part(false), secrets, secret_names: names });
    return described(row.name);
  };
  const editable = async (name: string): Promise<StoredChannel> => {
    if (fromFile.some((channel) => channel.name === name))
      throw problem(409, "CHANNEL_OF_THE_FILE", `"${name}" is set in the server's configuration: change it there`);
    const row = (await store.all()).find((one) => one.name === name);
    if (!row) throw noSuch(name);
    return row;
  };

  return {
    list,
    described,
    kinds: (): ChannelKind[] => kinds.map(describeKind),
    find,
    /** Every channel that is switched on. One whose settings can't be read tells so when a message is to leave. */
    all: async (): Promise<Pick<Opened, "name" | "levels" | "language">[]> => [
      ...fromFile,
      ...(await store.all()).filter(({ enabled }) => enabled),
    ],

    create: async (body: BodyOf<typeof CreateChannel>, by: string): Promise<Channel> => {
      if ((await list()).some(({ name }) => name === body.name))
        throw problem(409, "CHANNEL_EXISTS", `there is a channel "${body.name}" already`, { path: "name" });
      if (!kinds.some(({ type }) => type === body.type))
        throw problem(400, "NO_SUCH_KIND", `there is no kind of channel "${body.type}"`, { path: "type" });
      const { settings, levels = defaults().levels, language = defaults().language, ...row } = body;
      return save({ ...row, levels, language, updated_by: by }, settings);
    },

    update: async (name: string, change: BodyOf<typeof UpdateChannel>, by: string): Promise<Channel> => {
      const row = await editable(name);
      const { settings = {}, levels = row.levels, language = row.language, enabled = row.enabled } = change;
      return save(
        { name, type: row.type, levels, language, enabled, updated_by: by },
        { ...settingsOf(row), ...settings },
      );
    },

    remove: async (name: string): Promise<null> => {
      await editable(name);
      await store.remove(name);
      return null;
    },

    test: async (name: string): Promise<{ sent: true }> => {
      const channel = await find(name);
      if (!channel) throw noSuch(name);
      const message = { title: "Banksman", text: "This is a test message. 这是一条测试消息。", level: "info" as const };
      await channel.sender.send(message).catch((error: unknown) => {
        throw problem(502, "CHANNEL_FAILED", reasonOf(error));
      });
      return { sent: true };
    },

    preview: ({ type, title, text }: BodyOf<typeof PreviewMessage>): ReplyOf<typeof PreviewMessage>["data"] => {
      const kind = kinds.find((one) => one.type === type);
      if (!kind) throw problem(400, "NO_SUCH_KIND", `there is no kind of channel "${type}"`, { path: "type" });
      const whole = { zh: `${title.zh}\n${text.zh}`, en: `${title.en}\n${text.en}` };
      const cut = (message: string) => message.slice(0, kind.max_length);
      return {
        zh: cut(whole.zh),
        en: cut(whole.en),
        max_length: kind.max_length,
        cut: Math.max(whole.zh.length, whole.en.length) > kind.max_length,
      };
    },
  };
}

const noSuch = (name: string) => problem(404, "NO_SUCH_CHANNEL", `there is no channel "${name}"`, { path: "name" });

function describeKind({ type, title, settings, max_length, per_minute }: ChannelType): ChannelKind {
  const schema = z
    .record(z.string(), z.unknown())
    .parse(z.toJSONSchema(settings, { io: "input", unrepresentable: "any" }));
  const names = z.object({ properties: z.record(z.string(), z.unknown()) }).safeParse(schema);
  const secrets = Object.keys(names.data?.properties ?? {}).filter(isSecret);
  return { type, title, settings: schema, secrets, max_length, per_minute };
}

const fileChannel = ({ name, kind, levels, language }: Opened): Omit<Channel, "trouble"> => ({
  name,
  type: kind.type,
  origin: "file",
  settings: {},
  secrets: [],
  levels,
  language,
  enabled: true,
  updated_at: null,
  updated_by: null,
});

const pageChannel = (row: StoredChannel): Omit<Channel, "trouble"> => ({
  name: row.name,
  type: row.type,
  origin: "page",
  settings: row.settings,
  secrets: row.secret_names,
  levels: row.levels,
  language: row.language,
  enabled: row.enabled,
  updated_at: row.updated_at.toISOString(),
  updated_by: row.updated_by,
});
