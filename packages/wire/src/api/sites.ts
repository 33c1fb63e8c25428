import { z } from "zod";
import { isTimeZone } from "../model/alert.ts";
import { PATH_WORD } from "../model/customer.ts";
import { MinerHealth } from "../model/health.ts";
import { defineRoute, reply } from "./route.ts";

export const SiteId = z.string().min(1).max(64).regex(PATH_WORD, "letters, digits and . _ - only, and more than dots");

const TimeZone = z.string().refine(isTimeZone, "not a time zone name such as Asia/Shanghai");

export const Site = z.object({
  site_id: z.string(),
  name: z.string(),
  region: z.string().nullable(),
  time_zone: z.string(),
  created_at: z.iso.datetime(),
  total: z.int(),
  online: z.int(),
  by_health: z.record(MinerHealth, z.int()),
  hashrate_ghs: z.number().nullable(),
  expected_hashrate_ghs: z.number().nullable(),
  power_consumption: z.number().nullable(),
  /** How many of those online tell the power that is summed up. */
  power_miners: z.int(),
  newest_reading_at: z.iso.datetime().nullable(),
  /** Sweep interval told by the site's edge; null before its first upload. */
  interval_seconds: z.number().nullable(),
  /** How often its miners are told: each sweep, or each list where only containers tell of them; null as above. */
  reading_seconds: z.number().nullable(),
});
export type Site = z.infer<typeof Site>;

const SiteFields = z.object({
  name: z.string().trim().min(1).max(100),
  region: z.string().trim().max(100).nullish(),
});

export const ListSites = defineRoute({
  method: "GET",
  path: "/sites",
  summary: "Every site with its totals",
  needs: "site.read",
  at: "miners",
  reply: reply(z.object({ sites: z.array(Site) })),
});

export const GetSite = defineRoute({
  method: "GET",
  path: "/sites/:site_id",
  summary: "One site with its totals",
  needs: "reading.read",
  at: "miners",
  params: z.object({ site_id: z.string() }),
  reply: reply(Site),
});

export const CreateSite = defineRoute({
  method: "POST",
  path: "/sites",
  summary: "Makes a site",
  needs: "site.manage",
  /** A time zone that is not sent is as is set for new sites. */
  body: SiteFields.extend({ site_id: SiteId, time_zone: TimeZone.optional() }),
  reply: reply(Site),
});

export const UpdateSite = defineRoute({
  method: "PATCH",
  path: "/sites/:site_id",
  summary: "Renames a site or changes its region or time zone",
  needs: "site.manage",
  params: z.object({ site_id: z.string() }),
  body: z.object({ name: SiteFields.shape.name, region: SiteFields.shape.region, time_zone: TimeZone }).partial(),
  reply: reply(Site),
});
