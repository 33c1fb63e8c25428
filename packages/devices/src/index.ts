// What a driver is written with, for packages that add one.

export type { Credentials } from "@banksman/kit/http-auth";
export { gigahashes, megahashes, terahashes } from "@banksman/wire/model";
export type { Answers } from "./answers.ts";
export type { CommandTiming } from "./conversation.ts";
export type { CoolingFamily, CoolingTarget, CoolingTurn, Lane } from "./cooling/family.ts";
export { recordOf, trusted } from "./cooling/family.ts";
export { coolingFamilies, identifyCooling, readCooling } from "./cooling/index.ts";
export {
  type CoolingOrderOptions,
  type CoolingOrderReport,
  runCoolingOrder,
  settleCoolingOrder,
} from "./cooling/order.ts";
export { coolingFamilyOf } from "./cooling/profiles/family.ts";
export { CoolingProfile } from "./cooling/profiles/profile.ts";
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
export type { Kept, OrderOptions } from "./orders/errand.ts";
export type { Machine } from "./orders/machine.ts";
export { type LeftOrder, type OrderReport, runOrder, settleOrder } from "./orders/run-order.ts";
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
// For those who play a WhatsMiner.
export { seal, tokenOf, unseal } from "./transports/whatsminer-crypto.ts";
