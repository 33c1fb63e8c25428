import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { defineErrors, messageOf } from "./errors.ts";

/** What can be wrong with a package that a configuration's `plugins` names. */
export const PluginErrors = defineErrors("CONFIG_PLUGIN", {
  NOT_FOUND: {
    text: (name: string, folder: string) =>
      `plugin "${name}" is not installed: run npm install ${name} in ${folder}, or correct "plugins"`,
    retry: false,
  },
  BROKEN: { text: (name: string, why: string) => `plugin "${name}" can't be loaded: ${why}`, retry: false },
  INVALID: { text: (name: string, why: string) => `plugin "${name}" is no plugin for this: ${why}`, retry: false },
});

/**
 * What a package exports, as it is installed for `folder`; its name, or a path beginning with `./`. Throws
 * CONFIG_PLUGIN_NOT_FOUND and CONFIG_PLUGIN_BROKEN.
 */
export async function importPlugin(name: string, folder: string): Promise<unknown> {
  const resolve = createRequire(join(folder, "package.json")).resolve;
  let path: string;
  try {
    path = resolve(name);
  } catch (cause) {
    throw PluginErrors.NOT_FOUND(name, folder, { cause });
  }
  return import(pathToFileURL(path).href).catch((cause: unknown) => {
    throw PluginErrors.BROKEN(name, messageOf(cause), { cause });
  });
}
