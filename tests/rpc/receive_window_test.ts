import { assertEquals, assertGreater, assertLessOrEqual, assertThrows } from "@std/assert";
import { ReceiveWindow, windowLimits, type WindowOptions } from "../../src/rpc/receive_window.ts";

const LIMITS = windowLimits({ windowBytes: 1_048_576 });

/** A window whose producer sends at once whatever is granted, in payloads of one size at a time. */
class EagerStream {
  readonly window = new ReceiveWindow(LIMITS);
  /** Sizes of what has been sent and not consumed. */
  readonly waiting: number[] = [];
  /** The largest number of bytes that ever waited. */
  peakBytes = 0;

  constructor(readonly size: () => number) {
    this.#send(LIMITS.initialPayloads);
  }

  /** The consumer takes one payload; returns what it granted. */
  consume(): number {
    this.waiting.shift();
    const grant = this.window.consume();
    this.#send(grant);
    return grant;
  }

  #send(payloads: number): void {
    for (let i = 0; i < payloads; i++) {
      const size = this.size();
      this.waiting.push(size);
      this.window.receive(size);
    }
    this.peakBytes = Math.max(this.peakBytes, this.waiting.reduce((sum, size) => sum + size, 0));
  }
}

Deno.test("windowLimits() has the documented defaults", () => {
  assertEquals(windowLimits({}), { bytes: 3_145_728, initialPayloads: 16, maxPayloads: 1_024 });
});

Deno.test("windowLimits() begins no larger than the largest window", () => {
  assertEquals(windowLimits({ maxWindowPayloads: 4 }).initialPayloads, 4);
});

for (
  const [option, value] of [
    ["windowBytes", 0],
    ["initialWindowPayloads", 1.5],
    ["maxWindowPayloads", NaN],
  ] as const satisfies readonly (readonly [keyof WindowOptions, number])[]
) {
  Deno.test(`windowLimits() refuses ${option} of ${value}`, () => {
    assertThrows(() => windowLimits({ [option]: value }), RangeError, option);
  });
}

Deno.test("windowLimits() refuses to begin with more than the largest window", () => {
  assertThrows(() => windowLimits({ initialWindowPayloads: 8, maxWindowPayloads: 4 }), RangeError);
});

Deno.test("S17 nothing is granted before half of the window has been consumed", () => {
  const stream = new EagerStream(() => 100);
  const grants = Array.from({ length: 8 }, () => stream.consume());
  assertEquals(grants, [0, 0, 0, 0, 0, 0, 0, 24]);
});

Deno.test("S17 the window at most doubles with each grant, up to its largest", () => {
  const stream = new EagerStream(() => 1);
  const sizes: number[] = [];
  for (let i = 0; i < 10_000; i++) if (stream.consume() > 0) sizes.push(stream.waiting.length);
  assertEquals(sizes.slice(0, 8), [32, 64, 128, 256, 512, 1_024, 1_024, 1_024]);
  assertLessOrEqual(Math.max(...sizes), 1_024);
});

Deno.test("S17 as many payloads are granted as fit into the window's bytes", () => {
  const stream = new EagerStream(() => 65_536);
  for (let i = 0; i < 1_000; i++) stream.consume();
  assertEquals([stream.peakBytes, stream.waiting.length > 8], [1_048_576, true]);
});

Deno.test("S17 payloads larger than the window are granted one at a time", () => {
  const stream = new EagerStream(() => 4_194_304);
  for (let i = 0; i < 15; i++) assertEquals(stream.consume(), 0);
  for (let i = 0; i < 10; i++) assertEquals([stream.consume(), stream.waiting.length], [1, 1]);
});

Deno.test("S17 payloads that become larger shrink the window at once, by grants that are withheld", () => {
  let size = 10;
  const stream = new EagerStream(() => size);
  for (let i = 0; i < 200; i++) stream.consume();
  const before = stream.waiting.length;
  size = 65_536;
  let withheld = 0;
  while (stream.consume() === 0) withheld += 1;
  // The first large payload came with the last grant of small ones.
  for (let i = 0; i < 2_000; i++) stream.consume();
  assertGreater(before, 16);
  assertGreater(withheld, 0);
  assertLessOrEqual(stream.waiting.length, 16);
});

Deno.test("S17 payloads that become smaller let the window grow again, two windows later", () => {
  let size = 1_048_576;
  const stream = new EagerStream(() => size);
  for (let i = 0; i < 20; i++) stream.consume();
  assertEquals(stream.waiting.length, 1);
  size = 10;
  for (let i = 0; i < 3_000; i++) stream.consume();
  assertGreater(stream.waiting.length, 500);
});

Deno.test("S17 one small payload among large ones opens the window no further than a little", () => {
  let count = 0;
  const stream = new EagerStream(() => count++ % 2 === 0 ? 65_536 : 1);
  for (let i = 0; i < 2_000; i++) stream.consume();
  assertLessOrEqual(stream.peakBytes, 1_048_576);
});

Deno.test("S17 empty payloads are granted as many as there are at most", () => {
  const stream = new EagerStream(() => 0);
  for (let i = 0; i < 5_000; i++) stream.consume();
  assertLessOrEqual(stream.waiting.length, 1_024);
  assertGreater(stream.waiting.length, 512);
});

Deno.test("S17 at no moment has the consumer granted nothing while nothing is outstanding", () => {
  let state = 1;
  const stream = new EagerStream(() => (state = state * 48_271 % 2_147_483_647) % 3 === 0 ? 600_000 : state % 500);
  for (let i = 0; i < 20_000; i++) {
    stream.consume();
    assertGreater(stream.waiting.length, 0);
  }
});
