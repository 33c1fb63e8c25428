import assert from "node:assert/strict";
import { globSync } from "node:fs";
import { access, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { SERVER_ENVIRONMENT, ServerConfig } from "../roles/server/src/config.ts";
import { OPENAPI_FILE, openApiText } from "./print-openapi.ts";

test("docs/openapi.json is what the routes say: node scripts/print-openapi.ts renews it", async () => {
  assert.equal(await readFile(OPENAPI_FILE, "utf8"), await openApiText());
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
    ["tls", "retention", "egress"].includes(key) ? `${key}.` : `\`${key}\``,
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
