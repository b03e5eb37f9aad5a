/**
 * The browser example in a real Chromium, over HTTP/1.1 and over HTTP/2 with TLS, on each kind of exchange that a browser
 * has: `deno task browser`. Screenshots go to the folder that SCREENSHOTS names.
 */
import { assertEquals, assertMatch } from "@std/assert";
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import type { Page } from "npm:playwright-core@1.65.1";
import { temporaryCertificate } from "../certificate.ts";
import { serveExample } from "./example_page.ts";
import { inChromium, withoutChromium as ignore } from "./in_chromium.ts";

const SCREENSHOTS = Deno.env.get("SCREENSHOTS");
const FILE = new Uint8Array(3_000_000).map((_, i) => i * i);

/** Works on the example's page, which must have come over that protocol. */
async function onPage(url: string, protocol: string, work: (page: Page) => Promise<void>): Promise<void> {
  await inChromium(async (page) => {
    await page.goto(url);
    const spoken = await page.evaluate("performance.getEntriesByType('navigation')[0].nextHopProtocol");
    assertEquals(spoken, protocol);
    await work(page);
  });
}

async function screenshot(page: Page, name: string): Promise<void> {
  if (SCREENSHOTS !== undefined) await page.screenshot({ path: `${SCREENSHOTS}/${name}.png`, fullPage: true });
}

/** Waits until a section's output matches, and returns it. */
async function output(page: Page, section: string, pattern: RegExp): Promise<string> {
  const locator = page.locator(`#${section} output`, { hasText: pattern });
  await locator.waitFor({ timeout: 15_000 });
  return await locator.innerText();
}

/** How far a section's bar has come. */
async function progress(page: Page, section: string): Promise<unknown> {
  return await page.evaluate(`document.querySelector("#${section} progress").value`);
}

async function greet(page: Page): Promise<void> {
  await page.fill("#unary [name=name]", "Grace");
  await page.click("#unary button");
  assertEquals(await output(page, "unary", /./), "Hello, Grace");
}

async function count(page: Page): Promise<void> {
  await page.click("#server-streaming button >> nth=0");
  await output(page, "server-streaming", /^[1-9] of 40$/); // live: the first long before the last
  assertEquals(await output(page, "server-streaming", /^40 of 40$/), "40 of 40");
  assertEquals(await progress(page, "server-streaming"), 40);
}

async function cancelCount(page: Page): Promise<void> {
  await page.click("#server-streaming button >> nth=0");
  await output(page, "server-streaming", /^[1-9] of 40$/);
  await page.click("#server-streaming .cancel");
  assertMatch(await output(page, "server-streaming", /cancelled/), /^RpcError \[cancelled\]: /);
}

async function upload(page: Page): Promise<void> {
  const buffer = Buffer.from(FILE);
  await page.setInputFiles("#client-streaming [name=file]", { name: "file.bin", mimeType: "application/x", buffer });
  await page.click("#client-streaming button >> nth=0");
  const sha256 = createHash("sha256").update(FILE).digest("hex");
  assertEquals(
    await output(page, "client-streaming", /./),
    `The server has ${FILE.byteLength} bytes, SHA-256 ${sha256}`,
  );
  assertEquals(await progress(page, "client-streaming"), 1);
}

async function chat(page: Page): Promise<void> {
  const section = "#bidirectional-streaming";
  await page.click(`${section} .open`);
  for (const [i, line] of ["one", "two", "three"].entries()) {
    await page.fill(`${section} [name=line]`, line);
    await page.click(`${section} button >> text=Send`);
    // Each answer comes while the call goes on.
    assertEquals(
      (await output(page, "bidirectional-streaming", new RegExp(line, "i"))).trim().split("\n").length,
      i + 1,
    );
  }
  await page.click(`${section} .cancel`);
  await output(page, "bidirectional-streaming", /cancelled/);
}

/** All that the page offers, on one kind of exchange. */
async function useAll(page: Page, kind: string): Promise<void> {
  await page.selectOption("#kind", kind);
  await greet(page);
  await count(page);
  await cancelCount(page);
  await upload(page);
  if (kind !== "single") await chat(page);
}

/** What the page says that has carried the last call. */
function used(page: Page): Promise<string> {
  return page.innerText("#used");
}

/** Both versions of HTTP that browsers speak to the example. */
const PROTOCOLS: readonly { name: string; spoken: string; certificate: boolean }[] = [
  { name: "HTTP/1.1", spoken: "http/1.1", certificate: false },
  { name: "HTTP/2", spoken: "h2", certificate: true },
];

for (const { name, spoken, certificate } of PROTOCOLS) {
  Deno.test({ name: `examples/browser over ${name}`, ignore }, async (t) => {
    await using files = await temporaryCertificate();
    await using example = await serveExample(...(certificate ? [files.cert, files.key] : []));
    await onPage(example.url, spoken, async (page) => {
      for (const kind of ["single", "pair", "socket"]) {
        await t.step(`all that ${kind} can carry`, async () => {
          await useAll(page, kind);
          assertEquals(await used(page), kind);
          await screenshot(page, `${spoken.replace("/", "-")}-${kind}`);
        });
      }
      await t.step("auto carries everything, and plain calls in plain requests", async () => {
        await page.selectOption("#kind", "auto");
        await greet(page);
        assertEquals(await used(page), "single");
        await count(page);
        assertEquals(await used(page), "single");
        await upload(page);
        await chat(page);
        assertEquals(await used(page), "pair");
        await screenshot(page, `${spoken.replace("/", "-")}-auto`);
      });
      await t.step("a bidirectional stream on single is refused with the reason", async () => {
        await page.selectOption("#kind", "single");
        await page.click("#bidirectional-streaming .open");
        await output(page, "bidirectional-streaming", /Cannot carry a bidirectional stream on a single exchange/);
      });
    });
  });
}
