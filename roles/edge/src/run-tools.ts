import { existsSync } from "node:fs";
import { runRole } from "@banksman/kit";
import { DEFAULT_CONFIG_FILE, type EdgeConfig } from "./config.ts";
import { writeStarter } from "./init.ts";
import { loadWithPlugins } from "./load-with-plugins.ts";
import type { EdgeParts } from "./run-edge.ts";
import { printStatus } from "./status.ts";
import { parseTarget, testMiner } from "./test-miner.ts";

const QUIET = { logLevel: process.env.LOG_LEVEL ?? "warn" };

/** `--init`: writes the starter file. Exit code 2 when there is one already. */
export function runInit(config: string | undefined): Promise<number> {
  const path = config ?? DEFAULT_CONFIG_FILE;
  return runRole(
    "edge",
    () => writeStarter(path),
    async (written) => {
      process.stdout.write(
        `${written.config} written; ${written.guide} explains its keys.\nFill in api_url, api_key and site_id, then: banksman edge --once\n`,
      );
    },
    QUIET,
  );
}

/** `--status`: what waits in the spool. */
export function runStatus<M>(config: string | undefined, json: boolean, parts: EdgeParts<M>): Promise<number> {
  const load = async () => (await loadWithPlugins(config ?? DEFAULT_CONFIG_FILE, parts)).config;
  return runRole("edge", load, async (loaded) => printStatus(loaded, json), QUIET);
}

/** `--test ADDRESS`: reads one miner, with its configured id and type where a configuration names it. */
export function runTest<M>(
  address: string,
  config: string | undefined,
  json: boolean,
  parts: EdgeParts<M>,
): Promise<number> {
  const load = () => {
    parseTarget(address); // The address is what was typed: its mistake comes first.
    return config === undefined ? configIfAny(parts) : loadWithPlugins(config, parts);
  };
  return runRole(
    "edge",
    load,
    ({ config: loaded, parts: { reader } }, { signal }) => testMiner(address, { config: loaded, reader, json, signal }),
    QUIET,
  );
}

/** A test needs no configuration: one in the working directory that can't be used is told of in a line, no more. */
async function configIfAny<M>(parts: EdgeParts<M>): Promise<{ config: EdgeConfig | null; parts: EdgeParts<M> }> {
  if (!existsSync(DEFAULT_CONFIG_FILE)) return { config: null, parts };
  return loadWithPlugins(DEFAULT_CONFIG_FILE, parts).catch(() => {
    process.stderr.write(
      `${DEFAULT_CONFIG_FILE} has mistakes, so the miner's id, type and options in it are not used; ` +
        "banksman edge --once --dry-run names them.\n",
    );
    return { config: null, parts };
  });
}
