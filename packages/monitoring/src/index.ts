export { type Collector, Inventory, isLocal, type RoleTarget, readInventory } from "./inventory.ts";
export { runMonitoring } from "./monitoring-command.ts";
export { type TargetGroup, targetGroups } from "./targets.ts";
