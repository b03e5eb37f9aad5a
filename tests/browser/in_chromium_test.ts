import { assertRejects } from "@std/assert";
import { inChromium, withoutChromium as ignore } from "./in_chromium.ts";

for (
  const [what, script] of [
    ["an error", 'setTimeout(() => { throw new Error("lost"); })'],
    ["a rejection", 'void Promise.reject(new Error("lost"))'],
  ] as const
) {
  Deno.test({
    name: `inChromium() fails when nothing on the page catches ${what}`,
    ignore,
    async fn() {
      await assertRejects(
        () =>
          inChromium(async (page) => {
            await page.evaluate(script);
            await page.evaluate("new Promise((resolve) => setTimeout(resolve, 100))");
          }),
        Error,
        "lost",
      );
    },
  });
}
