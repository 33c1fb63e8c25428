export { type Collector, Inventory, isLocal, type RoleTarget, readInventory } from "./inventory.ts";
export { prometheusConfig } from "./prometheus-config.ts";
export { type TargetGroup, targetGroups } from "./targets.ts";
