import { createHmac } from "node:crypto";
import { z } from "zod";
import { PoolErrors } from "../errors.ts";
import { checkShape } from "../http.ts";
import { definePool, MAX_PAGES, type PoolWorker } from "../pool.ts";
import { EpochTime, GivenNumber, Numeric, parseHashrate } from "../units.ts";

const Reply = z.object({ code: z.union([z.number(), z.string()]), message: z.string().nullish(), data: z.unknown() });
const Overview = z.object({ hsLast10m: GivenNumber });

/** A rate comes as a number of H/s or with its unit in the text. */
const Rate = z
  .union([z.number(), z.string()])
  .nullish()
  .transform((value) => (value == null ? null : parseHashrate(String(value))));
const Percent = z
  .union([z.number(), z.string()])
  .nullish()
  .transform((value) => (value == null ? null : Number(String(value).replace("%", "")) / 100));
const Item = z.object({
  workerId: z.string().nullish(),
  userWorkerId: z.union([z.string(), z.number()]).nullish(),
  hsLast10Min: Rate,
  hsLast1H: Rate,
  hsLast1Hour: Rate,
  rejectRatio: Percent,
  shareLastTime: EpochTime,
  workerStatus: z.union([z.string(), z.number()]).nullish(),
});
const List = z.object({ items: z.array(Item).nullish(), totalPage: Numeric });
const PAGE = 50;

/** AntPool: form posts signed with HMAC-SHA256 over user, key and a growing nonce. `api_key` is `key:secret`. */
export const antpool = definePool({
  id: "antpool",
  title: "AntPool",
  api_base: "https://antpool.com",
  key: "required",
  key_form: "key:secret",
  pause_s: 1,
  read: async (ask, { coin, account, api_key = "" }) => {
    const [key = "", secret = ""] = api_key.split(":");
    let nonce = Date.now();
    const post = async <S extends z.ZodType>(
      name: string,
      schema: S,
      fields: Record<string, string>,
    ): Promise<z.output<S>> => {
      nonce = Math.max(nonce + 1, Date.now());
      const form = new URLSearchParams({
        key,
        nonce: String(nonce),
        signature: signAntpool(secret, account, key, String(nonce)),
        coin,
        userId: account,
        ...fields,
      });
      const request = {
        method: "POST" as const,
        path: `/api/${name}.htm`,
        headers: { "content-type": "application/x-www-form-urlencoded" },
        body: form.toString(),
      };
      const answer = await ask(request, Reply);
      // 0 as a number in one document, "000000" as text in another.
      if (Number(answer.code) !== 0)
        throw PoolErrors.REFUSED("AntPool", `${answer.message ?? "error"} (${answer.code})`);
      return checkShape("AntPool", schema, answer.data);
    };
    const overview = await post("accountOverview", Overview, {});
    const workers: PoolWorker[] = [];
    let pages = 1;
    for (let page = 1; page <= Math.min(pages, MAX_PAGES); page++) {
      const fields = { page: String(page), pageSize: String(PAGE), workerStatus: "0" };
      const list = await post("userWorkerList", List, fields);
      workers.push(...(list.items ?? []).map(toWorker));
      pages = list.totalPage ?? 1;
    }
    return { hashrate_hs: overview.hsLast10m, workers, truncated: pages > MAX_PAGES };
  },
});

/** The signature of a request: upper-case hex of HMAC-SHA256 over user + key + nonce. */
export const signAntpool = (secret: string, user: string, key: string, nonce: string): string =>
  createHmac("sha256", secret)
    .update(user + key + nonce)
    .digest("hex")
    .toUpperCase();

const toWorker = (item: z.output<typeof Item>): PoolWorker => ({
  name: item.workerId ?? String(item.userWorkerId ?? ""),
  hashrate_hs: item.hsLast10Min ?? item.hsLast1H ?? item.hsLast1Hour,
  hashrate_1h_hs: item.hsLast1H ?? item.hsLast1Hour,
  last_share_at: item.shareLastTime,
  state: item.workerStatus == null ? null : String(item.workerStatus),
  reject_share: item.rejectRatio,
  source_ip: null,
});
