import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { FIREFOX, startFirefox } from "./firefox.ts";
import { startWebKit, WEBKIT_DRIVER, XVFB } from "./webkit.ts";

Deno.test({
  name: "startFirefox() starts a Firefox that takes a session of WebDriver BiDi",
  ignore: FIREFOX.ignore,
  async fn() {
    await using firefox = await startFirefox();
    const socket = new WebSocket(firefox.endpoint);
    const closed = new Promise((resolve) => socket.addEventListener("close", resolve, { once: true }));
    const opened = await new Promise((resolve) => {
      socket.addEventListener("open", () => resolve("open"), { once: true });
      socket.addEventListener("error", () => resolve("error"), { once: true });
    });
    socket.close();
    await closed;
    assertEquals(opened, "open");
  },
});

Deno.test({
  name: "startWebKit() starts a WebKit that evaluates on a page, and says how the page fails",
  ignore: WEBKIT_DRIVER.ignore || XVFB.ignore,
  async fn() {
    await using webkit = await startWebKit(10_000);
    const { session } = webkit;
    await session.goto("data:text/html,<title>here</title>");
    assertEquals(await session.evaluate("document.title"), "here");
    assertMatch(String(await session.evaluate("Promise.resolve(navigator.userAgent)")), /AppleWebKit/);
    await assertRejects(() => session.evaluate("Promise.reject(new Error('lost'))"), Error, "lost");
  },
});

Deno.test({
  name: "startWebKit() fails a script that does not end",
  ignore: WEBKIT_DRIVER.ignore || XVFB.ignore,
  async fn() {
    await using webkit = await startWebKit(5_000);
    await assertRejects(() => webkit.session.evaluate("new Promise(() => {})"), Error, "execute/async");
  },
});
