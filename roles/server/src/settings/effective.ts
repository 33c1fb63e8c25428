import { z } from "zod";
import { ServerConfig } from "../config.ts";

/** What the file and the environment said, before defaults. */
export type Given = {
  raw: Record<string, unknown>;
  /** Which variable set which key. */
  environment: Record<string, string>;
  file: string | null;
};

export const NOTHING_GIVEN: Given = { raw: {}, environment: {}, file: null };

/** Keys that can be set on the page; the server takes them up as it runs. All others want the file and a restart. */
export const SETTING_KEYS = [
  "display.language",
  "display.time_zone",
  "display.temperature",
  "intervals.stale_sweeps",
  "intervals.default_sweep_seconds",
  "intervals.pool_account_seconds",
  "retention.raw_days",
  "retention.hourly_days",
  "retention.pool_minute_days",
  "retention.daily_days",
  "retention.cooling_days",
  "retention.report_days",
  "retention.disk_watermark",
  "tariff.price",
  "tariff.overhead",
  "channel_defaults.levels",
  "channel_defaults.language",
  "audit.sign_minutes",
] as const;
export type SettingKey = (typeof SETTING_KEYS)[number];
export const isSettingKey = (key: string): key is SettingKey => SETTING_KEYS.some((one) => one === key);

type Shape = Record<string, z.ZodType>;

/** The members of a section, or null for what is one value. */
function sectionShape(schema: z.ZodType): Shape | null {
  const inner = schema instanceof z.ZodPrefault ? schema.unwrap() : schema;
  return inner instanceof z.ZodObject ? inner.shape : null;
}

/** Every key of the configuration with its schema; a section's members by `section.member`. */
export const CONFIG_KEYS: ReadonlyMap<string, z.ZodType> = new Map(
  Object.entries(ServerConfig.shape).flatMap(([name, schema]): [string, z.ZodType][] => {
    const shape = sectionShape(schema);
    return shape === null
      ? [[name, schema]]
      : Object.entries(shape).map(([member, inner]) => [`${name}.${member}`, inner]);
  }),
);

/** The value at a key such as `retention.raw_days`; undefined where there is none. */
export function valueAt(members: object, key: string): unknown {
  let value: unknown = members;
  for (const name of key.split("."))
    value = typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
  return value;
}

/** What was set on the page laid under what the file and the environment say: whoever runs the machine decides. */
export function effectiveConfig(given: Given, page: ReadonlyMap<string, unknown>): ServerConfig {
  const raw: Record<string, unknown> = { ...given.raw };
  for (const [key, value] of page) {
    const [section = "", member = ""] = key.split(".");
    const inner = raw[section] ?? {};
    if (valueAt(raw, key) === undefined && typeof inner === "object") raw[section] = { ...inner, [member]: value };
  }
  return ServerConfig.parse(raw);
}
