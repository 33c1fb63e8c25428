import { userInfo } from "node:os";
import { join } from "node:path";
import { AddressOrNetwork, ConfigErrors, checkConfig, codeOf, overlayEnvironment, readConfigFile } from "@banksman/kit";
import { UPLOAD_MAX_READINGS } from "@banksman/wire/ingest";
import { MinerId } from "@banksman/wire/model";
import { z } from "zod";
import { credentials, flag, list, siteId, text, whole } from "./config-parts.ts";
import { clashIn, coolingList } from "./cooling/config.ts";
import { parseIpv4, parseRange } from "./ipv4.ts";

export const DEFAULT_CONFIG_FILE = "collector_config.json";

const GIB = 1024 ** 3;
const DAY_MS = 86_400_000;

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;
const UPLOAD_PATH = /\/+(api\/collector\/upload\/*)?$/;

const apiUrl = text("the server's address, such as https://mine.example.com")
  .refine((value) => /^https?:\/\/[^\s/]+/i.test(value) && URL.canParse(value), {
    error: "must be a whole address that starts with https://, such as https://mine.example.com",
  })
  .transform((value) => value.replace(UPLOAD_PATH, ""));

const apiKey = text("the collector key from the site's collector settings").regex(/^[\x21-\x7e]+$/, {
  error: "must be one word without spaces; copy the key again from the site's collector settings",
});

const minerType = (types: readonly string[]) =>
  z
    .string({ error: `must be one of ${types.join(", ")}` })
    .transform((value) => value.trim().toLowerCase())
    .refine((value) => types.includes(value), { error: `is no miner type; use one of ${types.join(", ")}` })
    .default("auto");

const place = z.string({ error: "must be text of up to 64 characters" }).max(64).optional();

const driverOptions = z.strictObject(
  {
    v3_port: whole(1, 65_535, "TCP port of the WhatsMiner API v3").optional(),
    http_port: whole(1, 65_535, "TCP port of the miner's web server").optional(),
  },
  { error: 'must be an object of driver options, such as {"v3_port": 4433, "http_port": 80}' },
);
export type DriverOptions = z.output<typeof driverOptions>;

/** What an explicit miner and a range have in common. */
const shared = (types: readonly string[]) => ({
  type: minerType(types),
  port: whole(1, 65_535, "TCP port of the miner's API").default(4028),
  options: driverOptions.optional(),
  credentials: credentials.optional(),
  rack: place,
  position: place,
});

const miner = (types: readonly string[]) =>
  z.strictObject(
    {
      id: text("the miner's id, such as S19_0001").pipe(MinerId),
      ip: z
        .string({ error: "must be an IPv4 address such as 192.168.1.100" })
        .trim()
        .refine((value) => parseIpv4(value) !== null, { error: "is not an IPv4 address such as 192.168.1.100" }),
      ...shared(types),
    },
    { error: 'must be an object such as {"id": "S19_0001", "ip": "192.168.1.100", "type": "antminer"}' },
  );

const rangeText = z
  .string({ error: "must be text such as 192.168.1.100-192.168.1.199" })
  .transform((value, context) => {
    const range = parseRange(value);
    if (typeof range !== "string") return range;
    context.addIssue({ code: "custom", message: range, input: value });
    return z.NEVER;
  });

const ipRange = (types: readonly string[]) =>
  z.strictObject(
    {
      range: rangeText,
      prefix: z.string({ error: 'must be text such as "S19_"' }).max(100).default("miner_"),
      start: whole(0, 1_000_000, "number of the range's first miner").default(1),
      ...shared(types),
    },
    {
      error: 'must be an object such as {"range": "192.168.1.100-192.168.1.199", "prefix": "S19_", "type": "antminer"}',
    },
  );

const above0 = (unit: string) => {
  const error = `must be a number above 0 (${unit})`;
  return z.number({ error }).positive({ error });
};

const spool = z
  .union(
    [
      z.string().min(1),
      z.strictObject({
        path: z.string().min(1).optional(),
        max_gib: above0("GiB on disk").optional(),
        max_days: above0("days").optional(),
      }),
    ],
    {
      error: 'must be a path, or an object such as {"path": "./cache/offline_cache.db", "max_gib": 5, "max_days": 7}',
    },
  )
  .default({})
  .transform((value) => (typeof value === "string" ? { path: value } : value))
  .transform((value) => ({
    path: value.path ?? "./cache/offline_cache.db",
    maxBytes: ("max_gib" in value ? (value.max_gib ?? 5) : 5) * GIB,
    maxAgeMs: ("max_days" in value ? (value.max_days ?? 7) : 7) * DAY_MS,
  }));

const numberOrAuto = (min: number, max: number, step: number, error: string) =>
  z.union(
    [z.literal("auto"), z.number({ error }).min(min, { error }).max(max, { error }).multipleOf(step, { error })],
    {
      error,
    },
  );

const pluginNames = list(text("the name of an npm package with drivers"), '["banksman-driver-example"]');

/** The keys of `collector_config.json`; `types` are the words that `type` may have. */
export const edgeConfigSchema = (types: readonly string[]) =>
  z
    .strictObject({
      api_url: apiUrl,
      api_key: apiKey,
      site_id: siteId,
      name: z
        .string()
        .regex(/^[\w.@-]+(?: [\w.@-]+)*$/, 'must be letters, digits and ._@-, such as "hall-3"')
        .max(64)
        .optional(),
      collection_interval: numberOrAuto(
        1,
        86_400,
        0.001,
        'must be a number of seconds from 1 to 86,400, or "auto"',
      ).default(30),
      max_workers: numberOrAuto(
        1,
        20_000,
        1,
        'must be a whole number from 1 to 20,000 (miners read at once), or "auto"',
      ).default(50),
      miners: list(miner(types), '[{"id": "S19_0001", "ip": "192.168.1.100", "type": "antminer"}]').default([]),
      ip_ranges: list(
        ipRange(types),
        '[{"range": "192.168.1.100-192.168.1.199", "prefix": "S19_", "type": "antminer"}]',
      ).default([]),
      discover: list(rangeText, '["192.168.1.0/24"]').default([]),
      cooling: coolingList.optional(),
      cooling_profiles: list(text("the path of a profile"), '["cdu.yml"]').default([]),
      video: z
        .union([z.literal(false), z.strictObject({ allow: list(AddressOrNetwork, '["10.0.0.0/8"]').default([]) })], {
          error: 'must be false, or an object such as {"allow": ["169.254.7.20"]}',
        })
        .optional(),
      plugins: pluginNames.default([]),
      timeout_ms: whole(200, 120_000, "milliseconds for one miner").default(10_000),
      upload_batch: whole(1, UPLOAD_MAX_READINGS, "readings in one upload").default(5_000),
      spool,
      raw: flag.default(false),
      identity: z.enum(["place", "mac"], { error: 'must be "place" or "mac"' }).default("place"),
      credentials: z
        .record(z.string(), credentials, {
          error: 'must name drivers, such as {"antminer": {"username": "root", "password": "env:MINER_PASSWORD"}}',
        })
        .default({}),
      factory_credentials: flag.default(false),
      ca_file: text("the path of a PEM file").optional(),
      allow_http: flag.default(false),
      ops_port: whole(0, 65_535, "TCP port for /health and /metrics").optional(),
      ops_host: text("the address that /health listens on").default("127.0.0.1"),
      metrics_token: text("the token that readers of /metrics must show").optional(),
      metrics_allow: list(AddressOrNetwork, '["10.0.0.0/8"]').optional(),
    })
    .superRefine((config, context) => {
      const { cooling, video } = config;
      const hasMiners = config.miners.length + config.ip_ranges.length + config.discover.length > 0;
      if (!hasMiners && cooling === undefined && !video) {
        context.addIssue({
          code: "custom",
          path: ["miners"],
          message: "nothing to collect: name miners, ip_ranges, discover, cooling or video",
          input: config.miners,
        });
      }
      const clash = clashIn(cooling ?? [], config.site_id);
      if (clash)
        context.addIssue({
          code: "custom",
          path: ["cooling", clash.index, "host"],
          message: clash.message,
          input: cooling,
        });
      const url = URL.parse(config.api_url);
      if (url?.protocol === "http:" && !config.allow_http && !LOOPBACK.test(url.hostname)) {
        context.addIssue({
          code: "custom",
          path: ["api_url"],
          message:
            'plain http would show the key to everyone on the way; use https://, or set "allow_http": true if the network is your own',
          input: config.api_url,
        });
      }
    });

export type EdgeConfig = z.output<ReturnType<typeof edgeConfigSchema>>;
export type MinerEntry = EdgeConfig["miners"][number];
export type RangeEntry = EdgeConfig["ip_ranges"][number];

/** Containers set these instead of writing a file. */
const ENVIRONMENT = {
  COLLECTOR_API_URL: "api_url",
  COLLECTOR_API_KEY: "api_key",
  COLLECTOR_SITE_ID: "site_id",
};

/** Members whose names start with `_`, `$` or `//` are comments of the file's author. */
const withoutComments = (raw: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(raw).filter(([key]) => !/^(_|\$|\/\/)/.test(key)));

/** Reads and validates the configuration; throws CONFIG_* with file, key and fix. */
export async function loadEdgeConfig(
  path: string,
  types: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<EdgeConfig> {
  const raw = await readConfigFile(path, "banksman edge --init writes a starter file.").catch(explainUnreadable(path));
  if (typeof raw !== "object" || raw === null || Array.isArray(raw))
    return checkConfig(edgeConfigSchema(types), raw, path);
  return checkConfig(edgeConfigSchema(types), withoutComments(overlayEnvironment(raw, environment, ENVIRONMENT)), path);
}

/** The driver packages that a configuration names; none where it can't be read, which loading it tells. */
export async function pluginsIn(path: string): Promise<string[]> {
  const raw = await readConfigFile(path, "").catch(() => null);
  const named = z.looseObject({ plugins: pluginNames }).safeParse(raw);
  return named.success ? named.data.plugins : [];
}

const WHY_UNREADABLE: Record<string, (path: string) => string> = {
  EISDIR: (path) =>
    `can't be read (EISDIR): it is a folder. Name the file in it: --config ${join(path, DEFAULT_CONFIG_FILE)}. (Docker ` +
    "makes a folder where the file was missing at the start: remove it, write the file, start again.)",
  EACCES: () =>
    `can't be read (EACCES). Give the file to ${userInfo().username} (chown), or run the edge as its owner.`,
};

/** Rejects with the same failure, and what to do about it where that is known. */
const explainUnreadable =
  (path: string) =>
  (error: unknown): never => {
    const why = WHY_UNREADABLE[(error instanceof Error ? codeOf(error.cause) : undefined) ?? ""];
    throw why ? ConfigErrors.INVALID(path, why(path), { cause: error }) : error;
  };

/** Seconds between sweeps for `count` miners. */
export function intervalSeconds(config: Pick<EdgeConfig, "collection_interval">, count: number): number {
  if (config.collection_interval !== "auto") return config.collection_interval;
  return count <= 2_000 ? 30 : 60;
}
