import { waitFor } from "@banksman/testkit";
import type { Page } from "playwright-core";

/** Goes to another page as a link would, without loading anew, and waits until nothing of it is still loading. */
export async function go(page: Page, url: string): Promise<void> {
  await page.evaluate(
    `history.pushState({}, "", ${JSON.stringify(url)}); dispatchEvent(new PopStateEvent("popstate"))`,
  );
  const content = `#content[data-page='${url.split("?")[0]}']`;
  await page.locator(`${content} h1, ${content} .bm-state`).first().waitFor();
  const loading = url.startsWith("/dev") ? ".bm-chart-skeleton" : ".bm-chart-skeleton, .bm-skeleton-rows";
  await waitFor(`${url} without skeletons`, async () => (await page.locator(content).locator(loading).count()) === 0);
}

/** Waits until nothing zooms or fades in: a button that moves between press and release takes no click. */
export const still = (page: Page): Promise<unknown> =>
  waitFor("an end of the motion", async () => {
    const moving = ["zoom", "fade"].flatMap((name) => [`.ant-${name}-appear`, `.ant-${name}-enter`]);
    return (await page.locator(moving.join(", ")).count()) === 0;
  });
