/** The frame of a part has 1,024 bytes of content at most, and may have as many (P7.17). */
import { assertEquals } from "@std/assert";
import { defineService, implement, unary } from "../../../mod.ts";
import { frame, type Item, join } from "../core/frames.ts";
import { Site } from "../core/site.ts";

const Nothing = defineService("cost.Nothing", { nothing: unary<void, void>() });
const HELLO = frame([-1, new Map<number, Item>([[0, [1]], [1, 2]])]);

/** The frame of the part that opens a pair, with so many bytes of content. */
function partOf(contentBytes: number): Uint8Array<ArrayBuffer> {
  // A key that nobody knows is skipped (P6.1).
  const part = (padding: number): Uint8Array<ArrayBuffer> =>
    frame([-6, new Map<number, Item>([[1, 0], [2, HELLO.length], [99, new Uint8Array(padding)]])]);
  const head = 3;
  const padding = contentBytes - (part(300).length - head - 300);
  return part(padding);
}

for (const [contentBytes, status] of [[1_023, 200], [1_024, 200], [1_025, 400]] as const) {
  Deno.test(`P7.17 a part of ${contentBytes} bytes is answered with ${status}`, async () => {
    await using site = new Site(implement(Nothing, { nothing: () => {} }));
    const part = partOf(contentBytes);
    assertEquals(part.length, contentBytes + 3);
    const abort = new AbortController();
    const response = await fetch(site.url, {
      method: "POST",
      headers: { "content-type": "application/vnd.ticketlink+cbor-seq" },
      body: join([part, HELLO]),
      signal: abort.signal,
    });
    assertEquals(response.status, status);
    await response.body?.cancel();
    abort.abort();
  });
}
