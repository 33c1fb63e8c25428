export { type Clock, systemClock, VirtualClock } from "./clock.ts";
export { ConfigErrors, checkConfig, overlayEnvironment, parseConfigText, readConfigFile } from "./config.ts";
export { CodedError, codeOf, defineErrors, messageOf } from "./errors.ts";
export { type Check, Health, type Trouble } from "./health.ts";
export { createLog, type Log } from "./log.ts";
export { Counter, createMetrics, Gauge, Histogram, type Registry } from "./metrics.ts";
export { metricsGuard, type OpsHttpOptions, serveOps } from "./ops-http.ts";
export { type Backoff, backoffMs, retrying } from "./retry.ts";
export { EXIT_USAGE, type RoleContext, runRole, untilAborted } from "./run-role.ts";
