import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { mutate, MUTATIONS } from "../../tools/mutations.ts";

const MUTATION = { file: "a.ts", text: "b", replacement: "c", why: "" };

Deno.test("mutate() replaces what stands there once, and nothing otherwise", () => {
  assertEquals(mutate("abd", MUTATION), "acd");
  assertEquals(mutate("ad", MUTATION), undefined);
  assertEquals(mutate("abbd", MUTATION), undefined);
});

Deno.test("MUTATIONS are at least 25, each another one, and each changes something", () => {
  assertEquals(MUTATIONS.length >= 25, true);
  assertEquals(new Set(MUTATIONS.map(({ file, text }) => `${file} ${text}`)).size, MUTATIONS.length);
  for (const { text, replacement, why } of MUTATIONS) assertNotEquals(text, replacement, why);
});

Deno.test("MUTATIONS stand once where they say: who moves the code moves them as well", async () => {
  for (const mutation of MUTATIONS) {
    const source = await Deno.readTextFile(new URL(`../../${mutation.file}`, import.meta.url));
    assert(mutate(source, mutation) !== undefined, `${mutation.file} does not have once: ${mutation.text.trim()}`);
  }
});
