import type { PoolAccount, PoolChoice, ReconciledWorker } from "@banksman/wire/api";
import * as api from "@banksman/wire/api";
import type { z } from "zod";
import type { FakeReply, FakeRequest } from "./fake-routes.ts";
import type { FakeState } from "./fake-state.ts";

const TH = 1e12;
const ok = (data: unknown): FakeReply => ({ status: 200, body: { success: true, data } });
const POOLS: z.infer<typeof PoolChoice>[] = [
  { pool: "f2pool-v1", title: "F2Pool (v1)", key: "optional", key_form: null },
  { pool: "viabtc", title: "ViaBTC", key: "required", key_form: "the API key" },
  { pool: "ocean", title: "OCEAN", key: "none", key_form: null },
];

function accountOf(account_no: number, account: string, more: Partial<PoolAccount> = {}): PoolAccount {
  return {
    account_no,
    site_id: "1",
    pool: "f2pool-v1",
    coin: "bitcoin",
    account,
    source: "server",
    api_base: null,
    key_hint: "ab…yz",
    read_at: new Date(Date.now() - 40_000).toISOString(),
    hashrate_hs: 5_900 * TH,
    device_hashrate_hs: 6_050 * TH,
    workers: 60,
    workers_online: 57,
    workers_offline: 2,
    reject_share: 0.0031,
    verdicts: { matching: 55, pool_silent: 1, below_device: 2, unregistered: 1, both_silent: 1 },
    failures: 0,
    trouble: null,
    truncated: false,
    ...more,
  };
}

function workerOf(index: number): ReconciledWorker {
  const verdict = index === 0 ? "pool_silent" : index < 3 ? "below_device" : index === 3 ? "unregistered" : "matching";
  const device_hs = verdict === "unregistered" ? null : 100 * TH;
  const pool_hs = { pool_silent: 0, below_device: 70 * TH, unregistered: 90 * TH, matching: 99 * TH }[verdict];
  return {
    worker: `north.S21_${String(index).padStart(4, "0")}`,
    miner_ids: device_hs === null ? [] : [`S21_${String(index).padStart(4, "0")}`],
    verdict,
    pool_hs,
    device_hs,
    difference: device_hs === null ? null : (pool_hs - device_hs) / device_hs,
    last_share_at: new Date(Date.now() - (verdict === "pool_silent" ? 3_000_000 : 20_000)).toISOString(),
    state: "online",
    reject_share: 0.002,
    source_ip: index === 3 ? "203.0.113.9" : "198.51.100.1",
    is_elsewhere: index === 3,
  };
}

/** Accounts at third-party pools, as the fake server knows them. */
export class FakePoolAccounts {
  accounts: PoolAccount[] = [
    accountOf(1, "north"),
    accountOf(2, "bc1qexampleaddress", {
      pool: "ocean",
      source: "pool-watch",
      key_hint: null,
      failures: 4,
      trouble: "api.ocean.xyz did not answer within 30000 ms",
      verdicts: { matching: 12 },
    }),
  ];
  workers: ReconciledWorker[] = Array.from({ length: 60 }, (_, index) => workerOf(index));
}

type Handler = (state: FakeState, params: Record<string, string>, request: FakeRequest) => FakeReply;

const detail: Handler = ({ poolAccounts }, { account_no }, { query }) => {
  const account = poolAccounts.accounts.find((one) => one.account_no === Number(account_no));
  if (!account)
    return {
      status: 404,
      body: { success: false, type: "about:blank", title: "x", status: 404, code: "NO_SUCH_POOL_ACCOUNT", detail: "x" },
    };
  const [verdict, q] = [query.get("verdict"), query.get("q")];
  const found = poolAccounts.workers.filter(
    (one) => (verdict === null || one.verdict === verdict) && (q === null || one.worker.includes(q)),
  );
  const [page, size] = [Number(query.get("page") ?? 1), Number(query.get("per_page") ?? 100)];
  return ok({ account, workers: found.slice((page - 1) * size, page * size), total: found.length });
};

const history: Handler = (_, __, { query }) => {
  const hours = Number(query.get("hours") ?? 24);
  const width = (hours * 3_600) / 100;
  const scale = query.get("worker") === null ? 60 : 1;
  const points = Array.from({ length: 100 }, (_, index) => ({
    at: new Date(Date.now() - (100 - index) * width * 1_000).toISOString(),
    pool_hs: index === 50 ? null : (96 + (index % 7)) * TH * scale,
    device_hs: 100 * TH * scale,
  }));
  return ok({ resolution_seconds: width, points });
};

/** What the server answers of pool accounts. */
export const poolAccountHandlers: readonly [api.Route, Handler][] = [
  [api.ListPoolAccounts, ({ poolAccounts }) => ok({ accounts: poolAccounts.accounts, pools: POOLS })],
  [
    api.AddPoolAccount,
    ({ poolAccounts }, _, { body }) => {
      const typed = api.AddPoolAccount.body.parse(body);
      const added = accountOf(poolAccounts.accounts.length + 1, typed.account, { pool: typed.pool, read_at: null });
      poolAccounts.accounts.push(added);
      return ok(added);
    },
  ],
  [api.GetPoolAccountHistory, history],
  [api.ReadPoolAccount, ({ poolAccounts }) => ok(poolAccounts.accounts[0])],
  [
    api.RemovePoolAccount,
    ({ poolAccounts }, { account_no }) => {
      poolAccounts.accounts = poolAccounts.accounts.filter((one) => one.account_no !== Number(account_no));
      return ok({ account_no: Number(account_no) });
    },
  ],
  [api.GetPoolAccount, detail],
];
