import { open } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { codeOf, messageOf, runRole, systemClock } from "@banksman/kit";
import { bundleLines, openBundle, readAnchorFile } from "./audit/proof/bundle.ts";
import { AuditErrors } from "./audit/proof/errors.ts";
import { showProgress } from "./audit/proof/progress.ts";
import { countRows, publicKeys, readTrail } from "./audit/proof/reader.ts";
import { createSigner } from "./audit/proof/signer.ts";
import { type Verdict, type VerifyOptions, verifyTrail } from "./audit/proof/verify.ts";
import type { ServerConfig } from "./config.ts";
import { openExisting } from "./db/existing.ts";
import { loadConfig } from "./load-config.ts";
import { openVault } from "./secrets.ts";

/** Warnings and worse: what these commands find is said on standard output. */
const QUIET = { logLevel: process.env.LOG_LEVEL ?? "warn" };

const print = (line: string) => process.stdout.write(`${line}\n`);
const count = (value: number) => value.toLocaleString("en-US");
const findingsOf = (many: number) => (many === 1 ? "1 finding" : `${count(many)} findings`);

/** `banksman audit export`: signs what isn't signed yet and writes the whole trail to a file. */
export const runAuditExport = (out: string, configPath: string | undefined): Promise<number> =>
  runRole(
    "audit",
    () => loadConfig(configPath),
    async (config: ServerConfig, { log, onStop }) => {
      const database = await openExisting(config, log, { beside: true });
      onStop("database", () => database.close());
      const target = await open(out, "w", 0o640).catch((error: unknown) => {
        throw AuditErrors.UNWRITABLE(out, codeOf(error) ?? messageOf(error), { cause: error });
      });
      const vault = await openVault(config);
      await createSigner({ pool: database.pool, vault, clock: systemClock, log }).signAll();
      const lines = Readable.from(bundleLines(database.pool, new Date()));
      const file = target.createWriteStream();
      await (out.endsWith(".gz") ? pipeline(lines, createGzip(), file) : pipeline(lines, file));
      print(`The audit trail is in ${out}: ${count(await countRows(database.pool))} rows.`);
      for (const { key_id } of await publicKeys(database.pool)) print(`Signed by key ${key_id}.`);
      return 0;
    },
    QUIET,
  );

export type VerifyFlags = {
  bundle?: string | undefined;
  config?: string | undefined;
  anchors: readonly string[];
  keys: readonly string[];
  roots: readonly { size: number; root: string }[];
  json: boolean;
};

type Known = Omit<VerifyOptions, "keys" | "onProgress">;

const knownOf = async (flags: VerifyFlags): Promise<Known> => ({
  anchors: (await Promise.all(flags.anchors.map(readAnchorFile))).flat(),
  roots: flags.roots,
  trusted: flags.keys.length === 0 ? undefined : flags.keys,
});

async function verifyBundle(path: string, known: Known): Promise<Verdict> {
  const { opening, items } = await openBundle(path);
  const progress = showProgress(process.stderr, opening.rows);
  const verdict = await verifyTrail(items, {
    ...known,
    keys: opening.keys,
    promised: opening.rows,
    onProgress: progress.show,
  });
  progress.end();
  return verdict;
}

/** `banksman audit verify`: 0 when the trail is whole, 1 when it isn't. Offline with a bundle, else from the database. */
export const runAuditVerify = (flags: VerifyFlags): Promise<number> =>
  runRole(
    "audit",
    async () => (flags.bundle === undefined ? loadConfig(flags.config) : null),
    async (config: ServerConfig | null, { log, onStop }) => {
      const known = await knownOf(flags);
      if (config === null) return report(await verifyBundle(flags.bundle ?? "", known), flags);
      const { pool, close } = await openExisting(config, log, { beside: true });
      onStop("database", close);
      const progress = showProgress(process.stderr, await countRows(pool));
      const keys = await publicKeys(pool);
      const verdict = await verifyTrail(readTrail(pool), { ...known, keys, onProgress: progress.show });
      progress.end();
      return report(verdict, flags);
    },
    QUIET,
  );

function report(verdict: Verdict, { json, keys }: VerifyFlags): number {
  const { rows, heads, signedTo, signedAt, findings } = verdict;
  const code = findings.length === 0 ? 0 : 1;
  if (json) {
    print(JSON.stringify({ ok: code === 0, ...verdict }));
    return code;
  }
  for (const { text } of findings) print(`✖ ${text}`);
  const signed = signedAt === null ? "none of them signed" : `signed to row ${count(signedTo)} at ${signedAt}`;
  print(`${count(rows)} rows, ${count(heads)} heads, ${signed}.`);
  if (keys.length === 0 && verdict.keys.length > 0)
    print(`Signed by ${verdict.keys.join(", ")}: see that it is the key you noted, or name it with --key.`);
  print(code === 0 ? "The audit trail is whole." : `The audit trail is NOT whole: ${findingsOf(findings.length)}.`);
  return code;
}
