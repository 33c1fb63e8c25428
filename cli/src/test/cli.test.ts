import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { run, runToEnd } from "@banksman/testkit";

const LAUNCHER = fileURLToPath(new URL("../../banksman.js", import.meta.url));
const banksman = (...args: string[]) => runToEnd(process.execPath, [LAUNCHER, ...args]);

test("banksman --help lists each command, and each command's help says how it is used", async () => {
  const { code, stdout } = await banksman("--help");
  assert.equal(code, 0);
  const names = [...stdout.matchAll(/^ {2}(\w+) {2,}\S/gm)].map(([, name = ""]) => name);
  assert.deepEqual(names.toSorted(), ["demo", "edge", "server", "sim"]);
  for (const name of names) {
    const help = await banksman(name, "--help");
    assert.equal(help.code, 0);
    assert.match(help.stdout, new RegExp(`^usage: banksman ${name}`));
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

test("a server with a wrong configuration ends with 2 and names variable, value and fix", async () => {
  const { code, stderr } = await runToEnd(process.execPath, [LAUNCHER, "server"], {
    env: { ...process.env, PORT: "99999" },
    cwd: "/",
  });
  assert.equal(code, 2);
  assert.match(stderr, /"port" is "99999"/);
});

test("a handle that is left open does not keep a finished command alive", { timeout: 20_000 }, async () => {
  const lingering = "data:text/javascript,setInterval(() => undefined, 1_000)";
  await using command = run(process.execPath, ["--import", lingering, LAUNCHER, "--version"]);
  assert.equal(await command.exited, 0);
});
