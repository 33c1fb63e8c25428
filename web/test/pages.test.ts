import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { waitFor } from "@banksman/testkit";
import { findings, overflow } from "./accessibility.ts";
import { go } from "./go.ts";
import { openStage } from "./stage.ts";

/** Every page and every component: readable for all, in each window, theme and language. */
let stage: Awaited<ReturnType<typeof openStage>>;
let checkedStage: typeof stage;
before(async () => {
  stage = await openStage();
  checkedStage = await openStage({ checked: true });
});
after(() => Promise.all([stage.close(), checkedStage.close()]));

const SOON = { withinMs: 2_000 };
const PAGES = [
  "/",
  "/sites",
  "/monitor/1",
  "/sites/1/racks",
  "/sites/1/collector",
  "/miners/1/S21_0006",
  "/profitability?site=1",
  "/pool",
  "/pool/users/601",
  "/alerts?alert=1",
  "/commands",
  "/commands?order=00000000-0000-7000-8001-000000000001",
  "/commands?tab=policies",
  "/alerts/rules",
  "/alerts/rules/miner-hot",
  "/alerts/channels",
  "/alerts/on-call",
  "/alerts/statistics",
  "/pool-accounts",
  "/pool-accounts/1",
  "/users",
  "/automations",
  "/users/roles",
  "/users/sessions",
  "/users/tokens",
  "/users/providers",
  "/users/keys",
  "/account",
  "/audit?row=230",
  "/settings",
  "/cooling",
  "/cooling?as=table",
  "/cooling/1/10.1.101.1",
  "/settings/webhooks",
  "/video",
  "/video/cameras",
  "/video/recordings/1/00000000-0000-4000-8005-000000000001?day=2026-11-20",
  "/video/wall?layout=81",
  "/settings/jobs",
  "/settings/customers",
  "/settings/customers?customer=acme",
  "/reports",
  "/reports?report=00000000-0000-4000-8004-000000000001",
  "/reports?kind=statement&customer=acme",
  "/reports/schedules",
  "/reports/kept",
];
/** What axe finds in pages, and where they are wider than their window. Each is opened once for both. */
async function look(
  on: typeof stage,
  at: { theme: "light" | "dark"; lang: "zh" | "en" },
  { paths, widths, axe, rules }: { paths: string[]; widths: number[]; axe: (path: string) => boolean; rules: string[] },
): Promise<string[]> {
  const found: string[] = [];
  await using scene = await on.scene("/", at);
  const { page } = scene;
  const window = page.viewportSize();
  for (const path of paths) {
    await go(page, path);
    if (axe(path)) found.push(...(await findings(page, rules)).map((finding) => `${path}: ${finding}`));
    for (const width of widths) {
      await page.setViewportSize({ width, height: 844 });
      // What is laid out anew by a script, such as a table as cards, follows a moment after the window.
      const wide = await waitFor("it to fit", async () => (await overflow(page)).length === 0, SOON).then(
        () => [],
        () => overflow(page),
      );
      found.push(...wide.map((finding) => `${path} at ${width}: ${finding}`));
    }
    if (window) await page.setViewportSize(window);
  }
  assert.deepEqual(scene.errors, []);
  return found;
}

test("in English and light axe finds nothing wrong with any page, and none is wider than its window from 320 to 1920 pixels", async () => {
  const paths = [...PAGES, "/monitor/1?miner=S21_0006", "/dev/components"];
  const widths = [320, 768, 1024, 1920];
  assert.deepEqual(
    await look(stage, { theme: "light", lang: "en" }, { paths, widths, axe: () => true, rules: [] }),
    [],
  );
});

// Another theme has other colours, another language other names; the structure is the same. Chinese texts are the shorter
// ones: there the narrowest window tells enough. React's own checks, of keys for one, are told by this round.
test("in Chinese and dark no page is wider than the narrowest window, and colours and names are as axe wants them", async () => {
  const shown = ["/monitor/1", "/miners/1/S21_0006", "/users", "/dev/components"];
  const wish = { paths: [...PAGES, "/dev/components"], widths: [320], axe: (path: string) => shown.includes(path) };
  const rules = ["color-contrast", "label-content-name-mismatch"];
  assert.deepEqual(await look(checkedStage, { theme: "dark", lang: "zh" }, { ...wish, rules }), []);
});

test("every component has its story, in both themes and languages", async () => {
  const names = [
    "StatusBadge",
    "LevelPill",
    "StatusCounters",
    "StatTile",
    "UnitValue",
    "Age",
    "LateBanner",
    "EmptyState",
  ];
  names.push(
    "ErrorState",
    "Forbidden",
    "Loading",
    "Buttons",
    "RackHeatMap",
    "TimeChart",
    "FleetTable",
    "MinerCards",
    "VideoTile",
  );
  for (const lang of ["en", "zh"] as const) {
    await using scene = await stage.scene("/dev/components", { lang });
    await scene.page.locator(".story-FleetTable tr.bm-row").first().waitFor();
    for (const colorScheme of ["light", "dark"] as const) {
      await scene.page.emulateMedia({ colorScheme });
      for (const name of names) {
        const box = await scene.page.locator(`.story-${name}`).boundingBox();
        assert.ok(box && box.height > 60, `${name} ${colorScheme} ${lang}`);
      }
      const picture = await scene.page.screenshot();
      assert.ok(picture.length > 10_000, `${colorScheme} ${lang}`);
    }
    assert.deepEqual(scene.errors, []);
  }
});
