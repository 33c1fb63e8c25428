import { EXIT_USAGE } from "@banksman/kit";
import { parseFlags } from "./parse-flags.ts";
import type { Subcommand } from "./subcommand.ts";

const help = `
usage: banksman audit export --out FILE [--config FILE]
       banksman audit verify [--bundle FILE] [options]

The audit trail: everything that somebody did or was refused, as a hash chain with signed Merkle tree heads.

export: signs what isn't signed yet and writes the whole trail with its heads and public keys; a FILE that ends in .gz
is packed.

verify: reads the whole trail and names each row that was changed, taken out, put in, moved or cut off at the end.
Without --bundle it reads the server's database.
  --bundle FILE     an exported trail; nothing else is needed, and no network
  --anchor FILE     heads that were kept elsewhere (an anchor file); may be given several times
  --root SIZE:HEX   a root that was noted elsewhere, such as from an anchor mail; may be given several times
  --key KEY         name of a key that may have signed, as export prints it; may be given several times
  --json            print one JSON object instead of text

  --config FILE     the server's configuration, for its database (banksman.yaml here, and the environment)

exit codes: 0 done, or the trail is whole; 1 it isn't, or it failed; 2 bad usage or configuration
`;

export const auditCommand: Subcommand = {
  name: "audit",
  summary: "export the audit trail, and verify it",
  help: help.trim(),
  run: async (args) => {
    const [what, ...rest] = args;
    if (what === "export") return exportTrail(rest);
    if (what === "verify") return verify(rest);
    return usage("say what to do: export or verify");
  },
};

function usage(text: string): number {
  process.stderr.write(`banksman audit: ${text}. --help tells more.\n`);
  return EXIT_USAGE;
}

async function exportTrail(args: string[]): Promise<number> {
  const { values } = parseFlags({ args, options: { out: { type: "string" }, config: { type: "string" } } });
  if (values.out === undefined) return usage("export needs --out FILE");
  const { runAuditExport } = await import("@banksman/server");
  return runAuditExport(values.out, values.config);
}

async function verify(args: string[]): Promise<number> {
  const many = { type: "string", multiple: true, default: [] as string[] } as const;
  const { values } = parseFlags({
    args,
    options: {
      bundle: { type: "string" },
      config: { type: "string" },
      anchor: many,
      root: many,
      key: many,
      json: { type: "boolean", default: false },
    },
  });
  const wrong = values.root.find((text) => !/^\d+:[0-9a-f]{64}$/.test(text));
  if (wrong !== undefined) return usage(`--root ${wrong} is no SIZE:HEX`);
  const roots = values.root.map((text) => {
    const [size = "", root = ""] = text.split(":");
    return { size: Number(size), root };
  });
  const { runAuditVerify } = await import("@banksman/server");
  const { bundle, config, anchor: anchors, key: keys, json } = values;
  return runAuditVerify({ bundle, config, anchors, keys, roots, json });
}
