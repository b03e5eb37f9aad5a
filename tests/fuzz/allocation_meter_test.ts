import { assertEquals, assertThrows } from "@std/assert";
import { greatestAllocation } from "./allocation_meter.ts";

Deno.test("greatestAllocation() sees what constructors are asked for, and the greatest of it", () => {
  assertEquals(greatestAllocation(() => {}), 0);
  assertEquals(greatestAllocation(() => [new Uint8Array(10), new Uint8Array(5_000), new ArrayBuffer(70)]), 5_000);
  assertEquals(greatestAllocation(() => Array(300)), 300);
});

Deno.test("greatestAllocation() leaves the constructors as they were, also after an error", () => {
  const before = [ArrayBuffer, Array, Uint8Array, Float64Array];
  assertThrows(() =>
    greatestAllocation(() => {
      throw new Error("no");
    })
  );
  assertEquals(
    [ArrayBuffer, Array, Uint8Array, Float64Array].map((each, i) => each === before[i]),
    Array(4).fill(true),
  );
});
