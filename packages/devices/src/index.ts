// What a driver is written with, for packages that add one.
export { gigahashes, megahashes, terahashes } from "@banksman/wire/model";
export type { Answers } from "./answers.ts";
export type { CommandTiming } from "./conversation.ts";
export type { CredentialBook } from "./credentials.ts";
export { type Discovered, type DiscoverOptions, discover } from "./discover.ts";
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
export { type FaultRow, fault, toldFault } from "./faults/fault.ts";
export { type MinerMemory, newMemory } from "./memory.ts";
export { type Nameplate, nameplateOf, nameplates } from "./models/nameplate.ts";
export type { OrderOptions } from "./orders/errand.ts";
export { type OrderReport, runOrder } from "./orders/run-order.ts";
export type { ShownMessage } from "./orders/show.ts";
export { loadPlugins } from "./plugins.ts";
export { hashrate, namedHashrate } from "./read/hashrate.ts";
export { amount, count, firstAmount, greatest, mean, number, sum } from "./read/number.ts";
export { at, listOf } from "./read/pick.ts";
export { boardSensors, celsius, warmCelsius } from "./read/sensors.ts";
export { isTrue, mac, text } from "./read/text.ts";
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
export { activePool, ownShares, readPools } from "./shapes/pools.ts";
export type { Credentials } from "./transports/http-auth.ts";
// For those who play a WhatsMiner.
export { seal, tokenOf, unseal } from "./transports/whatsminer-crypto.ts";
