export { dialects } from "./dialects/index.ts";
export { type ExchangeOptions, type SimExchange, startExchange } from "./exchange-server.ts";
export { Fault } from "./faults.ts";
export { type Replay, type ReplayOptions, replayRecording } from "./replay-server.ts";
export { type ExchangeFlags, runSimExchanges } from "./run-exchanges.ts";
