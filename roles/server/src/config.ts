import { AddressOrNetwork } from "@banksman/kit";
import { AlertLevel, isTimeZone } from "@banksman/wire/model";
import { z } from "zod";

const Port = z.coerce.number("a port number, 0 to 65535").int().min(0).max(65_535);
const flag = z.union([z.boolean(), z.enum(["true", "false"]).transform((value) => value === "true")], "true or false");
/** Says what is allowed, whatever was wrong with it. */
const whole = (unit: string, least: number, most: number) => {
  const allowed = `a whole number of ${unit}, ${least} to ${most}`;
  return z.coerce.number(allowed).int(allowed).min(least, allowed).max(most, allowed);
};
/** Ten years: what is to be kept longer is kept for ever, where that can be said. */
const days = whole("days", 1, 3_650);
const PRICE = "USD a kWh, 0 to 10";
const OVERHEAD = "a factor, 1 to 5";
const WATERMARK = "a share of the disk, 0.5 to 0.99";

const rate = z.number("a number of Mb/s").min(0.1).max(1_000_000);

const every = (hours: number) =>
  z.number().min(0).max(8_760).default(hours).describe("At most one head in this many hours.");

/** Where heads of the audit trail are kept outside the database. */
const Anchor = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("file"), path: z.string().min(1).describe("Appended to, one head a line.") }),
  z.strictObject({
    type: z.literal("http"),
    url: z.url("an address such as https://witness.example/heads").describe("Gets each head as a POST of JSON."),
    token: z.string().min(1).optional().describe("Sent as bearer token."),
    every_hours: every(0),
  }),
  z.strictObject({
    type: z.literal("mail"),
    channel: z.string().min(1).describe("Name of the channel that mails heads to somebody outside."),
    every_hours: every(24),
  }),
]);

