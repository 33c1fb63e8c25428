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
export {
  COLLECTOR_VIDEO_PATH,
  VIDEO_HEADER_BYTES,
  VIDEO_PIECE_BYTES,
  VideoAnswer,
  VideoAsk,
} from "./video-frames.ts";
