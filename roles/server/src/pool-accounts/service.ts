import { type Clock, codeOf, type Log, messageOf } from "@banksman/kit";
import type { Egress } from "@banksman/kit/egress";
import { type PoolReading, poolOf, pools, readAccount } from "@banksman/pools";
import type {
  AddPoolAccount,
  BodyOf,
  GetPoolAccount,
  GetPoolAccountHistory,
  ListPoolAccounts,
  PoolAccount,
  QueryOf,
  ReplyOf,
} from "@banksman/wire/api";
import type { PoolAccountFailure, PoolAccountReadings } from "@banksman/wire/ingest";
import { isWithin, type Sites } from "../http/caller.ts";
import { problem } from "../http/problem.ts";
import { type PoolSide, reconcile, sumOf } from "./reconcile.ts";
import type { AccountRow, PoolAccountStore } from "./store.ts";

/** As the original watcher had it: silent for more than ten minutes and less than eight hours. */
const OFFLINE_AFTER_MS = 600_000;
const FORGET_AFTER_MS = 28_800_000;
const READ_TIMEOUT_MS = 30_000;
const KEPT_DAYS = 90;
const MOST_POINTS = 500;

type Vault = { seal: (text: string) => Buffer; open: (sealed: Buffer) => string };
type SiteFinder = {
  find: (siteId: string, sites: Sites) => Promise<{ site_no: number }>;
  numbersOf: (sites: Sites) => Promise<number[] | null>;
};
type Parts = {
  store: PoolAccountStore;
  sites: SiteFinder;
  vault: Vault;
  egress: Egress;
  /** Seconds between two readings of an account. */
  everyS: () => number;
  clock: Clock;
  log: Log;
};

export type PoolAccountService = ReturnType<typeof poolAccountService>;

