import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { tempFolder } from "@banksman/testkit";
import { startTestServer } from "../test/test-server.ts";

test("the browser program: its page for every address of its own, its files packed and kept, nothing beside them", async () => {
  await using folder = await tempFolder();
  await mkdir(join(folder.path, "assets"));
  await writeFile(join(folder.path, "index.html"), "<title>page</title>");
  await writeFile(join(folder.path, "assets", "main-abc.js"), "code");
  await writeFile(join(folder.path, "assets", "main-abc.js.gz"), gzipSync("code"));
  await writeFile(join(folder.path, "secret.key"), "secret");
  await using server = await startTestServer({ web_dir: folder.path });
  const get = async (path: string) => {
    const { status, body, headers } = await server.call("GET", path);
    return {
      status,
      text: String(body.text ?? ""),
      cache: headers.get("cache-control"),
      encoding: headers.get("content-encoding"),
    };
  };
  for (const page of ["/", "/monitor/1", "/miners/site_001/10.0.0.5", "/miners/1/miner.js", "/secret.key"]) {
    const { status, text, cache } = await get(page);
    assert.deepEqual([status, text, cache], [200, "<title>page</title>", "no-cache"], page);
  }
  assert.deepEqual(await get("/assets/main-abc.js"), {
    status: 200,
    text: "code",
    cache: "public, max-age=31536000, immutable",
    encoding: "gzip",
  });
  await writeFile(join(folder.path, "assets", "later-def.js"), "later");
  assert.equal((await get("/assets/later-def.js")).text, "later");
  for (const missing of [
    "/assets/none.js",
    "/assets/..%2fsecret.key",
    "/assets/../../etc/passwd/assets/x",
    "/api/none",
    "/favicon.ico",
  ]) {
    const { text } = await get(missing);
    assert.doesNotMatch(text, /secret|root:/, missing);
  }
  assert.equal((await get("/assets/none.js")).status, 404);
  assert.equal((await get("/api/none")).status, 404);
});
