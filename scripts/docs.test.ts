import assert from "node:assert/strict";
import { globSync } from "node:fs";
import { access, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { test } from "node:test";
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
