import type { DisplayDefaults, Setting } from "@banksman/wire/api";
import type { Transaction } from "kysely";
import { z } from "zod";
import { plain } from "../audit/redact.ts";
import { ServerConfig } from "../config.ts";
import type { Schema } from "../db/schema.ts";
import { parseInWords } from "../http/in-words.ts";
import { problem } from "../http/problem.ts";
import { CONFIG_KEYS, effectiveConfig, type Given, isSettingKey, type SettingKey, valueAt } from "./effective.ts";
import type { SettingStore, StoredSetting } from "./store.ts";

type Saved = { before: Record<string, unknown>; after: Record<string, unknown> };

export type SettingService = ReturnType<typeof settingService>;

const DEFAULTS = ServerConfig.parse({});

const schemaOf = (key: string): z.ZodType => CONFIG_KEYS.get(key) ?? z.never();

/** What is stored, as far as this release knows it: a key that is gone, or a value no longer allowed, is as not set. */
const known = (rows: readonly StoredSetting[]): Map<SettingKey, StoredSetting> =>
  new Map(
    rows.flatMap((row) =>
      isSettingKey(row.key) && schemaOf(row.key).safeParse(row.value).success ? [[row.key, row] as const] : [],
    ),
  );

/** Settings: what holds, who said so, and what the page may change. */
export const settingService = (store: SettingStore, given: Given) => {
  let page = new Map<SettingKey, StoredSetting>();
  let now = effectiveConfig(given, new Map());

  const refresh = async (): Promise<void> => {
    page = known(await store.all());
    now = effectiveConfig(given, new Map([...page].map(([key, { value }]) => [key, value])));
  };
  const sourceOf = (key: string): Pick<Setting, "source" | "said_by"> => {
    const variable = given.environment[key];
    if (variable !== undefined) return { source: "environment", said_by: variable };
    if (valueAt(given.raw, key) !== undefined) return { source: "file", said_by: given.file };
    return { source: isSettingKey(key) && page.has(key) ? "page" : "default", said_by: null };
  };
  const shown = (key: string, schema: z.ZodType): Setting => {
    const row = isSettingKey(key) ? page.get(key) : undefined;
    const { source, said_by } = sourceOf(key);
    // Hidden by its own name: alone, a value doesn't tell what it is.
    const value = (config: ServerConfig) => {
      const name = key.split(".").at(-1) ?? key;
      return z.record(z.string(), z.json()).parse(plain({ [name]: valueAt(config, key) ?? null }))[name] ?? null;
    };
    const json: Record<string, unknown> = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
    return {
      key,
      value: value(now),
      default: value(DEFAULTS),
      source,
      said_by,
      is_editable: isSettingKey(key) && source !== "file" && source !== "environment",
      schema: json,
      description: schema.description ?? "",
      updated_at: source === "page" ? (row?.updated_at.toISOString() ?? null) : null,
      updated_by: source === "page" ? (row?.updated_by ?? null) : null,
    };
  };
  const list = (): Setting[] => [...CONFIG_KEYS].map(([key, schema]) => shown(key, schema));

  const checked = (key: string, value: unknown): unknown => {
    if (!isSettingKey(key))
      throw problem(400, "NOT_A_SETTING", `"${key}" can't be set on the page`, { path: `changes.${key}` });
    const { source, said_by } = sourceOf(key);
    if (source === "file" || source === "environment")
      throw problem(409, "SETTING_FIXED", `"${key}" is set by ${said_by}: change it there, or take it out there`, {
        path: `changes.${key}`,
      });
    if (value === null) return null;
    const { data, wrong } = parseInWords(schemaOf(key), value);
    if (wrong === null) return data;
    throw problem(400, "INVALID_INPUT", `${key}: ${wrong.message}`, { path: `changes.${key}` });
  };

  return {
    refresh,
    /** What holds at this moment; taken up anew each time it is read. */
    now: (): ServerConfig => now,
    list,

    save: async (
      changes: Record<string, unknown>,
      by: string,
      within: (saved: Saved, tx: Transaction<Schema>) => Promise<void>,
    ): Promise<Setting[]> => {
      const next = new Map(Object.entries(changes).map(([key, value]) => [key, checked(key, value)]));
      const before = Object.fromEntries([...next.keys()].map((key) => [key, valueAt(now, key) ?? null]));
      await store.save(next, by, (tx) => within({ before, after: Object.fromEntries(next) }, tx));
      await refresh();
      return list();
    },

    display: (): DisplayDefaults => ({
      ...now.display,
      channel_levels: now.channel_defaults.levels,
      channel_language: now.channel_defaults.language,
    }),
  };
};
