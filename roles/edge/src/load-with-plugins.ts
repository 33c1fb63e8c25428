import { dirname, resolve } from "node:path";
import { type EdgeConfig, loadEdgeConfig, pluginsIn } from "./config.ts";
import type { EdgeParts } from "./run-edge.ts";

/**
 * The configuration, and the parts with the driver packages and the logins it names: packages come first, since only
 * they know what else `type` may say. They are looked for where the configuration lies. Throws CONFIG_* and PLUGIN_*.
 */
export async function loadWithPlugins<M>(
  path: string,
  parts: EdgeParts<M>,
): Promise<{ config: EdgeConfig; parts: EdgeParts<M> }> {
  const names = await pluginsIn(path);
  const whole = names.length > 0 && parts.withPlugins ? await parts.withPlugins(names, resolve(dirname(path))) : parts;
  const config = await loadEdgeConfig(path, whole.types, process.env);
  return { config, parts: whole.withLogins?.(config) ?? whole };
}
