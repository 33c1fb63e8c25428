import { z } from "zod";
import { definePool } from "../pool.ts";
import { GivenNumber, Numeric, UtcTime } from "../units.ts";

/**
 * A worker is a list: name, hashrate now, hashes of the last hour, rejected of it, hashes of the last day, stale of it,
 * time of the last share. Figures may exceed 2^53; as rates their last digits say nothing.
 */
const Worker = z.tuple(
  [z.coerce.string(), Numeric, Numeric.catch(null), z.unknown(), z.unknown(), z.unknown(), UtcTime],
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
      workers: workers.map(([name, now, hour, , , , lastShare]) => ({
        name,
        hashrate_hs: now,
        hashrate_1h_hs: hourRate(hour, now),
        last_share_at: lastShare,
        state: null,
        reject_share: null,
        source_ip: null,
      })),
    };
  },
});

const NEAR = 3;

/**
 * The vendor's table calls the third figure the last hour's hashrate, its neighbours are counts of hashes: whichever of
 * the two lies near the hashrate of now is taken. A real 0 is none yet for a worker that hashes, so it says nothing.
 */
function hourRate(hour: number | null, now: number | null): number | null {
  if (hour === null || now === null || hour === 0 || now === 0) return null;
  const isNear = (rate: number) => rate <= now * NEAR && rate >= now / NEAR;
  return [hour / 3_600, hour].find(isNear) ?? null;
}
