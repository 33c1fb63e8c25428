import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { serveCgminer } from "@banksman/replay";
import { tempFolder } from "@banksman/testkit";
import { families, newMemory, readMiner } from "./index.ts";
import { loadPlugins } from "./plugins.ts";

const host = `127.${20 + (process.pid % 200)}.35.1`;
const page = readFileSync(new URL("../../../docs/devices.md", import.meta.url), "utf8");

/** A file that the page shows: the block behind a line that names it. */
function shown(file: string): string {
  const block = new RegExp(`\\*\\*\`${file}\`\\*\\*\\n+\`\`\`\\w+\\n([\\s\\S]*?)\`\`\``).exec(page)?.[1];
  assert.ok(block, `docs/devices.md shows no ${file}`);
  return block;
}

/** A folder as an operator has it: the library and a driver package are installed in it. */
async function installed(files: Record<string, string>) {
  const folder = await tempFolder();
  const modules = join(folder.path, "node_modules");
  await mkdir(join(modules, "@banksman"), { recursive: true });
  await symlink(join(import.meta.dirname, ".."), join(modules, "@banksman", "devices"));
  await mkdir(join(modules, "banksman-driver-acme"));
  for (const [name, text] of Object.entries(files)) await writeFile(join(modules, "banksman-driver-acme", name), text);
  return folder;
}

const acme = () => ({ "package.json": shown("package.json"), "index.js": shown("index.js") });

test("the driver package that docs/devices.md shows reads its miner, in fewer than 60 lines", async () => {
  const lines = Object.values(acme()).join("").split("\n").length;
  assert.ok(lines < 60, `${lines} lines`);
  await using folder = await installed(acme());
  const all = await loadPlugins(["banksman-driver-acme"], folder.path, families);
  const answers: Record<string, string> = {
    version: '{"STATUS":[{"STATUS":"S"}],"VERSION":[{"ACMEMiner":"2.1","Model":"Rocket 3"}]}',
    summary: '{"STATUS":[{"STATUS":"S"}],"SUMMARY":[{"MHS av":"91000000","Elapsed":5000,"Watt":"2900 W"}]}',
    pools:
      '{"STATUS":[{"STATUS":"S"}],"POOLS":[{"URL":"stratum+tcp://p.example:3333","User":"a.1","Status":"Alive","Accepted":5}]}',
  };
  const refusal = '{"STATUS":[{"STATUS":"E","Code":14,"Msg":"Invalid command"}]}';
  const answer = (request: string) => answers[JSON.parse(request).command] ?? refusal;
  await using miner = await serveCgminer({ host, port: 0, answer });
  const { reading } = await readMiner({ host, port: miner.port }, newMemory(), {
    connectTimeoutMs: 1_000,
    totalTimeoutMs: 5_000,
    families: all,
  });
  const { driver, make, model, firmware, hashrate_ghs, power_consumption, worker_name } = reading;
  assert.deepEqual(
    { driver, make, model, firmware, hashrate_ghs, power_consumption, worker_name },
    {
      driver: "acme",
      make: "ACME",
      model: "Rocket 3",
      firmware: "2.1",
      hashrate_ghs: 91_000,
      power_consumption: 2_900,
      worker_name: "a.1",
    },
  );
});

const refused: [what: string, files: Record<string, string>, name: string, message: RegExp][] = [
  [
    "a package that isn't installed",
    {},
    "banksman-driver-none",
    /"banksman-driver-none" is not installed: run npm install/,
  ],
  [
    "one that throws",
    { "index.js": 'throw new Error("a mistake")' },
    "banksman-driver-acme",
    /can't be loaded: a mistake/,
  ],
  [
    "one without drivers",
    { "index.js": "export const other = 1;" },
    "banksman-driver-acme",
    /is no plugin for this: families/,
  ],
  [
    "one that is there already",
    { "index.js": 'export { families } from "@banksman/devices";' },
    "banksman-driver-acme",
    /already a driver "antminer"/,
  ],
];
for (const [what, files, name, message] of refused) {
  test(`${what} is refused by name`, async () => {
    await using folder = await installed({ "package.json": shown("package.json"), ...files });
    await assert.rejects(loadPlugins([name], folder.path, families), { code: /^CONFIG_PLUGIN_/, message });
  });
}
