import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";

const source = readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What axe finds wrong with a page, one line a finding: all its rules, or just those named. */
export async function findings(page: Page, rules: readonly string[] = []): Promise<string[]> {
  await page.evaluate(await source);
  const only = rules.length > 0 ? { runOnly: { type: "rule", values: rules } } : {};
  const options = { resultTypes: ["violations"], ...only };
  const found: unknown = await page.evaluate(`axe.run(document, ${JSON.stringify(options)}).then((result) =>
    result.violations.flatMap(({ id, nodes }) => nodes.map((node) => id + " at " + node.target.join(" ") + ": " + node.html.slice(0, 160))))`);
  return Array.isArray(found) ? found.map(String) : [];
}

/** Parts of a page that reach beyond its right edge; empty when it fits its window. */
export async function overflow(page: Page): Promise<string[]> {
  const found: unknown = await page.evaluate(`(() => {
    const main = document.querySelector("#content");
    const wide = [document.documentElement, main].filter((one) => one && one.scrollWidth > one.clientWidth + 1);
    return wide.map((one) => (one.id || one.tagName) + " " + one.scrollWidth + " > " + one.clientWidth);
  })()`);
  return Array.isArray(found) ? found.map(String) : [];
}
