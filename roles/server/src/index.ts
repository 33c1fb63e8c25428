export { runAuditExport, runAuditVerify, type VerifyFlags } from "./run-audit.ts";
export { runKeysRotate } from "./run-keys.ts";
export { runServer } from "./run-server.ts";
