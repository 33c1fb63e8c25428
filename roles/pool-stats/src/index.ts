export { type PoolStatsFlags, runPoolStats } from "./run-pool-stats.ts";
