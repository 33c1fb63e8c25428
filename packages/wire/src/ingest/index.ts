export { AlertmanagerAlert, AlertmanagerWebhook } from "./alertmanager.ts";
export { auditHash, brokenAt, CHAIN_START } from "./audit.ts";
export { AuditEntry } from "./audit-entry.ts";
export {
  COOLING_UPLOAD_MAX_FAILURES,
  COOLING_UPLOAD_MAX_READINGS,
  COOLING_UPLOAD_MAX_ROUNDS,
  CoolingFailure,
  CoolingLane,
  CoolingReading,
  CoolingRefusal,
  CoolingRefusalCode,
  CoolingRound,
  CoolingUpload,
  CoolingUploadReply,
} from "./cooling-upload.ts";
export { MarketFact, MarketFactName, MarketReadings } from "./market-readings.ts";
export {
  POOL_ACCOUNT_MAX_WORKERS,
  PoolAccountFailure,
  PoolAccountReading,
  PoolAccountReadings,
  PoolAccountWorker,
} from "./pool-account-readings.ts";
export { POOL_READINGS_MAX_ROWS, PoolMinute, PoolName, PoolReadings } from "./pool-readings.ts";
export {
  Problem,
  RejectedReading,
  UPLOAD_HEADERS,
  UPLOAD_MAX_INFLATED_BYTES,
  UPLOAD_MAX_READINGS,
  Upload,
  UploadFigures,
  UploadReply,
} from "./upload.ts";
