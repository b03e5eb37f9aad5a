import { type Browser, chromium, type Page } from "npm:playwright-core@1.65.1";
import { programNamed } from "../programs.ts";

const { path: executablePath, ignore } = programNamed("chromium");

/** Whether there is no Chromium, so that tests that need one are skipped. */
export const withoutChromium: boolean = ignore;

/** Works in a tab of a Chromium of its own, on whose pages no error or rejection may happen that nobody catches. */
export async function inChromium<T>(work: (page: Page) => Promise<T>): Promise<T> {
  const browser: Browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  try {
    const context = await browser.newContext({ ignoreHTTPSErrors: true });
    const errors: string[] = [];
    context.on("weberror", (error) => errors.push(String(error.error())));
    context.on("page", (page) => page.on("crash", () => errors.push("the page has crashed")));
    const result = await work(await context.newPage());
    if (errors.length > 0) throw new Error(`Errors in the page: ${errors.join("; ")}`);
    return result;
  } finally {
    await browser.close();
  }
}
