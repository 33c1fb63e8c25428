import { EXIT_USAGE } from "@banksman/kit";
import { parseFlags } from "./parse-flags.ts";
import type { Subcommand } from "./subcommand.ts";

const help = `
usage: banksman keys rotate [--config FILE]

Seals every secret in the server's database (channels' and pools' keys, second factors, sign-in providers, the keys
that sign access tokens) with a new key.
With a key file (data_dir/secret.key) a new one is made: stop the server before. With
SECRET_KEY set the new key there and the one before as SECRET_KEY_PREVIOUS, restart every server, then run this.
Cut off anywhere, it goes on when it is run again.

  --config FILE   the server's configuration, as for banksman server

exit codes: 0 done, 1 failed or some secrets could not be opened, 2 bad usage or configuration
`;

export const keysCommand: Subcommand = {
  name: "keys",
  summary: "seal the secrets in the server's database with a new key",
  help: help.trim(),
  run: async (args) => {
    const { values, positionals } = parseFlags({
      args,
      options: { config: { type: "string" } },
      allowPositionals: true,
    });
    if (positionals.length !== 1 || positionals[0] !== "rotate") {
      process.stderr.write(`${help.trim()}\n`);
      return EXIT_USAGE;
    }
    const { runKeysRotate } = await import("@banksman/server");
    return runKeysRotate(values.config);
  },
};
