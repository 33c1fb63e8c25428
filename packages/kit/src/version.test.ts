import assert from "node:assert/strict";
import { globSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { VERSION } from "./version.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const Manifest = z.object({ version: z.string(), workspaces: z.array(z.string()).default([]) });
const readManifest = async (folder: string) =>
  Manifest.parse(JSON.parse(await readFile(join(ROOT, folder, "package.json"), "utf8")));

test("VERSION is what package.json says, at the root and in every workspace", async () => {
  const { version, workspaces } = await readManifest(".");
  assert.equal(VERSION, version);
  const folders = globSync(workspaces, { cwd: ROOT });
  assert.ok(folders.length > 5);
  for (const folder of folders) assert.equal((await readManifest(folder)).version, VERSION, folder);
});
