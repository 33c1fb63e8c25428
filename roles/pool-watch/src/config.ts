import { ConfigErrors, checkConfig, messageOf, readConfigFile } from "@banksman/kit";
import { telegram } from "@banksman/notify";
import { parseHashrate, poolOf } from "@banksman/pools";
import { z } from "zod";
import { unitOf } from "./unit.ts";

const seconds = (least: number) => z.number("a number of seconds").min(least);

const Account = z.strictObject({
  pool: z.string().superRefine((id, context) => {
    try {
      poolOf(id);
    } catch (error) {
      context.addIssue({ code: "custom", message: messageOf(error) });
    }
  }),
  coin: z.string().min(1).default("bitcoin"),
  account: z.string().min(1),
  api_base: z.url("an address such as https://api.f2pool.com").optional(),
  api_key: z.string().min(1).optional(),
});

const Telegram = telegram.settings.extend({
  /** Just under four ticks of a five-minute timer. */
  delete_after_s: seconds(1).max(172_000, "Telegram lets a bot delete for 48 hours: at most 172000").default(1_190),
  on_recovery: z.enum(["delete", "edit", "keep"]).default("delete"),
});

const LOOPBACK = /^(127\.\d+\.\d+\.\d+|\[::1\]|localhost)$/;

/** A Banksman server that gets to know what is read, with a collector key of the site. */
const Server = z
  .strictObject({
    url: z.url("an address such as https://banksman.example"),
    key: z.string().min(1),
    site_id: z.string().min(1).optional(),
    allow_http: z.boolean().default(false),
  })
  .refine(({ url, allow_http }) => allow_http || !url.startsWith("http:") || LOOPBACK.test(new URL(url).hostname), {
    path: ["url"],
    message:
      'plain http would show the key to everyone on the way; use https://, or set "allow_http": true if the network is your own',
  });

/** The watcher's configuration. */
export const WatchConfig = z
  .strictObject({
    accounts: z.array(Account).min(1, "name at least one account"),
    profile: z.enum(["zh", "en"]).default("zh"),
    offline_after_s: seconds(1).default(600),
    forget_after_s: seconds(1).default(28_800),
    hashrate_floor: z.union([z.string(), z.number()]).default("30000 MH/s"),
    request_timeout_s: seconds(0.1).max(600).default(30),
    unreadable_after: z.int("a number of checks").min(1).default(3),
    interval_s: seconds(5).default(300),
    repeat: z.enum(["every-check", "on-change"]).optional(),
    log_file: z.string().min(1).default("/var/log/push/log"),
    state: z.string().min(1).default("./cache/pool_watch.db"),
    telegram: Telegram.optional(),
    channels: z.array(z.looseObject({ type: z.string() })).default([]),
    ops_port: z.int().min(0).max(65_535).optional(),
    server: Server.optional(),
  })
  .superRefine((config, context) => {
    if (config.forget_after_s <= config.offline_after_s)
      context.addIssue({
        code: "custom",
        path: ["forget_after_s"],
        message: `must be above offline_after_s (${config.offline_after_s})`,
      });
    if (floorOf(config.hashrate_floor, config.accounts[0]?.coin ?? "") === null)
      context.addIssue({
        code: "custom",
        path: ["hashrate_floor"],
        message: 'a hashrate such as "30000 MH/s" or "5 PH/s"',
      });
    const ids = config.accounts.map(({ pool, coin, account }) => `${pool} ${coin} ${account}`);
    const twice = ids.findIndex((id, index) => ids.indexOf(id) !== index);
    if (twice >= 0)
      context.addIssue({ code: "custom", path: ["accounts", twice], message: `${ids[twice]} is listed twice` });
  })
  .transform((config) => ({
    ...config,
    repeat: config.repeat ?? (config.profile === "zh" ? "every-check" : "on-change"),
  }));
export type WatchConfig = z.output<typeof WatchConfig>;
export type WatchedAccount = WatchConfig["accounts"][number];

export const DEFAULT_CONFIG_FILE = "pool-watch.yml";

/** Reads and checks the file, the environment laid over it; throws CONFIG_… with the key, the value and the fix. */
export async function loadWatchConfig(path: string, environment: NodeJS.ProcessEnv): Promise<WatchConfig> {
  const raw = await readConfigFile(path, "Write one (docs/pool-watch.md has an example), or name yours with --config.");
  return checkConfig(WatchConfig, withSecrets(raw, environment), path);
}

const Loose = z.looseObject({
  telegram: z.looseObject({}).optional(),
  accounts: z.array(z.looseObject({ api_key: z.unknown().optional() })).optional(),
  server: z.looseObject({}).optional(),
});

/** Secrets may stand in the environment instead of the file: the bot's token, its chat, the accounts' and the server's key. */
function withSecrets(
  raw: unknown,
  { TELEGRAM_TOKEN, TELEGRAM_CHAT_ID, POOL_API_KEY, COLLECTOR_KEY }: NodeJS.ProcessEnv,
): unknown {
  const file = Loose.safeParse(raw);
  if (!file.success) return raw;
  const { telegram: chat, accounts, server, ...rest } = file.data;
  const token = TELEGRAM_TOKEN ? { token: TELEGRAM_TOKEN } : {};
  const chatId = TELEGRAM_CHAT_ID ? { chat_id: TELEGRAM_CHAT_ID } : {};
  const own = { ...chat, ...token, ...chatId };
  const keyFor = (given: unknown) => (POOL_API_KEY && given === undefined ? { api_key: POOL_API_KEY } : {});
  return {
    ...rest,
    ...(Object.keys(own).length > 0 || chat ? { telegram: own } : {}),
    ...(server ? { server: { ...server, ...(COLLECTOR_KEY ? { key: COLLECTOR_KEY } : {}) } } : {}),
    ...(accounts ? { accounts: accounts.map((one) => ({ ...one, ...keyFor(one.api_key) })) } : {}),
  };
}

/** The floor in H/s with the unit it was written in; a bare number is in the unit that the coin is spoken of in. */
export function floorOf(floor: string | number, coin: string): { hs: number; unit: string } | null {
  const text = typeof floor === "number" || /^\s*[\d.]+\s*$/.test(floor) ? `${floor} ${unitOf(coin)}` : floor;
  const hs = parseHashrate(text);
  if (hs === null) return null;
  return { hs, unit: text.replace(/^[\s\d.]+/, "").trim() };
}

/** A mistake in a channel's settings, found when it is opened. */
export const badChannel = (index: number, why: string) =>
  ConfigErrors.INVALID("pool-watch", `channels.${index}: ${why}`);
