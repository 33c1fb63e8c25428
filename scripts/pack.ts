import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { answerFrom, loadCase, serveCgminer } from "@banksman/replay";
import { tempFolder } from "@banksman/testkit";

const ROOT = resolve(import.meta.dirname, "..");
/** The library and the two packages it stands on. */
const PACKAGES = ["kit", "wire", "devices"];

const run = (command: string, args: string[], cwd: string): string =>
  execFileSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

/**
 * Packs the device library as npm would publish it, from a copy, since packing rewrites manifests that others read at
 * the same time. Gives the paths of the tarballs in `folder`.
 */
export function packLibrary(folder: string): string[] {
  const copy = join(folder, "copy");
  mkdirSync(join(copy, "packages"), { recursive: true });
  for (const name of ["tsconfig.json", "scripts"]) cpSync(join(ROOT, name), join(copy, name), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
  return PACKAGES.map((name) => {
    const home = join(copy, "packages", name);
    const isSource = (path: string) => !["node_modules", "captures", "dist"].includes(basename(path));
    cpSync(join(ROOT, "packages", name), home, { recursive: true, filter: isSource });
    const packed = run("npm", ["pack", "--silent", "--pack-destination", folder], home).trim().split("\n").at(-1) ?? "";
    return join(folder, packed);
  });
}

/** A program that uses the library as docs/devices.md shows, on the address it is given. */
const PROGRAM = `
import { families, nameplateOf, newMemory, readMiner } from "@banksman/devices";
const [host, port] = process.argv[2].split(":");
const { reading } = await readMiner({ host, port: Number(port) }, newMemory(), { connectTimeoutMs: 2000, totalTimeoutMs: 5000 });
const { driver, model, hashrate_ghs } = reading;
const node = Number(process.versions.node.split(".")[0]);
console.log(JSON.stringify({ node, driver, model, hashrate_ghs, families: families.length, sheet: nameplateOf("Antminer", "S21")?.hashrateThs }));
`;

/** Installs tarballs, and further packages by name, into an empty folder that also holds PROGRAM. */
export function installInto(folder: string, tarballs: readonly string[], more: readonly string[] = []): void {
  mkdirSync(folder);
  writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }');
  writeFileSync(join(folder, "program.js"), PROGRAM);
  run("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund", ...tarballs, ...more], folder);
}

/** What a user of the types writes. */
const TYPED = `
import { defineFamily, type DeviceReading, families, readMiner } from "@banksman/devices";
const rate: DeviceReading["hashrate_ghs"] = 1;
export const ids: string[] = families.map((family) => family.id);
export const own = defineFamily({
  id: "own", title: "Own", make: "Own", types: [], transport: "cgminer", live: [], identity: [],
  claims: ({ text }) => text === "", view: () => ({ rate }), fields: { hashrate_ghs: (v) => v.rate },
});
export type Result = Awaited<ReturnType<typeof readMiner>>;
`;

/** A test that packs the library, installs it into an empty folder and reads a fake miner with it. */
export function tryLibrary(where: string, more: readonly string[]): void {
  test(`npm pack of the device library installs into an empty folder and works: ${where}`, async () => {
    await using folder = await tempFolder();
    const app = join(folder.path, "app");
    installInto(app, packLibrary(folder.path), more);
    const recorded = loadCase(join(ROOT, "packages", "devices", "captures", "antminer", "s19pro-2022-stock"));
    await using miner = await serveCgminer({ host: "127.0.0.1", port: 0, answer: answerFrom(recorded) });
    const installed = more.length > 0 ? [[22, join(app, "node_modules", ".bin", "node")] as const] : [];
    for (const [node, program] of [[24, process.execPath] as const, ...installed]) {
      const { stdout } = await promisify(execFile)(program, ["program.js", `127.0.0.1:${miner.port}`], { cwd: app });
      const read = {
        node,
        driver: "antminer",
        model: "Antminer S19 Pro",
        hashrate_ghs: 111834.85,
        families: 17,
        sheet: 200,
      };
      assert.deepEqual(JSON.parse(stdout), read);
    }
    writeFileSync(join(app, "typed.ts"), TYPED);
    const tsc = join(ROOT, "node_modules", "typescript", "bin", "tsc");
    const strict = ["--noEmit", "--strict", "--skipLibCheck", "--module", "nodenext", "--types", "", "typed.ts"];
    run(process.execPath, [tsc, ...strict], app);
  });
}
