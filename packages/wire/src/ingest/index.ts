export { AlertmanagerAlert, AlertmanagerWebhook } from "./alertmanager.ts";
export { AuditEntry, auditHash, brokenAt, CHAIN_START, canonicalJson } from "./audit.ts";
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
