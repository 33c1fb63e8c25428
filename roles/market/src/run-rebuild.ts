import { createLog } from "@banksman/kit";
import { readMarketConfig } from "./config.ts";
import { newRunId } from "./recorder/layout.ts";
import { rebuild } from "./recorder/rebuild.ts";
import { RowsToParts } from "./recorder/rows-to-parts.ts";

export type RebuildFlags = { config: string; out: string; journals: readonly string[] };

/** Reads journals of one exchange again and writes their rows as tables into `out`; the configuration names the pairs. */
export async function runRebuild({
  config: path,
  out,
  journals,
}: RebuildFlags): Promise<{ records: number; rows: number }> {
  const { collectors } = await readMarketConfig(path, process.env);
  const config = collectors.find((one) => journals[0]?.includes(`exchange=${one.product.connector}/`)) ?? collectors[0];
  if (!config) return { records: 0, rows: 0 };
  const sink = new RowsToParts({
    config: { ...config, output_dir: out },
    runId: newRunId(Date.now()),
    startAt: 0,
    after: new Map(),
  });
  const { records } = await rebuild({
    config,
    files: journals,
    sink,
    log: createLog("market", process.env.LOG_LEVEL ?? "warn"),
  });
  return { records, rows: sink.finish() };
}
