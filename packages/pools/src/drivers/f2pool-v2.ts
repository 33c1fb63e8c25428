import { z } from "zod";
import { PoolErrors } from "../errors.ts";
import { checkShape } from "../http.ts";
import { definePool } from "../pool.ts";
import { EpochTime, GivenNumber, Numeric } from "../units.ts";

const Failed = z.object({ code: z.number(), msg: z.string() });
const Rates = z.object({
  name: z.string(),
  hash_rate: GivenNumber,
  h1_hash_rate: Numeric,
  h1_stale_hash_rate: Numeric,
});
const Info = z.object({ info: Rates.partial({ name: true }) });
const STATES = ["online", "offline", "expired"];
const Workers = z.object({
  workers: z
    .array(
      z.object({
        hash_rate_info: Rates,
        last_share_at: EpochTime,
        status: z.number().nullish(),
        host: z.string().nullish(),
      }),
    )
    .nullish(),
});

/** F2Pool's current API: JSON posted, errors may come with status 200. */
export const f2poolV2 = definePool({
  id: "f2pool-v2",
  title: "F2Pool (v2)",
  api_base: "https://api.f2pool.com",
  key: "required",
  key_form: "the API token",
  pause_s: 1,
  read: async (ask, { coin, account, api_key = "" }) => {
    const post = async <S extends z.ZodType>(name: string, schema: S): Promise<z.output<S>> => {
      const answer = await ask(
        {
          method: "POST",
          path: `/v2/${name}`,
          headers: { "content-type": "application/json", "F2P-API-SECRET": api_key },
          body: JSON.stringify({ currency: coin, mining_user_name: account }),
        },
        z.unknown(),
      );
      const failed = Failed.safeParse(answer);
      if (failed.success) throw PoolErrors.REFUSED("F2Pool", `${failed.data.msg} (${failed.data.code})`);
      return checkShape("F2Pool", schema, answer);
    };
    const { info } = await post("hash_rate/info", Info);
    const { workers } = await post("hash_rate/worker/list", Workers);
    return {
      hashrate_hs: info.hash_rate,
      workers: (workers ?? []).map(({ hash_rate_info: rates, last_share_at, status, host }) => ({
        name: rates.name,
        hashrate_hs: rates.hash_rate,
        hashrate_1h_hs: rates.h1_hash_rate,
        last_share_at,
        state: status == null ? null : (STATES[status] ?? String(status)),
        reject_share: shareOf(rates.h1_stale_hash_rate, rates.h1_hash_rate),
        source_ip: host || null,
      })),
    };
  },
});

const shareOf = (stale: number | null, good: number | null): number | null =>
  stale === null || good === null || stale + good === 0 ? null : stale / (stale + good);
