import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { gzip } from "node:zlib";
import { cssVariables } from "./src/theme/tokens.ts";

/**
 * Builds the browser program into web/dist.
 *   node web/build.ts              builds
 *   node web/build.ts --if-stale   builds only when a source, the wire's routes or the lock file changed
 *   node web/build.ts --stories --out DIR   with the component stories, for tests
 *   node web/build.ts --checked …  with React's own checks, which complain in the browser's console
 */
const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "..");
const STAMP = ".source-hash";

async function filesUnder(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { withFileTypes: true, recursive: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

type Kind = { stories: boolean; checked: boolean };

/** One hash over everything the bundle is made from. */
async function sourceHash(kind: Kind): Promise<string> {
  const folders = ["web/src", "web/public", "packages/wire/src"].map((folder) => join(root, folder));
  const single = ["web/index.html", "web/build.ts", "package-lock.json"].map((file) => join(root, file));
  const files = [...(await Promise.all(folders.map(filesUnder))).flat(), ...single].filter(existsSync);
  const hash = createHash("sha256").update(JSON.stringify(kind));
  for (const file of files.filter((name) => !name.endsWith(".test.ts")).toSorted())
    hash
      .update(relative(root, file))
      .update("\0")
      .update(await readFile(file));
  return hash.digest("hex");
}

const tokensPlugin = {
  name: "banksman-tokens",
  resolveId: (id: string) => (id === "virtual:tokens.css" ? id : null),
  load: (id: string) => (id === "virtual:tokens.css" ? cssVariables() : null),
};

async function bundle(outDir: string, { stories, checked }: Kind): Promise<void> {
  // The same whoever builds it. React's checks take twice the time of what they check.
  process.env.NODE_ENV = checked ? "development" : "production";
  // Imported late: a fresh build is then found out without loading the bundler.
  const [{ build }, { default: react }] = await Promise.all([import("vite"), import("@vitejs/plugin-react")]);
  const version: unknown = JSON.parse(await readFile(join(root, "package.json"), "utf8")).version;
  await build({
    configFile: false,
    root: here,
    logLevel: "warn",
    plugins: [react(), tokensPlugin],
    define: { __STORIES__: String(stories), __VERSION__: JSON.stringify(version) },
    build: {
      outDir,
      emptyOutDir: true,
      target: "es2023",
      // The policy of the server allows no inline script and no data: address.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      chunkSizeWarningLimit: 2_000,
      reportCompressedSize: false,
    },
  });
}

const pack = async (file: string) => promisify(gzip)(await readFile(file), { level: 9 });

/** Lays a gzipped copy beside every text, which the server then sends without packing it each time. */
async function precompress(outDir: string): Promise<void> {
  const texts = (await filesUnder(outDir)).filter((file) => /\.(js|css|html|svg)$/.test(file));
  for (const file of texts) await writeFile(`${file}.gz`, await pack(file));
}

/** Bytes, gzipped, that a browser loads before it shows the first page: what index.html itself names. */
async function firstPageBytes(outDir: string): Promise<number> {
  const html = await readFile(join(outDir, "index.html"), "utf8");
  const named = [...html.matchAll(/(?:src|href)="\/([^"]+\.(?:js|css|svg))"/g)].flatMap((match) => match[1] ?? []);
  const sizes = await Promise.all(["index.html", ...named].map((name) => stat(join(outDir, `${name}.gz`))));
  return sizes.reduce((sum, { size }) => sum + size, 0);
}

const stampOf = (outDir: string) => readFile(join(outDir, STAMP), "utf8").catch(() => "");

/** Builds beside the old bundle and swaps at the end, so that a running server never serves half of one. */
async function buildInto(outDir: string, kind: Kind, hash: string): Promise<void> {
  const fresh = `${outDir}.new-${process.pid}`;
  await mkdir(dirname(outDir), { recursive: true });
  try {
    await bundle(fresh, kind);
    await precompress(fresh);
    await writeFile(join(fresh, STAMP), hash);
    await rm(outDir, { recursive: true, force: true });
    await rename(fresh, outDir);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

const { values } = parseArgs({
  options: {
    "if-stale": { type: "boolean", default: false },
    stories: { type: "boolean", default: false },
    checked: { type: "boolean", default: false },
    out: { type: "string", default: join(here, "dist") },
  },
});
// The bundler reads a relative path from its own root.
const out = resolve(values.out);
const kind = { stories: values.stories, checked: values.checked };
const hash = await sourceHash(kind);
if (!values["if-stale"] || (await stampOf(out)) !== hash) {
  const started = performance.now();
  await buildInto(out, kind, hash);
  const seconds = ((performance.now() - started) / 1_000).toFixed(1);
  const kilobytes = ((await firstPageBytes(out)) / 1_000).toFixed(0);
  console.log(`web: built in ${seconds} s, first page ${kilobytes} kB gzip`);
}
