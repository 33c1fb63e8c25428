import { existsSync } from "node:fs";
import { checkConfig, overlayEnvironment, readConfigFile, runRole } from "@banksman/kit";
import { SERVER_ENVIRONMENT, ServerConfig } from "./config.ts";
import { serve } from "./main.ts";

const USUAL_FILES = ["banksman.yaml", "banksman.yml", "banksman.json"];

async function loadConfig(path: string | undefined): Promise<ServerConfig> {
  const file = path ?? USUAL_FILES.find((name) => existsSync(name));
  const raw =
    file === undefined ? {} : await readConfigFile(file, "Correct --config, or leave it out to run on defaults.");
  const merged = overlayEnvironment(raw, process.env, SERVER_ENVIRONMENT);
  return checkConfig(ServerConfig, merged, file ?? "the environment");
}

/** `banksman server`: resolves to the exit code when the server has stopped. */
export const runServer = (configPath: string | undefined): Promise<number> =>
  runRole("server", () => loadConfig(configPath), serve);
