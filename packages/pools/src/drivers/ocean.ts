import { z } from "zod";
import { definePool } from "../pool.ts";
import { EpochTime, GivenNumber, Numeric } from "../units.ts";

/** Some of its documents stand in an envelope `result`, some don't. */
const unwrap = (answer: unknown): unknown =>
  typeof answer === "object" && answer !== null && "result" in answer ? answer.result : answer;
const Snap = z.preprocess(unwrap, z.object({ hashrate_300s: GivenNumber }));
const Span = z.object({
  hashrate_60s: Numeric,
  hashrate_300s: Numeric,
  hashrate_600s: Numeric,
  hashrate_3600s: Numeric,
});
const Full = z.preprocess(unwrap, z.object({ snap_ts: EpochTime, workers: z.record(z.string(), z.array(Span)) }));

/**
 * OCEAN: the account is the payout address, no key. A worker has rates and no time of its last share: one with any rate
 * over five or ten minutes shared within them, one with none is as old as the newest window in which it had some.
 */
export const ocean = definePool({
  id: "ocean",
  title: "OCEAN",
  api_base: "https://api.ocean.xyz",
  key: "none",
  pause_s: 1,
  read: async (ask, { account }) => {
    const user = encodeURIComponent(account);
    const snap = await ask({ path: `/v1/statsnap/${user}` }, Snap);
    const { workers, snap_ts } = await ask({ path: `/v1/user_hashrate_full/${user}` }, Full);
    const now = snap_ts ?? new Date();
    return {
      hashrate_hs: snap.hashrate_300s,
      workers: Object.entries(workers).map(([name, [rates]]) => ({
        name,
        hashrate_hs: rates?.hashrate_300s ?? rates?.hashrate_60s ?? null,
        hashrate_1h_hs: rates?.hashrate_3600s ?? null,
        last_share_at: rates ? newestShare(rates, now) : null,
        state: null,
        reject_share: null,
        source_ip: null,
      })),
    };
  },
});

function newestShare(rates: z.output<typeof Span>, now: Date): Date | null {
  const ages: [rate: number | null, seconds: number][] = [
    [rates.hashrate_60s, 0],
    [rates.hashrate_300s, 60],
    [rates.hashrate_600s, 300],
    [rates.hashrate_3600s, 900],
  ];
  const found = ages.find(([rate]) => (rate ?? 0) > 0);
  return found === undefined ? null : new Date(now.getTime() - found[1] * 1_000);
}
