import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Route } from "@banksman/wire/api";
import * as api from "@banksman/wire/api";
import { openApiDocument } from "../roles/server/src/http/openapi.ts";

export const OPENAPI_FILE = fileURLToPath(new URL("../docs/openapi.json", import.meta.url));

const isRoute = (value: unknown): value is Route =>
  typeof value === "object" && value !== null && "needs" in value && "method" in value;

/** The API document as it is kept in docs/, from every route of the wire. */
export async function openApiText(): Promise<string> {
  const exported: readonly unknown[] = Object.values(api);
  const manifest: unknown = JSON.parse(await readFile(new URL("../package.json", import.meta.url), "utf8"));
  const version =
    typeof manifest === "object" && manifest !== null && "version" in manifest ? String(manifest.version) : "";
  return `${JSON.stringify(openApiDocument(exported.filter(isRoute), version), null, 2)}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeFile(OPENAPI_FILE, await openApiText());
