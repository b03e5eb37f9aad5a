/** The lock of the repository. */
import { assertEquals } from "@std/assert";

Deno.test("deno.lock pins no native parts of cbor-x: nothing loads them, and not every mirror has them", async () => {
  const text = await Deno.readTextFile(new URL("../../deno.lock", import.meta.url));
  const { npm }: { npm: Readonly<Record<string, unknown>> } = JSON.parse(text);
  assertEquals(Object.keys(npm).filter((name) => /cbor/.test(name)), ["cbor-x@1.6.8"]);
});