/** Accounts at third-party pools: read here or told by a pool-watch elsewhere, and set beside the devices of their site. */
export function poolAccountService({ store, sites, vault, egress, everyS, clock, log }: Parts) {
  const find = async (accountNo: number, reached: Sites): Promise<AccountRow> => {
    const account = await store.find(accountNo);
    if (!account || !isWithin(reached, account.site_id))
      throw problem(404, "NO_SUCH_POOL_ACCOUNT", `there is no pool account ${accountNo}`, { path: "account_no" });
    return account;
  };
  const shown = async (accountNo: number): Promise<PoolAccount> => {
    const [account] = await store.list(null, accountNo);
    if (!account)
      throw problem(404, "NO_SUCH_POOL_ACCOUNT", `there is no pool account ${accountNo}`, { path: "account_no" });
    return account;
  };

  const keep = async (account: AccountRow, reading: Omit<PoolReading, "pool" | "account" | "coin">): Promise<void> => {
    const [others, devices] = await Promise.all([
      store.siblings(account.site_no, account.account),
      store.devices(account.site_no, new Date(clock.now())),
    ]);
    const sides = new Map(reading.workers.map((worker) => [worker.name, worker]));
    const rows = reconcile(account.account, others, [...sides.values()], devices, reading.at).map((row) => {
      const { hashrate_hs = null, hashrate_1h_hs = null } = sides.get(row.worker) ?? {};
      return { ...row, hashrate_hs, hashrate_1h_hs, ...presence(sides.get(row.worker), reading.at) };
    });
    const { at, hashrate_hs, clock_skew_ms, truncated } = reading;
    const device_hs = sumOf(rows.map((row) => row.device_hs));
    await store.keep(account.account_no, { at, hashrate_hs, device_hs, clock_skew_ms, truncated, workers: rows });
  };

  const read = async (account: AccountRow): Promise<void> => {
    try {
      const reading = await readAccount(
        poolOf(account.pool),
        {
          coin: account.coin,
          account: account.account,
          api_base: account.api_base ?? undefined,
          api_key: account.api_key === null ? undefined : vault.open(account.api_key),
        },
        READ_TIMEOUT_MS,
        egress,
      );
      await keep(account, reading);
    } catch (error) {
      const trouble = messageOf(error);
      log.warn({ err: error, account: `${account.pool} ${account.account}` }, `the pool can't be read: ${trouble}`);
      await store.noteFailure(account.account_no, null, trouble);
    }
  };

  /** The row of an account that a pool-watch tells of, made when it is told of for the first time. */
  const told = async (
    siteNo: number,
    { pool, coin, account }: Pick<PoolAccountFailure, "pool" | "coin" | "account">,
  ) => {
    const known = await store.byName(siteNo, pool, coin, account);
    if (known) return known;
    await store.add({
      site_no: siteNo,
      pool,
      coin,
      account,
      is_ours: false,
      api_base: null,
      api_key: null,
      key_hint: null,
      created_by: "pool-watch",
    });
    return store.byName(siteNo, pool, coin, account);
  };

  return {
    list: async (siteId: string | undefined, reached: Sites): Promise<ReplyOf<typeof ListPoolAccounts>["data"]> => {
      const siteNos =
        siteId === undefined ? await sites.numbersOf(reached) : [(await sites.find(siteId, reached)).site_no];
      const choices = pools.map(({ id, title, key, key_form }) => ({
        pool: id,
        title,
        key,
        key_form: key_form ?? null,
      }));
      return { accounts: await store.list(siteNos), pools: choices };
    },

    add: async (body: BodyOf<typeof AddPoolAccount>, by: string, reached: Sites): Promise<PoolAccount> => {
      const { site_no } = await sites.find(body.site_id, reached);
      const driver = driverOf(body.pool);
      if (driver.key === "required" && body.api_key === undefined)
        throw problem(400, "KEY_MISSING", `${driver.title} needs ${driver.key_form ?? "its key"}`, { path: "api_key" });
      const added = await store.add({
        site_no,
        pool: driver.id,
        coin: body.coin,
        account: body.account,
        is_ours: true,
        api_base: body.api_base ?? null,
        api_key: body.api_key === undefined ? null : vault.seal(body.api_key),
        key_hint: body.api_key === undefined ? null : hintOf(body.api_key),
        created_by: by,
      });
      if (added === null)
        throw problem(409, "POOL_ACCOUNT_EXISTS", `this site has ${driver.title} ${body.account} already`, {
          path: "account",
        });
      return shown(added);
    },

    one: async (accountNo: number, reached: Sites): Promise<PoolAccount> => {
      await find(accountNo, reached);
      return shown(accountNo);
    },

    remove: async (accountNo: number, reached: Sites): Promise<{ account_no: number }> => {
      await find(accountNo, reached);
      await store.remove(accountNo);
      return { account_no: accountNo };
    },

    readNow: async (accountNo: number, reached: Sites): Promise<PoolAccount> => {
      const account = await find(accountNo, reached);
      if (!account.is_ours)
        throw problem(409, "READ_ELSEWHERE", "a pool-watch reads this account; this server has no key for it", {
          path: "account_no",
        });
      await read(account);
      return shown(accountNo);
    },

    detail: async (
      accountNo: number,
      { verdict, q, page, per_page }: QueryOf<typeof GetPoolAccount>,
      reached: Sites,
    ): Promise<ReplyOf<typeof GetPoolAccount>["data"]> => {
      await find(accountNo, reached);
      const account = await shown(accountNo);
      const filter = { verdict: verdict ?? null, q: q || null, limit: per_page, offset: (page - 1) * per_page };
      const { rows, total } = await store.workers(accountNo, filter);
      return { account, workers: rows, total };
    },

    history: async (
      accountNo: number,
      { hours, worker }: QueryOf<typeof GetPoolAccountHistory>,
      reached: Sites,
    ): Promise<ReplyOf<typeof GetPoolAccountHistory>["data"]> => {
      await find(accountNo, reached);
      const finest = worker === undefined ? everyS() * 2.5 : 3_600;
      const width = Math.ceil(Math.max(finest, (hours * 3_600) / MOST_POINTS) / finest) * finest;
      const from = new Date(clock.now() - hours * 3_600_000);
      const found = await store.history(accountNo, worker ?? null, from, width);
      return { resolution_seconds: width, points: withGaps(found, width) };
    },

    /** What a pool-watch of the key's site read; an account that this server reads itself is left to it. */
    take: async (siteNo: number, { readings, failures }: PoolAccountReadings): Promise<{ stored: number }> => {
      let stored = 0;
      for (const { workers, at, ...reading } of readings) {
        const account = await told(siteNo, reading);
        if (!account || account.is_ours) continue;
        const parsed = workers.map((worker) => ({
          ...worker,
          last_share_at: worker.last_share_at === null ? null : new Date(worker.last_share_at),
        }));
        await keep(account, { ...reading, at: new Date(at), workers: parsed });
        stored += 1;
      }
      for (const failure of failures) {
        const account = await told(siteNo, failure);
        if (account && !account.is_ours) await store.noteFailure(account.account_no, failure.failures, failure.reason);
      }
      return { stored };
    },

    /** Reads the accounts whose turn it is, one after the other; several servers share them. */
    readDue: async (signal: AbortSignal): Promise<void> => {
      for (let account = await store.claimDue(everyS()); account; account = await store.claimDue(everyS())) {
        await read(account);
        if (signal.aborted) return;
      }
    },

    upkeep: async (): Promise<{ dropped: number }> => ({
      dropped: await store.dropBefore(new Date(clock.now() - KEPT_DAYS * 86_400_000)),
    }),
  };
}

function driverOf(pool: string) {
  try {
    return poolOf(pool);
  } catch (error) {
    throw problem(400, codeOf(error) ?? "POOL_UNKNOWN", messageOf(error), { path: "pool" });
  }
}

/** Enough of a key to tell it from another. */
const hintOf = (key: string): string => (key.length < 12 ? "…" : `${key.slice(0, 2)}…${key.slice(-2)}`);

function presence(worker: PoolSide | undefined, at: Date): { is_online: boolean; is_offline: boolean } {
  if (worker === undefined) return { is_online: false, is_offline: false };
  if (worker.last_share_at === null) return { is_online: (worker.hashrate_hs ?? 0) > 0, is_offline: false };
  const age = at.getTime() - worker.last_share_at.getTime();
  return { is_online: age <= OFFLINE_AFTER_MS, is_offline: age > OFFLINE_AFTER_MS && age < FORGET_AFTER_MS };
}

/** One point without values where at least a bucket is missing, so that a chart breaks its line there. */
function withGaps(
  found: readonly { at: Date; pool_hs: number | null; device_hs: number | null }[],
  widthS: number,
): ReplyOf<typeof GetPoolAccountHistory>["data"]["points"] {
  return found.flatMap(({ at, pool_hs, device_hs }, index) => {
    const before = found[index - 1];
    const isAfterGap = before !== undefined && at.getTime() - before.at.getTime() > widthS * 1_500;
    const gap = new Date(at.getTime() - widthS * 1_000).toISOString();
    return [
      ...(isAfterGap ? [{ at: gap, pool_hs: null, device_hs: null }] : []),
      { at: at.toISOString(), pool_hs, device_hs },
    ];
  });
}
