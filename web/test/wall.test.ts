import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openStage } from "./stage.ts";

/** The wall: a screen that nobody touches. */
let stage: Awaited<ReturnType<typeof openStage>>;
before(async () => {
  stage = await openStage();
});
after(() => stage.close());

test("the wall shows the fleet and the cooling in turn, without a scroll bar, on any wide screen", async () => {
  for (const look of [
    { width: 1920, height: 1080 },
    { width: 3840, height: 1080 },
  ]) {
    await using scene = await stage.scene("/wall", { ...look, coolingUnits: 150 });
    const { page, errors } = scene;
    await page.getByText("page 1 of 2").or(page.getByText("page 2 of 2")).waitFor();
    const first = (await page.locator(".bm-wall-head").textContent()) ?? "";
    const other = first.includes("page 1") ? "page 2 of 2" : "page 1 of 2";
    // The page's clock goes on half a minute, which is the other one's turn.
    await page.clock.install({ time: new Date(Date.now() + 25_000) });
    await page.reload();
    await page.getByText(other).waitFor();
    const size = await page.evaluate(
      "[document.documentElement.scrollWidth, document.documentElement.scrollHeight].join()",
    );
    assert.equal(size, `${look.width},${look.height}`);
    assert.deepEqual(errors, []);
  }
});

test("data that is late is said in words and a frame", async () => {
  await using scene = await stage.scene("/wall", { ageSeconds: 900, coolingUnits: 0 });
  await scene.page.getByText("LATE: data 15 min old").waitFor();
  const cut = await scene.page.evaluate(
    "[...document.querySelectorAll('.bm-counters, .bm-counter')].filter((one) => one.scrollHeight > one.clientHeight).length",
  );
  assert.equal(cut, 0, "counters are whole");
});
