import { z } from "zod";
import { checkShape } from "../http.ts";
import { definePool } from "../pool.ts";
import { EpochTime, Numeric, unitFactor } from "../units.ts";

const Profile = z.record(z.string(), z.unknown());
const Rates = z.object({ hash_rate_unit: z.string(), hash_rate_5m: Numeric });
const Worker = Rates.extend({
  hash_rate_60m: Numeric,
  state: z.string().nullish(),
  last_share: EpochTime,
});
const Workers = z.record(z.string(), z.object({ workers: z.record(z.string(), Worker).nullish() }));

/** In H/s, by the unit the answer itself names. */
const inHs = (value: number | null, unit: string): number | null => {
  const factor = unitFactor(unit);
  return value === null || factor === null ? null : value * factor;
};

/** Braiins Pool. It answers one request in five seconds and drops the others without a word. */
export const braiins = definePool({
  id: "braiins",
  title: "Braiins Pool",
  api_base: "https://pool.braiins.com",
  key: "required",
  key_form: "the access token",
  pause_s: 5,
  read: async (ask, { coin, api_key = "" }) => {
    const headers = { "Pool-Auth-Token": api_key };
    const slug = encodeURIComponent(coin);
    const profile = await ask({ path: `/accounts/profile/json/${slug}/`, headers }, Profile);
    const total = checkShape("Braiins Pool", Rates, profile[coin]);
    const answer = await ask({ path: `/accounts/workers/json/${slug}/`, headers }, Workers);
    return {
      hashrate_hs: inHs(total.hash_rate_5m, total.hash_rate_unit),
      workers: Object.entries(answer[coin]?.workers ?? {}).map(([name, one]) => ({
        name,
        hashrate_hs: inHs(one.hash_rate_5m, one.hash_rate_unit),
        hashrate_1h_hs: inHs(one.hash_rate_60m, one.hash_rate_unit),
        last_share_at: one.last_share,
        state: one.state?.toLowerCase() ?? null,
        reject_share: null,
        source_ip: null,
      })),
    };
  },
});
