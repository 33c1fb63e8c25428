import {
  families as builtIn,
  type CredentialBook,
  type Family,
  loadPlugins,
  type MinerMemory,
  newMemory,
  readMiner,
  runOrder,
  scanPort,
  settleOrder,
} from "@banksman/devices";
import type { EdgeParts } from "./run-edge.ts";

/** The edge's parts out of the devices library and the driver packages that the configuration names. */
export const deviceParts: EdgeParts<MinerMemory> = partsOf(builtIn, {});

function partsOf(families: readonly Family[], book: CredentialBook): EdgeParts<MinerMemory> {
  return {
    reader: {
      newMemory,
      read: (target, memory, limits) => readMiner(target, memory, { ...limits, ...book, families }),
    },
    scan: scanPort,
    order: (target, order, options) => runOrder(target, order, { ...book, ...options, families }),
    settle: (target, order, options, left) => settleOrder(target, order, { ...book, ...options, families }, left),
    drivers: Object.fromEntries(
      families.map(({ id, title, commands }) => [id, { title, orders: Object.keys(commands ?? {}) }]),
    ),
    // `auto` and `cgminer` claim nothing about a miner.
    types: [...new Set(["auto", "cgminer", ...families.flatMap((family) => family.types)])].sort(),
    withPlugins: async (names, folder) => partsOf(await loadPlugins(names, folder, families), book),
    withLogins: ({ credentials, factory_credentials: factoryCredentials }) =>
      partsOf(families, { credentials, factoryCredentials }),
  };
}
