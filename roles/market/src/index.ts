export { Budget } from "./budget.ts";
export { Collector } from "./collector.ts";
export { type CollectorConfig, readMarketConfig } from "./config.ts";
export { bookAt, type ReplayedBook, type ReplayFlags } from "./replay.ts";
export { type RebuildFlags, runRebuild } from "./run-rebuild.ts";
export { runMarket, type ServeFlags } from "./serve.ts";
export { noSink, type Sink } from "./sink.ts";
export { Station } from "./station.ts";
export { type VerifyFlags, type VerifyReport, verify, verifyText } from "./verify.ts";
