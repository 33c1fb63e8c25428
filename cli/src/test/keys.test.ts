import assert from "node:assert/strict";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { freePort, run, runToEnd, startPostgres, tempFolder } from "@banksman/testkit";
import pg from "pg";

const CLI = fileURLToPath(new URL("../main.ts", import.meta.url));
type Secrets = { source: string; current: number; older: number; unreadable: number };
const PASSWORD = "a-long-test-password";

let postgres: Awaited<ReturnType<typeof startPostgres>>;
let folder: Awaited<ReturnType<typeof tempFolder>>;
let database: pg.Pool;
before(async () => {
  [postgres, folder] = [await startPostgres(), await tempFolder()];
  database = new pg.Pool({ connectionString: postgres.url });
});
after(async () => {
  await database.end();
  await postgres[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

const environment = (more: Record<string, string> = {}) => ({
  ...process.env,
  DATABASE_URL: postgres.url,
  DATA_DIR: folder.path,
  ADMIN_PASSWORD: PASSWORD,
  ...more,
});
const rotate = (more: Record<string, string> = {}) =>
  runToEnd(process.execPath, [CLI, "keys", "rotate"], { env: environment(more) });

test("a database that no server has used is named, and nothing is made beside it", async () => {
  const { code, stderr } = await rotate();
  assert.match(stderr, /^there is no Banksman database at .*: name one with --config or DATABASE_URL\n$/);
  assert.deepEqual([code, await readdir(folder.path)], [2, []]);
});

/** Runs a server with these keys for as long as `work` takes. */
async function serving<T>(
  more: Record<string, string>,
  work: (
    api: (
      method: string,
      path: string,
      body?: object,
    ) => Promise<{ status: number; data: Record<string, never> & { secrets: Secrets } }>,
  ) => Promise<T>,
): Promise<T> {
  const port = await freePort();
  await using server = run(process.execPath, [CLI, "server"], { env: environment({ ...more, PORT: String(port) }) });
  await server.output(/Banksman is at/);
  const url = `http://127.0.0.1:${port}/api`;
  let cookie = "";
  const api = async (method: string, path: string, body?: object) => {
    const response = await fetch(url + path, {
      method,
      headers: { cookie, ...(body ? { "content-type": "application/json" } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    cookie ||= response.headers.getSetCookie()[0]?.split(";")[0] ?? "";
    const text: { data: never } = JSON.parse(await response.text());
    return { status: response.status, data: text.data };
  };
  await api("POST", "/session", { username: "admin", password: PASSWORD });
  const result = await work(api);
  await server.stop();
  return result;
}
/** Which of the keys at hand seals what there is. */
const sealedBy = ({ current, older, unreadable }: Secrets) =>
  [current > 0 && "current", older > 0 && "older", unreadable > 0 && "unreadable"].filter(Boolean);
const secretsOf = (more: Record<string, string> = {}) =>
  serving(more, async (api) => (await api("GET", "/keys")).data.secrets);
const keyFile = () => join(folder.path, "secret.key");

test("a new key file seals everything anew, and the old one opens nothing any more", async () => {
  await serving({}, async (api) => {
    await api("POST", "/sites", { site_id: "1", name: "x" });
    const added = await api("POST", "/pool-accounts", {
      site_id: "1",
      pool: "f2pool-v2",
      account: "a",
      api_key: "the-pools-own-key",
    });
    assert.equal(added.status, 200);
  });
  const old = await readFile(keyFile(), "utf8");
  const { rows } = await database.query("select api_key from pool_accounts");
  const done = await rotate();
  assert.equal(done.code, 0, done.stderr);
  assert.match(done.stdout, /\d+ secrets are sealed with the new key/);
  assert.notEqual(await readFile(keyFile(), "utf8"), old);
  assert.notDeepEqual((await database.query("select api_key from pool_accounts")).rows, rows);
  assert.deepEqual(sealedBy(await secretsOf()), ["current"]);
  await assert.rejects(readFile(join(folder.path, "secret.key.old")));
});

test("cut off in the middle it goes on where it was: both keys are tried until everything is sealed anew", async () => {
  const [before] = (await database.query("select api_key from pool_accounts")).rows;
  const old = await readFile(keyFile(), "utf8");
  await writeFile(join(folder.path, "secret.key.old"), old);
  await writeFile(keyFile(), "a new key that nothing was sealed with before the crash");
  assert.ok(sealedBy(await secretsOf()).includes("older"));
  const done = await rotate();
  assert.equal(done.code, 0, done.stderr);
  assert.equal(await readFile(keyFile(), "utf8"), "a new key that nothing was sealed with before the crash");
  assert.notDeepEqual((await database.query("select api_key from pool_accounts")).rows[0], before);
  assert.deepEqual(sealedBy(await secretsOf()), ["current"]);
});

test("with the key in the environment the one before is given beside it, and the running server can do it too", async () => {
  const previous = await readFile(keyFile(), "utf8");
  const keys = { SECRET_KEY: "a-new-key-of-the-environment-0001", SECRET_KEY_PREVIOUS: previous };
  const both = await serving(keys, async (api) => {
    const found = (await api("GET", "/keys")).data.secrets;
    return { found, resealed: (await api("POST", "/keys/secrets/reseal")).data.secrets };
  });
  assert.equal(both.found.source, "configuration");
  assert.ok(sealedBy(both.found).includes("older"));
  assert.deepEqual(sealedBy(both.resealed), ["current"]);
  const lost = await rotate({ SECRET_KEY: "another-key-without-the-one-before" });
  assert.equal(lost.code, 1);
  assert.match(lost.stdout, /\d+ were sealed by a key that is not at hand/);
});
