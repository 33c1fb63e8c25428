import assert from "node:assert/strict";
import { globSync } from "node:fs";
import { access, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { CoolingOrder, coolingCommandName } from "@banksman/wire/model";
import { SERVER_ENVIRONMENT, ServerConfig } from "../roles/server/src/config.ts";
import { OPENAPI_FILE, openApiText } from "./print-openapi.ts";
import { PERMISSIONS_FILE, permissionsText } from "./print-permissions.ts";

test("docs/openapi.json is what the routes say: node scripts/print-openapi.ts renews it", async () => {
  assert.equal(await readFile(OPENAPI_FILE, "utf8"), await openApiText());
});

test("docs/permissions.md is what the table of permissions says: node scripts/print-permissions.ts renews it", async () => {
  assert.equal(await readFile(PERMISSIONS_FILE, "utf8"), permissionsText());
  for (const { shape } of CoolingOrder.options)
    assert.ok(permissionsText().includes(`| \`${coolingCommandName(shape.order.value)}\` |`), shape.order.value);
});

test("each test that docs/security.md names is there", async () => {
  const text = await readFile("docs/security.md", "utf8");
  const named = [...text.matchAll(/([\w/-]+\.test\.ts): ([^|;]+?)(?= \||;)/g)];
  const sources = globSync(["roles/server/src/**/*.test.ts", "packages/video/src/*.test.ts", "cli/src/test/*.test.ts"]);
  const missing: string[] = [];
  for (const [, file = "", name = ""] of named) {
    const path = sources.find((source) => source.endsWith(`/${file}`));
    const parts = name.split("; ");
    const source = path === undefined ? "" : await readFile(path, "utf8");
    if (!source.includes(parts[0] ?? name)) missing.push(`${file}: ${name}`);
  }
  assert.deepEqual(missing, []);
  assert.ok(named.length > 25, String(named.length));
});

test("every link between the documents leads somewhere", async () => {
  const documents = [...globSync("*.md"), ...globSync("docs/**/*.md")];
  const broken: string[] = [];
  for (const document of documents) {
    const text = await readFile(document, "utf8");
    for (const [, target = ""] of text.matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)[^)]*\)/g)) {
      await access(join(dirname(document), target)).catch(() => broken.push(`${document} → ${target}`));
    }
  }
  assert.deepEqual(broken, []);
});

test("docs/server.md, in both languages, names every key and variable of the configuration", async () => {
  const keys = Object.keys(ServerConfig.shape).map((key) =>
    ["tls", "retention", "egress", "audit", "intervals", "display", "tariff", "channel_defaults", "video"].includes(key)
      ? `${key}.`
      : `\`${key}\``,
  );
  const variables = Object.keys(SERVER_ENVIRONMENT).map((name) => `\`${name}\``);
  for (const document of ["docs/server.md", "docs/zh/server.md"]) {
    const text = await readFile(document, "utf8");
    assert.deepEqual(
      [...keys, ...variables].filter((word) => !text.includes(word)),
      [],
      document,
    );
  }
});
