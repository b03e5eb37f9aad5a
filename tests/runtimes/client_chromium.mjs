/** Drives Chromium: a fresh page for each target. An error that nothing on a page catches ends it. */
import process from "node:process";
// @ts-ignore What is in npm/ is not in the import map.
import { chromium } from "playwright-core";

const [jobs, executablePath, pageUrl] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--ignore-certificate-errors"] });
const context = await browser.newContext();
context.on("weberror", (error) => console.error("Uncaught on the page:", error.error()));
for (const target of JSON.parse(jobs)) {
  const page = await context.newPage();
  await page.goto(pageUrl);
  console.log(JSON.stringify(await page.evaluate((target) => globalThis.runConformance(target), target)));
  await page.close();
}
await browser.close();
