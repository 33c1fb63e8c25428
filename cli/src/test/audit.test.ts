import assert from "node:assert/strict";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { gunzipSync, gzipSync } from "node:zlib";
import { prepareDatabase } from "@banksman/server/prepared-database";
import { run, runToEnd, tempFolder } from "@banksman/testkit";

const MAIN = fileURLToPath(new URL("../main.ts", import.meta.url));

let folder: Awaited<ReturnType<typeof tempFolder>>;
let server: ReturnType<typeof run>;
const environment = () => ({ ...process.env, PORT: "0", DATA_DIR: join(folder.path, "data"), DATABASE_URL: "" });
const audit = (...args: string[]) =>
  runToEnd(process.execPath, [MAIN, "audit", ...args], { env: environment(), cwd: folder.path });
const file = (name: string) => join(folder.path, name);

before(async () => {
  folder = await tempFolder();
  await prepareDatabase(environment().DATA_DIR);
  server = run(process.execPath, [MAIN, "server"], {
    env: { ...environment(), ADMIN_PASSWORD: "a-long-test-password" },
    cwd: folder.path,
  });
  const [, url = ""] = await server.output(/Banksman is at (\S+)/);
  for (const password of ["wrong", "a-long-test-password", "wrong again"])
    await fetch(`${url}/api/session`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ username: "admin", password }),
    });
});
after(async () => {
  await server.stop();
  await folder[Symbol.asyncDispose]();
});

test("banksman audit export writes the trail of the server that runs here, and verify says that it is whole", async () => {
  const exported = await audit("export", "--out", file("trail.jsonl.gz"));
  assert.match(exported.stdout, /trail\.jsonl\.gz: \d rows\.\nSigned by key [0-9a-f]{32}\./);
  const key = /key ([0-9a-f]{32})/.exec(exported.stdout)?.[1] ?? "";
  for (const args of [
    ["verify", "--bundle", file("trail.jsonl.gz"), "--key", key],
    ["verify", "--key", key],
  ]) {
    const { code, stdout, stderr } = await audit(...args);
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /signed to row \d.*\nThe audit trail is whole\./);
    assert.match(stderr, /\[#{24}\] \d of \d rows/);
  }
});

test("a row that was changed in a bundle is named, and the exit code says so", async () => {
  const text = gunzipSync(await readFile(file("trail.jsonl.gz"))).toString();
  await writeFile(file("tampered.jsonl.gz"), gzipSync(text.replace('"result":"refused"', '"result":"done"')));
  const { code, stdout } = await audit("verify", "--bundle", file("tampered.jsonl.gz"));
  assert.equal(code, 1);
  // The first row tells of the first administrator.
  assert.match(stdout, /✖ row 2 was changed[\s\S]*NOT whole: 1 finding\.\n$/);
  const json = await audit("verify", "--bundle", file("tampered.jsonl.gz"), "--json");
  assert.deepEqual(
    JSON.parse(json.stdout).findings.map(({ seq }: { seq: number }) => seq),
    [2],
  );
});

test("a bundle that was cut off between two lines, or lost its heads, is not called whole", async () => {
  const lines = gunzipSync(await readFile(file("trail.jsonl.gz")))
    .toString()
    .trimEnd()
    .split("\n");
  const kept = lines.slice(0, lines.findIndex((line) => line.startsWith('{"row"')) + 1);
  await writeFile(file("cut.jsonl"), `${kept.join("\n")}\n`);
  const cut = await audit("verify", "--bundle", file("cut.jsonl"));
  assert.equal(cut.code, 1);
  assert.match(cut.stdout, /✖ rows 2 to \d are missing at the end: the bundle says that it holds \d\n/);
  await writeFile(file("bare.jsonl"), lines.filter((line) => !line.startsWith('{"head"')).join("\n"));
  const bare = await audit("verify", "--bundle", file("bare.jsonl"));
  assert.equal(bare.code, 1);
  assert.match(bare.stdout, /✖ no row is signed by any key/);
});

test("where no server has made a database, each command that wants one says so and makes nothing", async () => {
  await using empty = await tempFolder();
  const env = { ...process.env, DATABASE_URL: "", DATA_DIR: "" };
  for (const args of [
    ["audit", "verify"],
    ["audit", "export", "--out", "trail.jsonl"],
    ["keys", "rotate"],
  ]) {
    const { code, stdout, stderr } = await runToEnd(process.execPath, [MAIN, ...args], { env, cwd: empty.path });
    assert.equal(stderr, "there is no Banksman database in ./data: name one with --config or DATABASE_URL\n");
    assert.deepEqual([code, stdout, await readdir(empty.path)], [2, "", []], args.join(" "));
  }
});

test("what is no bundle, or not there, is said in a sentence", async () => {
  await writeFile(file("none.jsonl"), "{}\n");
  for (const [name, text] of [
    ["none.jsonl", /is no audit bundle/],
    ["missing.jsonl", /missing\.jsonl can't be read: ENOENT/],
  ] as const) {
    const { code, stderr } = await audit("verify", "--bundle", file(name));
    assert.equal(code, 1);
    assert.match(stderr, text);
  }
  const against = await audit("verify", "--bundle", file("trail.jsonl.gz"), "--anchor", file("none.jsonl"));
  assert.equal(against.code, 1);
  assert.match(against.stderr, /none\.jsonl holds no signed head/);
  const nowhere = await audit("export", "--out", join(folder.path, "no/such/folder.jsonl"));
  assert.equal(nowhere.code, 1);
  assert.match(nowhere.stderr, /^\S+folder\.jsonl can't be written: ENOENT\n$/);
  assert.equal((await audit("verify", "--root", "12")).code, 2);
  assert.equal((await audit("frobnicate")).code, 2);
});
