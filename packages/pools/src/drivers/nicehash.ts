import { createHmac, randomUUID } from "node:crypto";
import { z } from "zod";
import { PoolErrors } from "../errors.ts";
import { definePool, type PoolWorker } from "../pool.ts";
import { EpochTime, Numeric } from "../units.ts";

const Stats = z.object({
  speedAccepted: Numeric,
  speedRejectedTotal: Numeric,
  algorithm: z.object({ enumName: z.string().nullish() }).nullish(),
});
const Rigs = z.object({
  miningRigs: z.array(
    z.object({
      rigId: z.string(),
      name: z.string().nullish(),
      minerStatus: z.string().nullish(),
      statusTime: EpochTime,
      stats: z.array(Stats).nullish(),
    }),
  ),
});
/** Speeds come in the unit that the algorithm is traded in: TH/s for SHA-256, MH/s for most others. */
const UNITS: Record<string, number> = { SHA256: 1e12, SHA256ASICBOOST: 1e12, SCRYPT: 1e6, DAGGERHASHIMOTO: 1e6 };
const USUAL_UNIT = 1e6;

/** NiceHash: requests signed over key, time, nonce, organisation and path. `api_key` is `key:secret`, the account the organisation id. */
export const nicehash = definePool({
  id: "nicehash",
  title: "NiceHash",
  api_base: "https://api2.nicehash.com",
  key: "required",
  key_form: "key:secret",
  pause_s: 1,
  read: async (ask, { account, api_key = "" }) => {
    const [key = "", secret = ""] = api_key.split(":");
    if (secret === "") throw PoolErrors.NO_KEY("NiceHash", "key:secret");
    const path = "/main/api/v2/mining/rigs2";
    const query = "size=1000";
    const [time, nonce] = [String(Date.now()), randomUUID()];
    const headers = {
      "X-Time": time,
      "X-Nonce": nonce,
      "X-Organization-Id": account,
      "X-Request-Id": randomUUID(),
      "X-Auth": `${key}:${signNicehash(secret, { key, time, nonce, organisation: account, method: "GET", path, query })}`,
    };
    const { miningRigs } = await ask({ path: `${path}?${query}`, headers }, Rigs);
    const workers = miningRigs.map((rig): PoolWorker => {
      const rates = (rig.stats ?? []).map(rateOf);
      return {
        name: rig.name ?? rig.rigId,
        hashrate_hs: rates.reduce((sum, rate) => sum + rate, 0),
        hashrate_1h_hs: null,
        last_share_at: rig.minerStatus === "MINING" ? new Date() : rig.statusTime,
        state: rig.minerStatus?.toLowerCase() ?? null,
        reject_share: null,
        source_ip: null,
      };
    });
    return { hashrate_hs: workers.reduce((sum, one) => sum + (one.hashrate_hs ?? 0), 0), workers };
  },
});

const rateOf = ({ speedAccepted, algorithm }: z.output<typeof Stats>): number =>
  (speedAccepted ?? 0) * (UNITS[algorithm?.enumName?.toUpperCase() ?? ""] ?? USUAL_UNIT);

type Signed = {
  key: string;
  time: string;
  nonce: string;
  organisation: string;
  method: string;
  path: string;
  query: string;
};

/** Hex of HMAC-SHA256 over the parts of a request, each ended by a zero byte, some of them empty by definition. */
export const signNicehash = (secret: string, { key, time, nonce, organisation, method, path, query }: Signed): string =>
  createHmac("sha256", secret)
    .update([key, time, nonce, "", organisation, "", method, path, query].join("\0"))
    .digest("hex");
