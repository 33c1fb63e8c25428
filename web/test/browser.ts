import { launchChromium } from "@banksman/testkit";
import type { Browser, BrowserContext, Page } from "playwright-core";

export type Look = { width?: number; height?: number; theme?: "light" | "dark"; lang?: "en" | "zh"; moving?: boolean };

/** A fresh profile that looks as asked; motion is reduced unless asked for, so that pictures are the same each time. */
export const openProfile = (browser: Browser, look: Look = {}): Promise<BrowserContext> =>
  browser.newContext({
    viewport: { width: look.width ?? 1440, height: look.height ?? 900 },
    colorScheme: look.theme ?? "light",
    locale: look.lang === "zh" ? "zh-CN" : "en-GB",
    timezoneId: "Asia/Shanghai",
    reducedMotion: look.moving ? "no-preference" : "reduce",
  });

export { launchChromium };

/** Signs in through the form, as a person does. */
export async function signIn(
  page: Page,
  url: string,
  path = "/",
  person = { username: "admin", password: "right" },
): Promise<void> {
  await page.goto(url + path);
  await page.locator("input[autocomplete=username]").fill(person.username);
  await page.locator("input[autocomplete=current-password]").fill(person.password);
  await page.locator("button[type=submit]").click();
  await page.locator("#content").waitFor();
}

/** What goes wrong inside a page: uncaught errors and what the browser complains of, but for refusals a test asks for. */
export function watchErrors(page: Page): string[] {
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource"))
      errors.push(message.text());
  });
  return errors;
}

/** What a page asks for and is refused: it should not ask for what may not be had. */
export function watchRefused(page: Page): string[] {
  const refused: string[] = [];
  page.on("response", (response) => {
    if (response.status() === 403) refused.push(response.url());
  });
  return refused;
}
