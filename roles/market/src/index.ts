export { Budget } from "./budget.ts";
export { Collector } from "./collector.ts";
export { type CollectorConfig, readMarketConfig } from "./config.ts";
export { runMarket, type ServeFlags } from "./serve.ts";
export { noSink, type Sink } from "./sink.ts";
