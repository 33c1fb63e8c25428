import type { z } from "zod";

/** One worker as its pool tells it. Hashrate in H/s; what the pool does not say is null. */
export type PoolWorker = {
  name: string;
  hashrate_hs: number | null;
  /** The mean of the last hour, as far as the pool tells it: enough shares to set beside a device's own figure. */
  hashrate_1h_hs: number | null;
  last_share_at: Date | null;
  /** The pool's own word for its state, as it stands in the answer. */
  state: string | null;
  /** 0 to 1. */
  reject_share: number | null;
  /** Public address its shares come from, where the pool tells it. */
  source_ip: string | null;
};

/** One account at one moment. */
export type PoolReading = {
  pool: string;
  account: string;
  coin: string;
  /** By the pool's clock where it tells its own (the Date header), else ours. */
  at: Date;
  /** The pool's clock less ours, ms; null when it does not tell. */
  clock_skew_ms: number | null;
  /** All workers together, H/s, as the pool sums it. */
  hashrate_hs: number | null;
  workers: PoolWorker[];
  /** More workers than one reading takes: the list is cut. */
  truncated: boolean;
};

/** Which account to read. `api_base` replaces the pool's own address; `api_key` may be `key:secret` where a pool has both. */
export type PoolAccount = {
  coin: string;
  account: string;
  api_base?: string | undefined;
  api_key?: string | undefined;
};

export type PoolRequest = {
  method?: "GET" | "POST";
  /** Path and query below the base address. */
  path: string;
  headers?: Record<string, string>;
  body?: string;
};

/** Asks the pool and checks the shape of what it says; throws one of PoolErrors. */
export type Ask = <S extends z.ZodType>(request: PoolRequest, schema: S) => Promise<z.output<S>>;

/** What a driver makes of its answers; the reader adds pool, account and time. */
export type AccountFigures = Pick<PoolReading, "hashrate_hs" | "workers"> & { truncated?: boolean };

/** One pool: where it is, whether it needs a key, and how an account is read. */
export type PoolDriver = {
  id: string;
  /** As people know it. */
  title: string;
  api_base: string;
  key: "none" | "optional" | "required";
  /** What `api_key` is made of, for messages. */
  key_form?: string;
  /** Seconds between two requests that the pool wants kept. */
  pause_s: number;
  read: (ask: Ask, account: PoolAccount) => Promise<AccountFigures>;
};

/** Declares a pool driver; the only way to make one, here and in plugins. */
export const definePool = (driver: PoolDriver): PoolDriver => driver;

/** Pages of workers that one reading takes at most. */
export const MAX_PAGES = 200;
