import { z } from "zod";
import { definePool, MAX_PAGES, type PoolWorker } from "../pool.ts";
import { GivenNumber, Numeric, UtcTime } from "../units.ts";

const Summary = z.object({ hashrate_5m: GivenNumber });
const Page = z.object({
  workers: z.array(
    z.object({
      name: z.string(),
      status: z.string().nullish(),
      hashrate: Numeric,
      efficiency: Numeric,
      last_share_time: UtcTime,
    }),
  ),
  pagination: z.object({ next_page_url: z.string().nullish() }).nullish(),
});
const PER_PAGE = 100;

/** Luxor: the key stands alone in `authorization`; efficiency is the share that was accepted. */
export const luxor = definePool({
  id: "luxor",
  title: "Luxor",
  api_base: "https://app.luxor.tech",
  key: "required",
  key_form: "the API key",
  pause_s: 1,
  read: async (ask, { coin, account, api_key = "" }) => {
    const headers = { authorization: api_key };
    const currency = encodeURIComponent(coin.toUpperCase());
    const names = `subaccount_names=${encodeURIComponent(account)}`;
    const summary = await ask({ path: `/api/v1/pool/summary/${currency}?${names}`, headers }, Summary);
    const workers: PoolWorker[] = [];
    let more = true;
    let page = 1;
    for (; more && page <= MAX_PAGES; page++) {
      const path = `/api/v2/pool/workers/${currency}?${names}&page_number=${page}&page_size=${PER_PAGE}`;
      const answer = await ask({ path, headers }, Page);
      workers.push(
        ...answer.workers.map((one) => ({
          name: one.name,
          hashrate_hs: one.hashrate,
          hashrate_1h_hs: null,
          last_share_at: one.last_share_time,
          state: one.status?.toLowerCase() ?? null,
          reject_share: one.efficiency === null ? null : 1 - one.efficiency,
          source_ip: null,
        })),
      );
      more = answer.pagination?.next_page_url != null;
    }
    return { hashrate_hs: summary.hashrate_5m, workers, truncated: more };
  },
});
