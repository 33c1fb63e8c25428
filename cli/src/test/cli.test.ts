import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { run, runToEnd, tempFolder } from "@banksman/testkit";

const LAUNCHER = fileURLToPath(new URL("../../banksman.js", import.meta.url));
const banksman = (...args: string[]) => runToEnd(process.execPath, [LAUNCHER, ...args]);

test("banksman --help lists each command, and each command's help says how it is used", async () => {
  const { code, stdout } = await banksman("--help");
  assert.equal(code, 0);
  const names = [...stdout.matchAll(/^ {2}([\w-]+) {2,}\S/gm)].map(([, name = ""]) => name);
  assert.deepEqual(names.toSorted(), [
    "audit",
    "cooling",
    "demo",
    "discover",
    "edge",
    "keys",
    "market",
    "miner",
    "monitoring",
    "pool-stats",
    "pool-watch",
    "server",
    "sim",
    "statshttpd",
  ]);
  for (const name of names) {
    const help = await banksman(name, "--help");
    assert.equal(help.code, 0);
    assert.match(help.stdout, new RegExp(`^usage: banksman (.*\n +banksman )?${name}`));
    assert.ok(
      help.stdout.split("\n").every((line) => line.length <= 120),
      `${name}'s help fits a terminal`,
    );
  }
});

test("what can't be understood ends with exit code 2 and the way to help", async () => {
  const command = await banksman("colect");
  assert.deepEqual([command.code, /no command "colect"/.test(command.stderr)], [2, true]);
  const flag = await banksman("server", "--prot", "1");
  assert.deepEqual([flag.code, /--prot/.test(flag.stderr)], [2, true]);
});

test("a server with a wrong configuration ends with 2, names key, value and fix, and shows no password", async () => {
  await using folder = await tempFolder();
  const config = join(folder.path, "banksman.yaml");
  const refusal = async (text: string, environment: NodeJS.ProcessEnv = {}) => {
    await writeFile(config, text);
    const { code, stderr } = await runToEnd(process.execPath, [LAUNCHER, "server"], {
      env: { ...process.env, DATA_DIR: "", ...environment },
      cwd: folder.path,
    });
    assert.equal(code, 2, stderr);
    assert.doesNotMatch(stderr, /hunter2|\n\s+at /);
    return stderr;
  };
  assert.match(await refusal("", { PORT: "99999" }), /^banksman\.yaml: "port" is "99999"/);
  assert.match(await refusal("", { DATABASE_URL: "mysql://u:hunter2@h/db" }), /"database_url" is .*postgresql:/);
  assert.match(await refusal("", { LOG_LEVEL: "loud" }), /LOG_LEVEL is "loud": must be one of trace, debug/);
  assert.match(await refusal("just text", { PORT: "1" }), /^banksman\.yaml: the whole file is "just text"/);
  assert.match(await refusal("", { METRICS_ALLOW: "10.0.0.0/8, ten" }), /"metrics_allow\[1\]" is "ten": an address/);
  assert.match(await refusal("", { DATA_DIR: config }), /"data_dir" is ".*banksman\.yaml": it is not a folder/);
  const tls = "{ cert: /nope.pem, key: /nope.key }";
  assert.match(await refusal(`tls: ${tls}`), /"tls\.cert" is "\/nope\.pem": can't be read \(ENOENT\)/);
  const noPem = `{ cert: ${config}, key: ${config} }`;
  assert.match(await refusal(`tls: ${noPem}`), /"tls\.key" is ".*": they can't be used .* both PEM/);
});

test("a demo with flags it can't use ends with 2 and names flag and fix", async () => {
  const cases: [string, string, RegExp][] = [
    ["--port", "abc", /--port abc: must be a whole number from 0 to 65535/],
    ["--miners", "abc", /--miners abc: must be a whole number from 1 /],
    ["--miners", "0", /--miners 0: must be a whole number from 1 /],
    ["--from", "10.0.0.1", /--from 10\.0\.0\.1: must be an address of this machine's own network/],
    ["--data-dir", LAUNCHER, /--data-dir .*banksman\.js: must be a folder/],
  ];
  for (const [flag, value, text] of cases) {
    const { code, stderr } = await banksman("demo", flag, value);
    assert.equal(code, 2, stderr);
    assert.match(stderr, text);
    assert.doesNotMatch(stderr, /\n\s+at /);
  }
});

test("a negative number is a value, which its range refuses, wherever it stands", async () => {
  const cases: [args: string[], text: RegExp][] = [
    [["cooling", "order", "127.0.0.1", "set-temp", "-40", "--direct"], /"set-temp -40" is no order.*from 10 to 60 °C/],
    [["cooling", "order", "--direct", "127.0.0.1", "set-temp", "-.5"], /"set-temp -\.5" is no order/],
    [["miner", "127.0.0.1", "--direct", "power-target", "-5"], /power-target -5: say whole watts from 1 to/],
    [["sim", "cooling", "--miners", "-5"], /--miners -5: must be a whole number from 0 to/],
    [["discover", "127.0.0.1/32", "--timeout", "-1"], /--timeout -1: must be a whole number from 50/],
    [["pool-stats", "-c", "-5"], /-5/],
  ];
  for (const [args, text] of cases) {
    const { code, stderr } = await banksman(...args);
    assert.match(stderr, text);
    assert.doesNotMatch(stderr, /Unknown option|ambiguous|as in/);
    assert.equal(code, 2, stderr);
  }
  const flag = await banksman("sim", "cooling", "--miners", "--frozen");
  assert.deepEqual([flag.code, /--miners/.test(flag.stderr)], [2, true], "a flag is still no value");
});

test("a handle that is left open does not keep a finished command alive", { timeout: 20_000 }, async () => {
  const lingering = "data:text/javascript,setInterval(() => undefined, 1_000)";
  await using command = run(process.execPath, ["--import", lingering, LAUNCHER, "--version"]);
  assert.equal(await command.exited, 0);
});
