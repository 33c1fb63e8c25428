export {
  COOLING_LEASE_MS,
  COOLING_MAX_UNITS,
  COOLING_RENEW_MS,
  CoolingCommand,
  CoolingGrant,
  CoolingLease,
  CoolingLeases,
} from "./cooling-frames.ts";
export { COLLECTOR_LINK_PATH, EdgeFrame, LEDGER_FORGOT, LINK_PROTOCOL, type Manifest, ServerFrame } from "./frames.ts";
