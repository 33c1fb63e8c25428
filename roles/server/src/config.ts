import { AddressOrNetwork } from "@banksman/kit";
import { z } from "zod";

const Port = z.coerce.number("a port number, 0 to 65535").int().min(0).max(65_535);
const flag = z.union([z.boolean(), z.enum(["true", "false"]).transform((value) => value === "true")], "true or false");
const days = z.coerce.number("a number of days").min(1);

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
  redis_url: z
    .string()
    .regex(/^rediss?:\/\//, "must start with redis://")
    .optional()
    .describe("Redis 7 or newer, needed only for live updates across several servers. REDIS_URL"),
  data_dir: z.string().min(1).default("./data").describe("Folder of the embedded database. DATA_DIR"),
  admin_username: z.string().min(1).max(64).default("admin").describe("Name of the first admin. ADMIN_USERNAME"),
  admin_password: z
    .string()
    .min(12, "at least 12 characters")
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
    .describe("Seals channels' secrets in the database; without it data_dir/secret.key does. SECRET_KEY"),
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
  retention: z
    .strictObject({
      raw_days: days.optional().describe("Days of raw readings; default 14 up to 10,000 miners, else 3."),
      hourly_days: days.default(400).describe("Days of hourly roll-ups."),
      pool_minute_days: days.default(3).describe("Days of a pool's minute sums; hourly ones follow hourly_days."),
      daily_days: days.optional().describe("Days of daily roll-ups; kept for ever by default."),
      disk_watermark: z
        .number()
        .min(0.5)
        .max(0.99)
        .default(0.9)
        .describe("Share of the disk in use from which the oldest raw day is dropped first."),
    })
    .prefault({})
    .describe("How long readings are kept."),
});
export type ServerConfig = z.infer<typeof ServerConfig>;

/** Which environment variable sets which key. */
export const SERVER_ENVIRONMENT = {
  HOST: "host",
  PORT: "port",
  PUBLIC_URL: "public_url",
  DATABASE_URL: "database_url",
  REDIS_URL: "redis_url",
  DATA_DIR: "data_dir",
  ADMIN_USERNAME: "admin_username",
  ADMIN_PASSWORD: "admin_password",
  PUBLIC_READ: "public_read",
  METRICS_TOKEN: "metrics_token",
  METRICS_ALLOW: "metrics_allow",
  INVENTORY: "inventory",
  SECRET_KEY: "secret_key",
  POOL_STATS_URL: "pool_stats_url",
  POOL_STATS_TOKEN: "pool_stats_token",
  WEB_DIR: "web_dir",
} as const;

const LOOPBACK = /^(127\.\d+\.\d+\.\d+|::1|localhost)$/;

/** Whether the server can be reached from this machine alone. */
export const isLoopbackOnly = (config: Pick<ServerConfig, "host" | "public_url">): boolean =>
  config.public_url === undefined && LOOPBACK.test(config.host);
