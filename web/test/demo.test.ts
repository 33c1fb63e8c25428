import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { freePort, launchChromium, run, tempFolder, waitFor } from "@banksman/testkit";
import { openProfile, signIn, watchErrors } from "./browser.ts";

/** The whole product at once: simulated miners, edge, server, database and these pages, as `npm start` runs them. */
type Demo = { url: string; site_id: string; username: string; password: string; collector_key: string };

/** Hashrate, temperature, power, rejects; the age ticks by itself and proves nothing. */
const LIVE_CELLS = "td:nth-child(5), td:nth-child(8), td:nth-child(9), td:nth-child(10)";

const root = join(import.meta.dirname, "..", "..");
const secondByte = 100 + (process.pid % 100);

async function startDemo(folder: string) {
  const flags = ["--data-dir", folder, "--port", String(await freePort()), "--miners", "24"];
  const from = ["--from", `127.${secondByte}.0.1`];
  const main = join(root, "cli", "src", "main.ts");
  const running = run(process.execPath, [main, "demo", ...flags, ...from], { cwd: root });
  await running.output(/Banksman is running/, 60_000);
  const demo: Demo = JSON.parse(await readFile(join(folder, "demo.json"), "utf8"));
  return { running, demo };
}

test("sign in, see the table, filter offline, open a miner, change the range, see a live change", async () => {
  await using folder = await tempFolder();
  const { running, demo } = await startDemo(folder.path);
  await using browser = await launchChromium();
  try {
    const page = await (await openProfile(browser)).newPage();
    page.setDefaultTimeout(30_000);
    const errors = watchErrors(page);
    await signIn(page, demo.url, `/monitor/${demo.site_id}`, demo);
    const rows = page.locator("tr.bm-row");
    await page
      .getByText(/of 24$/)
      .first()
      .waitFor();
    assert.equal(await rows.count(), 24);

    const figures = () => rows.locator(LIVE_CELLS).allTextContents();
    await page.locator("[data-live=live]").waitFor();
    const before = await figures();
    await waitFor("other figures without a reload", async () => (await figures()).join() !== before.join(), {
      withinMs: 30_000,
    });

    await page.getByText("Offline", { exact: true }).click();
    await page.waitForURL(/online=offline/);
    await page.getByText("No miner matches").or(rows.first()).waitFor();
    await page.getByText("All", { exact: true }).click();

    await rows.locator("td:nth-child(4)").first().click();
    await page.getByRole("dialog").locator("canvas").first().waitFor();
    await page.getByRole("link", { name: "Open page" }).click();
    await page.getByText("Boards and chips").waitFor();
    await page.getByText("6 h", { exact: true }).click();
    await page.waitForURL(/range=6/);
    await page.locator(".bm-history canvas").first().waitFor();
    await page.getByRole("button", { name: "Raw answer" }).click();
    await page.getByRole("dialog").locator("pre").first().waitFor();
    assert.deepEqual(errors, []);
  } finally {
    await running.stop();
  }
});
