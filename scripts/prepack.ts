import { spawnSync } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/**
 * Compiles the package in the working directory to JavaScript and types in `dist/`, and lets its `exports` point there:
 * Node strips no types below node_modules. `--undo` takes that back, after the package is packed.
 */
type Manifest = { exports: Record<string, string | { types: string; default: string }> };

const file = resolve("package.json");
const manifest: Manifest = JSON.parse(readFileSync(file, "utf8"));
const root = resolve(import.meta.dirname, "..");

if (process.argv.includes("--undo")) undo();
else build();

function build(): void {
  rmSync("dist", { recursive: true, force: true });
  const sources = Object.values(manifest.exports).map((target) =>
    typeof target === "string" ? target : target.default,
  );
  compile(sources.map((source) => resolve(source)));
  for (const path of globSync("dist/**/*.d.ts")) {
    // The compiler leaves the endings of sources in declarations, where nothing but JavaScript is shipped.
    writeFileSync(path, readFileSync(path, "utf8").replace(/((?:from|import)\s*\(?\s*"\.[^"]*)\.ts"/g, '$1.js"'));
  }
  for (const [name, source] of Object.entries(manifest.exports)) {
    if (typeof source !== "string") continue;
    const built = source.replace("./src/", "./dist/").replace(/\.ts$/, "");
    manifest.exports[name] = { types: `${built}.d.ts`, default: `${built}.js` };
  }
  save();
}

function compile(files: string[]): void {
  const folder = mkdtempSync(join(tmpdir(), "banksman-pack-"));
  const config = join(folder, "tsconfig.json");
  const compilerOptions = {
    noEmit: false,
    declaration: true,
    rewriteRelativeImportExtensions: true,
    target: "ES2022",
    rootDir: resolve("src"),
    outDir: resolve("dist"),
    typeRoots: [join(root, "node_modules", "@types")],
  };
  writeFileSync(config, JSON.stringify({ extends: join(root, "tsconfig.json"), compilerOptions, include: [], files }));
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  const { status } = spawnSync(process.execPath, [tsc, "-p", config], { stdio: "inherit" });
  rmSync(folder, { recursive: true });
  if (status !== 0) process.exit(status ?? 1);
}

function undo(): void {
  for (const [name, target] of Object.entries(manifest.exports)) {
    if (typeof target === "string") continue;
    manifest.exports[name] = target.default.replace("./dist/", "./src/").replace(/\.js$/, ".ts");
  }
  save();
  rmSync("dist", { recursive: true, force: true });
}

function save(): void {
  writeFileSync(file, `${JSON.stringify(manifest, null, 2)}\n`);
}
