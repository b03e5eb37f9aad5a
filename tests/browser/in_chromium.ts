import { type Browser, chromium, type Page } from "npm:playwright-core@1.65.1";

const CHROMIUM = Deno.env.get("CHROMIUM") ?? "/usr/bin/chromium";

/** Works in a tab of a Chromium of its own, on whose pages no error may happen that nobody catches. */
export async function inChromium(work: (page: Page) => Promise<void>): Promise<void> {
  const browser: Browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
  try {
    const page = await browser.newPage({ ignoreHTTPSErrors: true });
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(String(error)));
    await work(page);
    if (errors.length > 0) throw new Error(`Errors in the page: ${errors.join("; ")}`);
  } finally {
    await browser.close();
  }
}
