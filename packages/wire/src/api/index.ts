export * from "./collector.ts";
export * from "./fleet.ts";
export * from "./identity.ts";
export * from "./live.ts";
export * from "./market.ts";
export * from "./pool-stats.ts";
export * from "./route.ts";
export * from "./sites.ts";
