import { COOLING_MAX_UNITS } from "@banksman/wire/link";
import { z } from "zod";
import { credentials, list, siteId, text, whole } from "../config-parts.ts";
import { parseHosts } from "./hosts.ts";

const hosts = z.string({ error: "must be an address or a range, such as 10.1.101.1" }).transform((value, context) => {
  const parsed = parseHosts(value);
  if (typeof parsed !== "string") return parsed;
  context.addIssue({ code: "custom", message: parsed, input: value });
  return z.NEVER;
});

/** One entry of `cooling`: one controller, or a range of them that have all but the address in common. */
const coolingEntry = z.strictObject(
  {
    site_id: siteId.optional(),
    host: hosts,
    driver: text("the driver's name, such as antbox")
      .transform((value) => value.toLowerCase())
      .optional(),
    port: whole(1, 65_535, "TCP port of the controller").optional(),
    interval_s: whole(10, 3_600, "seconds from one round to the next").default(60),
    timeout_ms: whole(100, 30_000, "milliseconds for one try").default(3_000),
    retries: whole(0, 10, "tries after the first").default(3),
    topic: text("what the container's topics begin with, such as C024_D40").optional(),
    credentials: credentials.optional(),
    lease: z
      .enum(["server", "none"], {
        error: 'must be "server", or "none" where this edge alone will ever read the unit',
      })
      .default("server"),
  },
  { error: 'must be an object such as {"host": "10.1.101.1", "driver": "antbox"}' },
);

/** The key `cooling`: empty where the server alone says which units this edge reads. */
export const coolingList = list(coolingEntry, '[{"host": "10.1.101.1-10.1.101.20", "driver": "antbox"}]');
export type CoolingEntry = z.output<typeof coolingEntry>;

/** What names a unit to everybody: its address, with the port where one is given. */
export const unitHost = (address: string, port: number | undefined): string =>
  port === undefined ? address : `${address}:${port}`;

/** The first controller that stands there twice, or the entry that makes it more units than an edge may have; null for none. */
export function clashIn(entries: readonly CoolingEntry[], ownSite: string): { index: number; message: string } | null {
  const seen = new Map<string, number>();
  for (const [index, { host, port, site_id = ownSite }] of entries.entries()) {
    for (const address of host) {
      const name = unitHost(address, port);
      const first = seen.get(`${site_id} ${name}`);
      if (first === index) return { index, message: `has ${name} of site ${site_id} twice` };
      if (first !== undefined)
        return {
          index,
          message: `has ${name} of site ${site_id}, which cooling[${first}] has as well; leave one of them out`,
        };
      seen.set(`${site_id} ${name}`, index);
    }
    if (seen.size > COOLING_MAX_UNITS)
      return { index, message: `brings the units to ${seen.size}; one edge reads at most ${COOLING_MAX_UNITS}` };
  }
  return null;
}
