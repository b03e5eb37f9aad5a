/** Drives Firefox over WebDriver BiDi: a fresh page for each target. An error that nothing on a page catches ends it. */
import process from "node:process";
// @ts-ignore What is in npm/ is not in the import map.
import puppeteer from "puppeteer-core";

const [jobs, browserWSEndpoint, pageUrl, timeoutMs] = process.argv.slice(2);
const browser = await puppeteer.connect({
  browserWSEndpoint,
  protocol: "webDriverBiDi",
  acceptInsecureCerts: true,
  protocolTimeout: Number(timeoutMs),
});
for (const target of JSON.parse(jobs)) {
  const page = await browser.newPage();
  await page.goto(pageUrl);
  const report = await page.evaluate((target) => globalThis.runConformance(target), target);
  const uncaught = await page.evaluate(() => globalThis.uncaughtErrors);
  if (uncaught.length > 0) console.error("Uncaught on the page:", ...uncaught);
  // Who reads the last report may end this at once.
  console.log(JSON.stringify(report));
  await page.close();
}
await browser.disconnect();
