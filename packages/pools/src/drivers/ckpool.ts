import { z } from "zod";
import { definePool } from "../pool.ts";
import { EpochTime, parseHashrate } from "../units.ts";

/** "1.48T", "439G", "0": the letter is the only unit. */
const Rate = z
  .union([z.string(), z.number()])
  .nullish()
  .transform((value) => (value == null ? null : parseHashrate(String(value))));
const User = z.object({
  hashrate5m: z.string().transform(parseHashrate),
  worker: z
    .array(z.object({ workername: z.string(), hashrate5m: Rate, hashrate1hr: Rate, lastshare: EpochTime }))
    .nullish(),
});

/** ckpool and the solo pools that run it: the account is the payout address. */
export const ckpool = definePool({
  id: "ckpool",
  title: "ckpool / solo",
  api_base: "https://solo.ckpool.org",
  key: "none",
  pause_s: 1,
  read: async (ask, { account }) => {
    const user = await ask({ path: `/users/${encodeURIComponent(account)}` }, User);
    return {
      hashrate_hs: user.hashrate5m,
      workers: (user.worker ?? []).map((one) => ({
        name: one.workername,
        hashrate_hs: one.hashrate5m,
        hashrate_1h_hs: one.hashrate1hr,
        last_share_at: one.lastshare,
        state: null,
        reject_share: null,
        source_ip: null,
      })),
    };
  },
});
