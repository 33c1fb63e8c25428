import { ConfigErrors, checkConfig, overlayEnvironment, readConfigFile } from "@banksman/kit";
import { z } from "zod";
import type { Channel, Exchange, FeedChoice, Product } from "./exchange.ts";
import { exchanges, productOf } from "./exchanges/index.ts";
import type { UploadKeys } from "./upload.ts";

const CHANNELS = ["book", "trades", "quotes", "marks"] as const satisfies readonly Channel[];
const seconds = (otherwise: number) => z.number().positive("a number of seconds above 0").default(otherwise);
const count = (otherwise: number, min = 1) => z.int().min(min, `a whole number from ${min} on`).default(otherwise);
const Cidr = z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()], {
  error: "an address or a network such as 10.0.0.5 or 10.0.0.0/24",
});

const connectorOf = (all: readonly Exchange[]) =>
  z.string("the exchange, such as mexc").refine((name) => productOf(name, all) !== undefined, {
    error: () => `must be one of ${all.flatMap((e) => e.products.map((p) => p.connector)).join(", ")}`,
  });

/** The `config:` member of a task: quants-lab's keys first, ours after them. All of ours may be left out. */
export const TaskConfig = z.looseObject({
  connector_name: connectorOf(exchanges),
  trading_pairs: z.array(z.string().min(1)).min(1, "at least one pair, such as BTC-USDT"),
  depth_limit: count(100),
  snapshot_interval: seconds(300),
  buffer_size: count(1_000),
  flush_interval: seconds(60),
  output_dir: z.string().min(1).default("app/data/raw/orderbook_ticks"),
  gap_warning_threshold: count(50, 0),
  channels: z.array(z.enum(CHANNELS)).min(1).default(["book", "trades"]),
  depth_channel: z.enum(["auto", "obu", "diff"]).default("auto"),
  update_speed: z
    .string()
    .regex(/^\d+ms$/, "such as 100ms")
    .default("100ms"),
  snapshot_depth: count(1_000),
  layout: z.enum(["hive", "quantslab"]).default("hive"),
  compression: z.enum(["zstd", "snappy"]).default("zstd"),
  rotate: z
    .strictObject({ rows: count(500_000), mb: count(128), minutes: count(60) })
    .default({ rows: 500_000, mb: 128, minutes: 60 }),
  wal: z
    .strictObject({ enabled: z.boolean().default(true), fsync_ms: count(1_000, 10) })
    .default({ enabled: true, fsync_ms: 1_000 }),
  retention: z.strictObject({ days: count(30).optional(), max_gb: z.number().positive().optional() }).default({}),
  disk: z
    .strictObject({
      min_free_gb: z.number().nonnegative().default(2),
      on_full: z.enum(["pause_book_keep_trades", "stop"]).default("pause_book_keep_trades"),
      queue_mb: count(256),
    })
    .default({ min_free_gb: 2, on_full: "pause_book_keep_trades", queue_mb: 256 }),
  stale_after_s: z
    .strictObject({ default: seconds(30), illiquid: seconds(300) })
    .default({ default: 30, illiquid: 300 }),
  max_buffer_events: count(20_000, 10),
  audit_interval_s: z.number().nonnegative().default(900),
  endpoints: z.strictObject({ ws: z.url().optional(), rest: z.url().optional() }).default({}),
  max_subs_per_conn: count(1_000).optional(),
  ping_interval_s: seconds(10),
  connection_life_s: seconds(82_800),
  rest_weight_share: z.number().positive().max(1, "a share from above 0 to 1").default(0.5),
  shared_dir: z.string().min(1).optional(),
  live: z
    .strictObject({
      websocket: z.boolean().default(false),
      redis: z.string().min(1).optional(),
      kafka: z.strictObject({ brokers: z.array(z.string()).min(1), topic: z.string().min(1) }).optional(),
    })
    .default({ websocket: false }),
  upload: z
    .strictObject({
      endpoint: z.url("the address of the S3 service, such as https://s3.example.org"),
      bucket: z.string().min(1),
      prefix: z.string().default(""),
      region: z.string().default("us-east-1"),
      delete_after: z.boolean().default(false),
    })
    .optional(),
});
export type TaskConfig = z.infer<typeof TaskConfig>;

const taskOf = (all: readonly Exchange[]) =>
  z.looseObject({
    enabled: z.boolean().default(true),
    retry_delay_seconds: seconds(30),
    config: TaskConfig.extend({ connector_name: connectorOf(all) }),
  });

