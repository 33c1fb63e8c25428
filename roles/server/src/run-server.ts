import { runRole } from "@banksman/kit";
import { readConfig } from "./load-config.ts";

/**
 * `banksman server`: resolves to the exit code when the server has stopped. What serves is loaded once the configuration is
 * right, since it takes a second: a mistake is told at once.
 */
export const runServer = (configPath: string | undefined): Promise<number> =>
  runRole(
    "server",
    () => readConfig(configPath),
    async ({ config, given }, context) => {
      const { serve } = await import("./main.ts");
      return serve(config, context, given);
    },
  );
