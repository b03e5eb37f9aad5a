import { assert, assertEquals } from "@std/assert";
import { LargeMessageWindow } from "../../src/exchange/large_message_window.ts";

const FRAGMENT = 65_504;

/** Sends as much as there is room for, over a way that takes so long and carries so much. */
function run(
  wayMs: number,
  bytesPerMs: number,
  forMs: number,
): { window: LargeMessageWindow; takenBytes: number; waitMs: number } {
  const window = new LargeMessageWindow(FRAGMENT);
  const arrivals: { atMs: number; sentMs: number }[] = [];
  let sentBytes = 0;
  let takenBytes = 0;
  let freeAtMs = 0;
  let waitMs = 0;
  for (let nowMs = 0; nowMs < forMs; nowMs += 0.05) {
    while (arrivals.length > 0 && arrivals[0]!.atMs <= nowMs) {
      const { atMs, sentMs } = arrivals.shift()!;
      takenBytes += FRAGMENT;
      waitMs = atMs - sentMs - wayMs;
      assert(window.acked(FRAGMENT, nowMs));
    }
    while (sentBytes + FRAGMENT <= window.maxBytes) {
      sentBytes += FRAGMENT;
      window.sent(sentBytes, nowMs);
      freeAtMs = Math.max(nowMs, freeAtMs) + FRAGMENT / bytesPerMs;
      arrivals.push({ atMs: freeAtMs + wayMs, sentMs: nowMs });
    }
  }
  return { window, takenBytes, waitMs };
}

Deno.test("P9.17 LargeMessageWindow fills a way that is long, without much that waits on it", () => {
  // 100 Mbit/s over 50 ms, and 1 Gbit/s over 20 ms.
  for (const [wayMs, bytesPerMs] of [[50, 12_500], [20, 125_000]] as const) {
    const { takenBytes, waitMs } = run(wayMs, bytesPerMs, 5_000);
    assert(takenBytes > 0.8 * bytesPerMs * 5_000, `${takenBytes} of ${bytesPerMs * 5_000} over ${wayMs} ms`);
    assert(waitMs < 1.5 * wayMs, `waits ${waitMs} ms on a way of ${wayMs}`);
  }
});

Deno.test("P9.17 LargeMessageWindow lets hardly anything wait on a way that is short", () => {
  // Loopback: 400 MB/s.
  const { takenBytes, waitMs } = run(0.2, 400_000, 1_000);
  assert(takenBytes > 0.8 * 400_000 * 1_000, `${takenBytes}`);
  assert(waitMs < 2, `waits ${waitMs} ms`);
});

Deno.test("P9.17 LargeMessageWindow goes by what is slow now, and by ways that have become longer", () => {
  const window = new LargeMessageWindow(FRAGMENT);
  let sentBytes = 0;
  let nowMs = 0;
  const round = (delayMs: number): void => {
    const bytes = window.maxBytes - sentBytes;
    sentBytes += bytes;
    window.sent(sentBytes, nowMs);
    nowMs += delayMs;
    assert(window.acked(bytes, nowMs));
  };
  const room = (): number => window.maxBytes - sentBytes;
  assertEquals(room(), 131_008);
  for (let i = 0; i < 3; i++) round(1);
  assertEquals(room(), 1_048_064);
  for (let i = 0; i < 20; i++) round(5);
  assertEquals(room(), 131_008);
  // After a while that is what it is.
  for (let i = 0; i < 4_000; i++) round(5);
  for (let i = 0; i < 20; i++) round(5);
  assertEquals(room(), 16_777_216);
});

Deno.test("P6.12 LargeMessageWindow tells when more is taken than was sent, and measures only whole fragments", () => {
  const window = new LargeMessageWindow(FRAGMENT);
  window.sent(100, 0);
  window.sent(100, 1);
  window.sent(300, 1);
  assert(window.acked(50, 3));
  assert(window.acked(250, 5));
  assertEquals(window.maxBytes, 300 + 131_008);
  assert(!window.acked(1, 6));
});
