export { PoolErrors } from "./errors.ts";
export { definePool, type PoolAccount, type PoolDriver, type PoolReading, type PoolWorker } from "./pool.ts";
export { poolOf, pools, readAccount } from "./pools.ts";
export { parseHashrate } from "./units.ts";
