import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { createLog } from "@banksman/kit";
import { tempFolder } from "@banksman/testkit";
import { GlogFiles } from "./glog.ts";

test("lines have glog's form, and each file its level and those above", async () => {
  await using folder = await tempFolder();
  const files = new GlogFiles(folder.path);
  const log = createLog("pool-stats", "info", files);
  log.info("flush to DB...");
  log.warn({ lag: 3 }, "late");
  log.error({ err: new Error("x") }, "decode common event failure");
  files.close();
  const lines = async (name: string) => (await readFile(join(folder.path, name), "utf8")).trimEnd().split("\n");
  const info = await lines("statshttpd.INFO");
  assert.match(info[0] ?? "", /^I\d{4} \d\d:\d\d:\d\d\.\d{6} \d+ statshttpd\] flush to DB\.\.\.$/);
  assert.match(info[1] ?? "", /^W.*\] late lag=3$/);
  assert.match(info[2] ?? "", /^E.*\] decode common event failure$/);
  assert.equal((await lines("statshttpd.WARNING")).length, 2);
  assert.equal((await lines("statshttpd.ERROR")).length, 1);
});

test("a file is put aside when it is full, and nothing is lost", async () => {
  await using folder = await tempFolder();
  const files = new GlogFiles(folder.path, "glog", 2_000);
  const log = createLog("pool-stats", "info", files);
  for (let i = 0; i < 100; i++) log.info(`line ${i}`);
  files.close();
  const names = (await readdir(folder.path)).filter((name) => name.startsWith("statshttpd.INFO")).toSorted();
  assert.ok(names.length > 2, names.join());
  const texts = await Promise.all(names.map((name) => readFile(join(folder.path, name), "utf8")));
  assert.equal(texts.join("").match(/line \d+/g)?.length, 100);
  for (const text of texts) assert.ok(text.length <= 2_000);
});

test("JSON lines go to the same files by switch", async () => {
  await using folder = await tempFolder();
  const files = new GlogFiles(folder.path, "json");
  createLog("pool-stats", "info", files).info("hello");
  files.close();
  assert.equal(JSON.parse(await readFile(join(folder.path, "statshttpd.INFO"), "utf8")).msg, "hello");
});
