import { z } from "zod";
import { definePool } from "../pool.ts";
import { GivenNumber, Numeric, UtcTime } from "../units.ts";

/**
 * A worker is a list: name, hashrate now, hashes of the last hour, rejected of it, hashes of the last day, stale of it,
 * time of the last share. Figures may exceed 2^53; as rates their last digits say nothing.
 */
const Worker = z.tuple(
  [z.coerce.string(), Numeric, z.unknown(), z.unknown(), z.unknown(), z.unknown(), UtcTime],
  z.unknown(),
);

const Account = z.object({
  hashrate: GivenNumber,
  workers: z.array(Worker),
});

/** F2Pool's old API (www.f2pool.com/developer/api): everything of an account in one answer, no key needed. */
export const f2poolV1 = definePool({
  id: "f2pool-v1",
  title: "F2Pool (v1)",
  api_base: "https://api.f2pool.com",
  key: "optional",
  pause_s: 1,
  read: async (ask, { coin, account, api_key }) => {
    const path = `/${encodeURIComponent(coin)}/${encodeURIComponent(account)}`;
    const headers: Record<string, string> = api_key === undefined ? {} : { "F2P-API-SECRET": api_key };
    const { hashrate, workers } = await ask({ path, headers }, Account);
    return {
      hashrate_hs: hashrate,
      // worker_length counts long-dead workers too, so it is no index into the list.
      workers: workers.map(([name, now, , , , , lastShare]) => ({
        name,
        hashrate_hs: now,
        last_share_at: lastShare,
        state: null,
        reject_share: null,
      })),
    };
  },
});
