import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { breakSources, MUTATIONS, testsOf } from "../../tools/mutations.ts";
import type { Mutation } from "../../tools/mutations/mutation.ts";
import { mutate, Places } from "../../tools/mutations/places.ts";

const SOURCE = `
/** Adds: a + b. */
export function add(a: number, b: number): number {
  return a +
    b; // a + b
}

const LIMITS: Limits = { most: 3, least: 1 };

class Counter {
  #count = 0;
  constructor() {
    this.add(1);
  }
  add(count: number): void {
    if (count < 0) return;
    this.#count += Math.max(
      count,
      1, // formatted so
    );
    this.told(); this.told();
  }
}
`;

/** What becomes of the source. */
function changed(change: Omit<Mutation, "why">): string {
  const mutation = { ...change, why: "" };
  return mutate(SOURCE, new Places(new Map([["a.ts", SOURCE]])).find(mutation), mutation);
}

Deno.test("mutate() changes an expression, statements, or an entry of an object, however they are formatted", () => {
  for (
    const [name, replace, replacement, before, after] of [
      ["add", "a + b", "a - b", "a +\n    b", "a - b"],
      ["LIMITS", "most: 3", "most: 4", "most: 3", "most: 4"],
      ["Counter.add", "if (count < 0) return;", "", "if (count < 0) return;", ""],
      [
        "Counter.add",
        "Math.max(count, 1)",
        "count",
        "Math.max(\n      count,\n      1, // formatted so\n    )",
        "count",
      ],
      ["Counter.#count", "0", "1", "#count = 0", "#count = 1"],
      ["Counter.constructor", "this.add(1)", "this.add(2)", "this.add(1)", "this.add(2)"],
    ] as const
  ) {
    assertEquals(changed({ name, replace, with: replacement }), SOURCE.replace(before, after));
  }
});

Deno.test("Places.find() refuses what is not there, and what is there twice", () => {
  assertThrows(() => changed({ name: "subtract", replace: "a", with: "b" }), RangeError, "Cannot find subtract in src");
  assertThrows(() => changed({ name: "add", replace: "a * b", with: "" }), RangeError, "but 0 times");
  assertThrows(() => changed({ name: "Counter.add", replace: "this.told()", with: "" }), RangeError, "but 2 times");
});

Deno.test("mutate() refuses to make what is no TypeScript", () => {
  assertThrows(() => changed({ name: "add", replace: "a + b", with: "a +" }), SyntaxError);
  assertThrows(() => changed({ name: "add", replace: "a + (", with: "" }), SyntaxError);
});

Deno.test("MUTATIONS are each another one, and each finds what it changes", async () => {
  assertEquals(
    new Set(MUTATIONS.map(({ name, replace, with: to }) => `${name} ${replace} ${to}`)).size,
    MUTATIONS.length,
  );
  for (const { replace, with: replacement, why } of MUTATIONS) assertNotEquals(replace, replacement, why);
  const breakages = await breakSources();
  assertEquals(breakages.length, MUTATIONS.length);
  for (const { file } of breakages) assert(testsOf(file).length > 0);
});
