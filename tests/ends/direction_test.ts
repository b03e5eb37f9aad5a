import { assertEquals } from "@std/assert";
import { Direction, type Said } from "../../src/ends/direction.ts";

const METADATA = [["key", "value"]] as const;

/** What is said in turn, `completes` beside it, and what is wrong with the last of it. */
type Course = readonly (readonly [said: Said, completes?: boolean])[];

function lastOf(course: Course): string | undefined {
  const direction = new Direction();
  let what: string | undefined;
  for (const [index, [said, completes = false]] of course.entries()) {
    what = direction.advance(said, completes)?.what;
    if (index < course.length - 1) assertEquals(what, undefined);
  }
  return what;
}

const LEGAL: readonly Course[] = [
  [[{}]],
  [[{ initialMetadata: METADATA }], [{ payload: 1 }], [{ payload: 2 }], [{}, true]],
  [[{ initialMetadata: METADATA, payload: 1 }, true]],
  [[{ initialMetadata: [] }, true]],
  [[{ payload: 0 }], [{ payload: "" }, true]],
  [[{}, true], [{ allowance: 1 }], [{}]],
  [[{ allowance: 1 }], [{ allowance: Number.MAX_SAFE_INTEGER }]],
];

for (const course of LEGAL) {
  Deno.test(`Direction allows ${JSON.stringify(course)}`, () => assertEquals(lastOf(course), undefined));
}

const ILLEGAL: readonly (readonly [Course, string])[] = [
  [[[{ initialMetadata: METADATA }], [{ initialMetadata: METADATA }]], "initial metadata may be said once"],
  [[[{ initialMetadata: [] }], [{ initialMetadata: [], payload: 1 }]], "initial metadata may be said once"],
  [[[{ payload: 1 }], [{ initialMetadata: METADATA }]], "initial metadata may not follow a payload"],
  [[[{ initialMetadata: [], payload: null }], [{ initialMetadata: [] }]], "initial metadata may not follow a payload"],
  [[[{}, true], [{ initialMetadata: METADATA }]], "initial metadata may not follow a completion"],
  [[[{}, true], [{ payload: false }]], "a payload may not follow a completion"],
  [[[{ payload: 1 }, true], [{}, true]], "a direction may be completed once"],
  [[[{ allowance: 0 }]], "an allowance must be a positive safe integer, got 0"],
  [[[{}, true], [{ allowance: "1" }]], 'an allowance must be a positive safe integer, got "1"'],
];

for (const [course, what] of ILLEGAL) {
  Deno.test(`Direction refuses ${JSON.stringify(course)}`, () => assertEquals(lastOf(course), what));
}

Deno.test("Direction tells a number out of range from something at the wrong time", () => {
  const direction = new Direction();
  assertEquals(direction.advance({ allowance: -1 }, false)?.outOfRange, true);
  direction.advance({}, true);
  assertEquals(direction.advance({}, true)?.outOfRange, false);
});

Deno.test("Direction knows when it is completed", () => {
  const direction = new Direction();
  direction.advance({ payload: 1 }, false);
  assertEquals(direction.completed, false);
  direction.advance({ payload: 1 }, true);
  assertEquals(direction.completed, true);
});

Deno.test("Direction does not move on a violation", () => {
  const direction = new Direction();
  assertEquals(direction.advance({ allowance: 0, initialMetadata: METADATA }, true)?.outOfRange, true);
  assertEquals([direction.completed, direction.advance({ initialMetadata: METADATA }, false)], [false, undefined]);
});