/** The server's configuration: a JSON or YAML file with environment variables laid over it. */
export const ServerConfig = z.strictObject({
  host: z.string().min(1).default("127.0.0.1").describe("Address to listen on; 0.0.0.0 for every interface. HOST"),
  port: Port.default(8080).describe("Port to listen on; 0 takes a free one. PORT"),
  public_url: z
    .url("an address such as https://banksman.example")
    .optional()
    .describe("The address people use, when a proxy stands before the server. PUBLIC_URL"),
  database_url: z
    .string()
    .regex(/^postgres(ql)?:\/\//, "must start with postgresql://")
    .optional()
    .describe("A PostgreSQL 14 or newer; without it the embedded one runs in data_dir. DATABASE_URL"),
  database_owner_url: z
    .string()
    .regex(/^postgres(ql)?:\/\//, "must start with postgresql://")
    .optional()
    .describe(
      "The role that owns the audit tables and migrates; DATABASE_URL's role can then only add to them. DATABASE_OWNER_URL",
    ),
  redis_url: z
    .string()
    .regex(/^rediss?:\/\//, "must start with redis://")
    .optional()
    .describe(
      "Redis 7 or newer, needed only by several servers: live updates, and cameras of edges at another one. REDIS_URL",
    ),
  data_dir: z.string().min(1).default("./data").describe("Folder of the embedded database. DATA_DIR"),
  admin_username: z.string().min(1).max(64).default("admin").describe("Name of the first admin. ADMIN_USERNAME"),
  admin_password: z
    .string()
    .min(15, "at least 15 characters")
    .optional()
    .describe("Password of the first admin; without it a random one is printed once. ADMIN_PASSWORD"),
  public_read: z
    .union([flag, z.literal("loopback")], 'true, false or "loopback"')
    .default(false)
    .describe(
      "Lets anyone read miners without signing in; loopback: only this machine, only while bound to it. PUBLIC_READ",
    ),
  metrics_token: z
    .string()
    .min(16, "at least 16 characters")
    .optional()
    .describe("Bearer token for /metrics beyond loopback. METRICS_TOKEN"),
  metrics_allow: z
    .array(AddressOrNetwork)
    .default([])
    .describe("Addresses that may read /metrics; the variable takes them separated by commas. METRICS_ALLOW"),
  inventory: z
    .string()
    .min(1)
    .optional()
    .describe("Inventory (fleet.yml) served to Prometheus at /metrics/targets. INVENTORY"),
  channels: z
    .array(z.looseObject({ name: z.string().regex(/^[\w-]+$/, "letters, digits, - and _"), type: z.string() }))
    .default([])
    .superRefine((channels, context) => {
      const twice = channels.findIndex(({ name }, index) => channels.findIndex((one) => one.name === name) !== index);
      if (twice >= 0)
        context.addIssue({ code: "custom", path: [twice, "name"], message: "is the name of another channel too" });
    })
    .describe("Ways to notify, each with name, type and its own settings (docs/channels.md)."),
  plugins: z
    .array(z.string().min(1))
    .default([])
    .describe("Packages with more functions for rules and more processors, by name or a path beginning with ./."),
  signal_file: z
    .string()
    .min(1)
    .optional()
    .describe('A JSON file of signals that automations go by, such as {"price": 0.12}; read again when it changes.'),
  processors: z
    .array(z.looseObject({ id: z.string().min(1) }))
    .default([])
    .describe("Steps between readings and the store, in order, each with id and its own options (docs/alerts.md)."),
  egress: z
    .strictObject({
      allow: z
        .array(AddressOrNetwork)
        .default([])
        .describe(
          "Inner addresses and networks that messages and pool readings may go to; the public network needs none. EGRESS_ALLOW",
        ),
    })
    .prefault({})
    .describe("Where the server's own requests may go."),
  secret_key: z
    .string()
    .min(32, "at least 32 characters")
    .optional()
    .describe(
      "Seals secrets in the database; without it data_dir/secret.key does. The same at every server. SECRET_KEY",
    ),
  secret_key_previous: z
    .string()
    .min(32, "at least 32 characters")
    .optional()
    .describe("The secret_key before, until banksman keys rotate has sealed everything anew. SECRET_KEY_PREVIOUS"),
  trusted_proxies: z
    .array(AddressOrNetwork)
    .default([])
    .describe("Proxies whose X-Forwarded-For tells the address that tries to sign in. TRUSTED_PROXIES"),
  audit: z
    .strictObject({
      sign_minutes: z
        .number()
        .min(0.01)
        .max(1_440)
        .default(10)
        .describe("New rows of the audit trail are signed at least this often."),
      anchors: z
        .array(Anchor)
        .default([])
        .describe("Where signed heads are kept outside the database (docs/audit.md)."),
    })
    .prefault({})
    .describe("The audit trail's proof."),
  tls: z
    .strictObject({
      cert: z.string().describe("Path of the certificate chain, PEM."),
      key: z.string().describe("Path of its key, PEM."),
    })
    .optional()
    .describe("Serve https."),
  pool_stats_url: z
    .url("an address such as http://127.0.0.1:8080")
    .optional()
    .describe("A pool-stats process whose figures the pool page shows. POOL_STATS_URL"),
  pool_stats_token: z.string().min(1).optional().describe("Its http_token, where it has one. POOL_STATS_TOKEN"),
  web_dir: z.string().optional().describe("Folder of the built web program; found by itself in a checkout. WEB_DIR"),
  placement: z
    .record(z.string().min(1), z.string().regex(/^[^:\s]+:\d{1,5}$/, "a node as host:port"))
    .default({})
    .describe("Node of a Citus cluster, as host:port, that keeps the readings of a region's sites."),
  video: z
    .strictObject({
      total_mbps: rate.default(1_000).describe("Mb/s of pictures that leave this server."),
      user_mbps: rate.default(100).describe("Mb/s that one person may watch."),
      site_mbps: rate.default(50).describe("Mb/s of pictures that are drawn from one site."),
      cache_mb: z.number().min(16).max(65_536).default(256).describe("Memory for parts of streams."),
      max_processes: z
        .number()
        .int()
        .min(1)
        .max(500)
        .default(8)
        .describe("ffmpeg processes that make smaller streams."),
      hardware: z
        .enum(["none", "nvenc", "vaapi", "qsv"])
        .default("none")
        .describe("Encoder of smaller streams, where the machine has one."),
      recordings_dir: z.string().min(1).optional().describe("Folder of recordings; data_dir/recordings by default."),
      recordings_gb: z.number().min(1).max(1_000_000).default(100).describe("Disk that recordings may take in all."),
      s3: z
        .strictObject({
          endpoint: z.url("an address such as https://s3.example"),
          bucket: z.string().min(3).max(63),
          region: z.string().min(1).default("us-east-1"),
          access_key: z.string().min(1),
          secret_key: z.string().min(1),
        })
        .optional()
        .describe("Where finished recordings go instead of staying on disk: S3 or what speaks it."),
    })
    .prefault({})
    .describe("Cameras: limits, and where recordings are kept (docs/video.md)."),
  retention: z
    .strictObject({
      raw_days: days.optional().describe("Days of raw readings; default 14 up to 10,000 miners, else 3."),
      hourly_days: days.default(400).describe("Days of hourly roll-ups."),
      pool_minute_days: days.default(3).describe("Days of a pool's minute sums; hourly ones follow hourly_days."),
      daily_days: days.optional().describe("Days of daily roll-ups; kept for ever by default."),
      cooling_days: days.default(90).describe("Days of cooling snapshots; their roll-ups follow hourly_days."),
      report_days: days.default(730).describe("Days that built reports are kept."),
      disk_watermark: z
        .number(WATERMARK)
        .min(0.5, WATERMARK)
        .max(0.99, WATERMARK)
        .default(0.9)
        .describe("Share of the disk in use from which the oldest raw day is dropped first."),
    })
    .prefault({})
    .describe("How long readings are kept."),
  intervals: z
    .strictObject({
      stale_sweeps: whole("sweeps", 2, 100)
        .default(3)
        .describe("Sweeps without a reading after which a miner is offline."),
      default_sweep_seconds: whole("seconds", 5, 3_600)
        .default(30)
        .describe("Seconds of a sweep where an edge doesn't tell its own."),
      pool_account_seconds: whole("seconds", 60, 3_600)
        .default(120)
        .describe("Seconds between two readings of a pool account."),
    })
    .prefault({})
    .describe("How often things happen."),
  display: z
    .strictObject({
      language: z
        .enum(["browser", "zh", "en"])
        .default("browser")
        .describe("Language of pages where a person has not chosen one; browser: as theirs is set. DEFAULT_LANGUAGE"),
      time_zone: z
        .string()
        .refine(isTimeZone, "not a time zone name such as Asia/Shanghai")
        .default("UTC")
        .describe("Time zone of new sites. TIME_ZONE"),
      temperature: z.enum(["celsius", "fahrenheit"]).default("celsius").describe("Unit of temperatures on pages."),
    })
    .prefault({})
    .describe("What pages show where nobody chose."),
  tariff: z
    .strictObject({
      price: z.coerce
        .number(PRICE)
        .min(0, PRICE)
        .max(10, PRICE)
        .optional()
        .describe("USD a kWh at sites without a tariff of their own. POWER_PRICE"),
      overhead: z.coerce
        .number(OVERHEAD)
        .min(1, OVERHEAD)
        .max(5, OVERHEAD)
        .default(1)
        .describe("What cooling and losses add to the miners' power at those sites: 1.1 is 10 %."),
    })
    .prefault({})
    .describe("What power costs where a site has no tariff of its own."),
  channel_defaults: z
    .strictObject({
      levels: z
        .array(AlertLevel)
        .min(1, "at least one level")
        .default([...AlertLevel.options])
        .describe("Levels of alerts that a new channel tells."),
      language: z.enum(["zh", "en"]).default("zh").describe("Language of a new channel's messages."),
    })
    .prefault({})
    .describe("What a new channel has where nothing is said."),
});
export type ServerConfig = z.infer<typeof ServerConfig>;

/** Which environment variable sets which key. */
export const SERVER_ENVIRONMENT = {
  HOST: "host",
  PORT: "port",
  PUBLIC_URL: "public_url",
  DATABASE_URL: "database_url",
  DATABASE_OWNER_URL: "database_owner_url",
  REDIS_URL: "redis_url",
  DATA_DIR: "data_dir",
  ADMIN_USERNAME: "admin_username",
  ADMIN_PASSWORD: "admin_password",
  PUBLIC_READ: "public_read",
  METRICS_TOKEN: "metrics_token",
  METRICS_ALLOW: "metrics_allow",
  INVENTORY: "inventory",
  SECRET_KEY: "secret_key",
  SECRET_KEY_PREVIOUS: "secret_key_previous",
  TRUSTED_PROXIES: "trusted_proxies",
  POOL_STATS_URL: "pool_stats_url",
  POOL_STATS_TOKEN: "pool_stats_token",
  WEB_DIR: "web_dir",
  DEFAULT_LANGUAGE: "display.language",
  TIME_ZONE: "display.time_zone",
  POWER_PRICE: "tariff.price",
} as const;

const LOOPBACK = /^(127\.\d+\.\d+\.\d+|::1|localhost)$/;

/** Whether the server can be reached from this machine alone. */
export const isLoopbackOnly = (config: Pick<ServerConfig, "host" | "public_url">): boolean =>
  config.public_url === undefined && LOOPBACK.test(config.host);
