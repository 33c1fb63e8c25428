import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { launchChromium } from "@banksman/testkit";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { type Look, openProfile, signIn, watchErrors } from "./browser.ts";
import { startFake } from "./fake-server.ts";
import type { FakeOptions } from "./fake-state.ts";

export type Scene = {
  page: Page;
  fake: Awaited<ReturnType<typeof startFake>>;
  /** What went wrong inside the page so far. */
  errors: string[];
} & AsyncDisposable;

/** One browser and one bundle with the stories, for all tests of a file; `checked` adds what React itself complains of. */
export async function openStage({ checked = false } = {}) {
  // Built by the first file that needs it, and kept: the files of the browser's lane run one after the other.
  const dist = join(import.meta.dirname, "..", checked ? "dist-stories-checked" : "dist-stories");
  const build = join(import.meta.dirname, "..", "build.ts");
  const flags = checked ? ["--checked"] : [];
  await promisify(execFile)(process.execPath, [build, "--stories", ...flags, "--if-stale", "--out", dist]);
  const browser: Browser = await launchChromium();
  return {
    /** A server and a signed-in page of its own. */
    scene: async (path: string, options: FakeOptions & Look = {}): Promise<Scene> => {
      const fake = await startFake(dist, options);
      const context: BrowserContext = await openProfile(browser, options);
      const page = await context.newPage();
      page.setDefaultTimeout(10_000);
      const errors = watchErrors(page);
      const close = async () => {
        await context.close();
        await fake.close();
      };
      // What is left open would keep the test's process alive.
      await signIn(page, fake.url, path).catch(async (error: unknown) => {
        await close();
        throw error;
      });
      return { page, fake, errors, [Symbol.asyncDispose]: close };
    },
    close: () => browser.close(),
  };
}
