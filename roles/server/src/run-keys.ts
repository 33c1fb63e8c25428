import { runRole } from "@banksman/kit";
import { openExisting } from "./db/existing.ts";
import { resealAll } from "./keys/service.ts";
import { sealedStore } from "./keys/store.ts";
import { loadConfig } from "./load-config.ts";
import { forgetOldKeyFile, openVault, replaceKeyFile } from "./secrets.ts";

const print = (line: string) => process.stdout.write(`${line}\n`);

/**
 * `banksman keys rotate`: a new key seals every secret of the database. Without SECRET_KEY a new key file is made; with it
 * the new key is set by hand, the one before as SECRET_KEY_PREVIOUS. Cut off anywhere, it goes on when it is run again.
 */
export const runKeysRotate = (configPath: string | undefined): Promise<number> =>
  runRole(
    "keys",
    () => loadConfig(configPath),
    async (config, { log, onStop }) => {
      const database = await openExisting(config, log);
      onStop("database", () => database.close());
      const isFile = config.secret_key === undefined;
      if (isFile) await replaceKeyFile(config);
      const { resealed, unreadable } = await resealAll(sealedStore(database.db), await openVault(config));
      print(`${resealed} secrets are sealed with the new key.`);
      if (unreadable > 0) {
        print(
          `${unreadable} were sealed by a key that is not at hand: give it as SECRET_KEY_PREVIOUS, or type them in again.`,
        );
        return 1;
      }
      if (isFile) await forgetOldKeyFile(config);
      else print("Remove SECRET_KEY_PREVIOUS once every server runs with the new SECRET_KEY.");
      return 0;
    },
    { logLevel: process.env.LOG_LEVEL ?? "warn" },
  );
