import { z } from "zod";
import { AlertLevel } from "../model/alert.ts";
import { defineRoute, reply } from "./route.ts";

/** Who said what a setting is. The file and the environment go before the page: whoever runs the machine decides. */
export const SettingSource = z.enum(["default", "page", "file", "environment"]);
export type SettingSource = z.infer<typeof SettingSource>;

export const Setting = z.object({
  key: z.string(),
  /** What holds; secrets read "(hidden)". Null where nothing is set and that means something of its own. */
  value: z.json(),
  /** What holds where nobody says anything. */
  default: z.json(),
  source: SettingSource,
  /** The variable or the file that says it. */
  said_by: z.string().nullable(),
  /** Whether the page can set it; it then holds at once, at every server. Others want the file and a restart. */
  is_editable: z.boolean(),
  /** What may be set, as JSON Schema. */
  schema: z.record(z.string(), z.unknown()),
  description: z.string(),
  updated_at: z.iso.datetime().nullable(),
  updated_by: z.string().nullable(),
});
export type Setting = z.infer<typeof Setting>;

export const ListSettings = defineRoute({
  method: "GET",
  path: "/settings",
  summary: "Every key of the configuration: what holds, who said so, and whether the page can set it",
  needs: "settings.manage",
  reply: reply(z.object({ settings: z.array(Setting) })),
});

export const UpdateSettings = defineRoute({
  method: "PATCH",
  path: "/settings",
  summary:
    "Sets settings, all or none of them; null goes back to the default. Every server takes them up within seconds",
  needs: "settings.manage",
  body: z.object({
    changes: z.record(z.string(), z.json()),
    reason: z.string().trim().max(500).optional(),
  }),
  reply: reply(z.object({ settings: z.array(Setting) })),
});

/** What pages show where nobody chose. */
export const DisplayDefaults = z.object({
  language: z.enum(["browser", "zh", "en"]),
  time_zone: z.string(),
  temperature: z.enum(["celsius", "fahrenheit"]),
  channel_levels: z.array(AlertLevel),
  channel_language: z.enum(["zh", "en"]),
});
export type DisplayDefaults = z.infer<typeof DisplayDefaults>;

export const GetDisplayDefaults = defineRoute({
  method: "GET",
  path: "/settings/display",
  summary: "What pages and forms show where nobody chose",
  needs: "session",
  reply: reply(DisplayDefaults),
});
