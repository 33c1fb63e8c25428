export { discover as searchDevices } from "@banksman/devices";
export type { EdgeConfig } from "./config.ts";
export { type CoolingFlags, runCoolingOrders, runCoolingTest } from "./cooling/run-cooling.ts";
export { deviceParts } from "./device-parts.ts";
export { type DiscoverFlags, runDiscover } from "./discovery/run-discover.ts";
export { type MinerFlags, runMiner } from "./orders/run-miner.ts";
export { runEdge } from "./run-edge.ts";
export { runInit, runStatus, runTest } from "./run-tools.ts";