const tasksOf = (all: readonly Exchange[]) =>
  z.record(z.string(), taskOf(all)).refine((tasks) => Object.keys(tasks).length > 0, "at least one task");

export const MarketConfig = z.looseObject({
  tasks: tasksOf(exchanges),
  metrics_token: z.string().min(8, "at least 8 characters").optional(),
  metrics_allow: z.array(Cidr).default([]),
  server: z
    .strictObject({
      url: z.url("the server's address, such as http://127.0.0.1:8080"),
      key: z.string().min(1, "a collector key of the server"),
      site: z.string().min(1).optional(),
      pair: z.string().default("BTC-USDT"),
      every_s: seconds(60),
    })
    .optional(),
});
export type MarketConfig = z.infer<typeof MarketConfig>;

/** What one collector of this process does. */
export type CollectorConfig = TaskConfig & { task: string; product: Product; maxBackoffMs: number; choice: FeedChoice };

/** Environment variables that go over the file. */
export const MARKET_ENVIRONMENT = { MARKET_METRICS_TOKEN: "metrics_token" };

/** quants-lab's own keys that mean nothing here, which therefore need no warning. */
const IGNORED = {
  file: ["tasks", "metrics_token", "metrics_allow", "server", "version"],
  task: [
    "enabled",
    "task_class",
    "schedule",
    "max_retries",
    "retry_delay_seconds",
    "timeout_seconds",
    "config",
    "tags",
    "dependencies",
    "notifications",
    "name",
    "description",
  ],
};

/**
 * Reads a collector's file, ours or quants-lab's. Throws CONFIG_* with key, value and fix. `warnings` names keys that
 * nobody reads, which are most often misspelt. `all` are the exchanges there are.
 */
export async function readMarketConfig(
  path: string,
  environment: NodeJS.ProcessEnv,
  all: readonly Exchange[] = exchanges,
): Promise<{ collectors: CollectorConfig[]; config: MarketConfig; warnings: string[]; uploadKeys: UploadKeys | null }> {
  const file = await readConfigFile(path, "config/ has one for each exchange to copy.");
  const raw = overlayEnvironment(file, environment, MARKET_ENVIRONMENT, path);
  const config = checkConfig(MarketConfig.extend({ tasks: tasksOf(all) }), raw, path);
  const collectors = Object.entries(config.tasks)
    .filter(([, task]) => task.enabled)
    .map(([name, task]) => collectorOf(name, task, all));
  if (collectors.length === 0)
    throw ConfigErrors.INVALID(
      path,
      `no task is enabled; set "enabled: true" in one of ${Object.keys(config.tasks).join(", ")}`,
    );
  const uploadKeys = uploadKeysOf(environment);
  if (uploadKeys === null && collectors.some((one) => one.upload))
    throw ConfigErrors.INVALID(
      path,
      '"upload" needs the environment variables AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
    );
  return { collectors, config, warnings: unknownKeys(config), uploadKeys };
}

function uploadKeysOf({
  AWS_ACCESS_KEY_ID: accessKeyId,
  AWS_SECRET_ACCESS_KEY: secretAccessKey,
}: NodeJS.ProcessEnv): UploadKeys | null {
  return accessKeyId && secretAccessKey ? { accessKeyId, secretAccessKey } : null;
}

function collectorOf(
  task: string,
  { config, retry_delay_seconds }: z.infer<ReturnType<typeof taskOf>>,
  all: readonly Exchange[],
): CollectorConfig {
  const product = productOf(config.connector_name, all);
  if (!product) throw ConfigErrors.INVALID(task, `connector_name is "${config.connector_name}", which no exchange has`);
  const { channels, depth_limit: depth, update_speed: speed, depth_channel: depthChannel } = config;
  const choice = { channels, depth, speed, depthChannel };
  return { ...config, task, product, maxBackoffMs: retry_delay_seconds * 1_000, choice };
}

function unknownKeys(config: MarketConfig): string[] {
  const known = new Set(Object.keys(TaskConfig.shape));
  const outside = Object.keys(config).filter((key) => !IGNORED.file.includes(key));
  const inside = Object.entries(config.tasks).flatMap(([name, task]) => [
    ...Object.keys(task)
      .filter((key) => !IGNORED.task.includes(key))
      .map((key) => `tasks.${name}.${key}`),
    ...Object.keys(task.config)
      .filter((key) => !known.has(key))
      .map((key) => `tasks.${name}.config.${key}`),
  ]);
  return [...outside, ...inside];
}
