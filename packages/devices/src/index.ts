export type { CommandTiming } from "./conversation.ts";
export { DeviceErrors } from "./errors.ts";
export { families } from "./families/index.ts";
export {
  type DeviceReading,
  defineFamily,
  type Family,
  type FamilySpec,
  READ_FIELDS,
  type ReadField,
} from "./family.ts";
export { type MinerMemory, newMemory } from "./memory.ts";
export { type Nameplate, nameplateOf, nameplates } from "./models/nameplate.ts";
export type { OrderOptions } from "./orders/errand.ts";
export { type OrderReport, runOrder } from "./orders/run-order.ts";
export type { ShownMessage } from "./orders/show.ts";
export {
  CGMINER_PORT,
  type DriverOptions,
  type ReadOptions,
  type ReadResult,
  readMiner,
  type Target,
  V3_PORT,
} from "./read-miner.ts";
export { type OpenPort, type ScanOptions, scanPort } from "./scan-port.ts";
export type { Credentials } from "./transports/http-auth.ts";
