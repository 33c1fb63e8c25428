/**
 * Pool statistics beside the original and the physical limit: `node bench/pool-stats.ts [--only NAME] [--quick]`.
 *
 * windows   decode and count, one core: shares/s, first hour (cold) and all in one second (warm); the limit is reading
 *           the same messages and adding their difficulty into one array
 * memory    bytes a worker after an hour of 6 shares a minute, and of one a second
 * flush     changed rows into MariaDB, beside LOAD DATA of the same rows
 * snapshot  write and read at a million workers, beside copying a file of that size
 * http      worker_status of one and of 1,000 workers over keep-alive connections, beside an empty handler
 * kafka     from Kafka's protocol (the mock cluster) to the windows, beside reading and dropping the same messages
 * Prints a table for each and, as the last line, the figures as JSON.
 */
import { parseArgs } from "node:util";
import { benchFlush } from "./pool-stats-flush.ts";
import { benchHttp } from "./pool-stats-http.ts";
import { benchKafka } from "./pool-stats-kafka.ts";
import { benchMemory, benchSnapshot, benchWindows } from "./pool-stats-windows.ts";

const { values } = parseArgs({ options: { only: { type: "string" }, quick: { type: "boolean", default: false } } });
const parts = {
  windows: benchWindows,
  memory: benchMemory,
  flush: benchFlush,
  snapshot: benchSnapshot,
  http: benchHttp,
  kafka: benchKafka,
};
const figures: Record<string, unknown> = {};
for (const [name, run] of Object.entries(parts)) {
  if (values.only !== undefined && values.only !== name) continue;
  console.log(`\n${name}`);
  const rows = await run(values.quick);
  console.table(rows);
  figures[name] = rows;
}
console.log(JSON.stringify(figures));
