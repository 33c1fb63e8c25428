export { runPoolWatch, type WatchFlags } from "./run-pool-watch.ts";
