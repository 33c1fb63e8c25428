import { z } from "zod";
import { PoolErrors } from "../errors.ts";
import { checkShape } from "../http.ts";
import { definePool, MAX_PAGES, type PoolWorker } from "../pool.ts";
import { EpochTime, GivenNumber, Numeric } from "../units.ts";

const Reply = z.object({ code: z.number(), message: z.string().nullish(), data: z.unknown() });
const Total = z.object({ hashrate_10min: GivenNumber });
const Page = z.object({
  has_next: z.boolean().nullish(),
  data: z
    .array(
      z.object({
        worker_name: z.string(),
        worker_status: z.string().nullish(),
        hashrate_10min: Numeric,
        hashrate_1hour: Numeric,
        reject_rate: Numeric,
        last_active: EpochTime,
      }),
    )
    .nullish(),
});
const PER_PAGE = 100;

/** ViaBTC: numbers come as text; the key works only from addresses on its allow-list. */
export const viabtc = definePool({
  id: "viabtc",
  title: "ViaBTC",
  api_base: "https://www.viabtc.net",
  key: "required",
  key_form: "the API key",
  pause_s: 1,
  read: async (ask, { coin, api_key = "" }) => {
    const get = async <S extends z.ZodType>(path: string, schema: S): Promise<z.output<S>> => {
      const request = { path: `/res/openapi/v1${path}`, headers: { "X-API-KEY": api_key } };
      const { code, message, data } = await ask(request, Reply);
      if (code !== 0) throw PoolErrors.REFUSED("ViaBTC", `${message ?? "error"} (${code})`);
      return checkShape("ViaBTC", schema, data);
    };
    const query = `coin=${encodeURIComponent(coin)}`;
    const total = await get(`/hashrate?${query}`, Total);
    const workers: PoolWorker[] = [];
    let more = true;
    let page = 1;
    for (; more && page <= MAX_PAGES; page++) {
      const answer = await get(`/hashrate/worker?${query}&page=${page}&limit=${PER_PAGE}`, Page);
      workers.push(
        ...(answer.data ?? []).map((one) => ({
          name: one.worker_name,
          hashrate_hs: one.hashrate_10min,
          hashrate_1h_hs: one.hashrate_1hour,
          last_share_at: one.last_active,
          state: one.worker_status ?? null,
          reject_share: one.reject_rate,
          source_ip: null,
        })),
      );
      more = answer.has_next === true;
    }
    return { hashrate_hs: total.hashrate_10min, workers, truncated: more };
  },
});
