import { assertEquals, assertNotEquals } from "@std/assert";
import { LeakWatch } from "./leak_watch.ts";

Deno.test("LeakWatch counts listeners on abort signals that are not removed", () => {
  using watch = new LeakWatch();
  const { signal } = new AbortController();
  const [kept, removed] = [(): void => {}, (): void => {}];
  signal.addEventListener("abort", kept);
  signal.addEventListener("abort", removed);
  assertEquals(watch.left().listeners, 2);
  signal.removeEventListener("abort", removed);
  assertEquals(watch.left().listeners, 1);
  signal.removeEventListener("abort", kept);
  assertEquals(watch.left().listeners, 0);
});

Deno.test("LeakWatch counts streams that a reader still holds", () => {
  using watch = new LeakWatch();
  const reader = new ReadableStream().getReader();
  assertEquals(watch.left().lockedStreams, 1);
  reader.releaseLock();
  assertEquals(watch.left().lockedStreams, 0);
});

Deno.test("LeakWatch leaves the platform as it was", () => {
  const properties = (): unknown[] => [
    Object.getOwnPropertyDescriptor(AbortSignal.prototype, "addEventListener"),
    Object.getOwnPropertyDescriptor(AbortSignal.prototype, "removeEventListener"),
    Object.getOwnPropertyDescriptor(ReadableStream.prototype, "getReader"),
  ];
  const before = properties();
  const watch = new LeakWatch();
  assertNotEquals(properties(), before);
  watch[Symbol.dispose]();
  assertEquals(properties(), before);
});
