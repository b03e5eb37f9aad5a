import { assertEquals, fail } from "@std/assert";
import { type Emission, nextStage, type Stage } from "../../src/ends/direction.ts";

const METADATA = [["key", "value"]] as const;

/** Emissions in turn, and whether each completes the direction. */
type Course = readonly (readonly [emission: Emission, completes?: boolean])[];

/** Goes a course and tells what is wrong with its last step; `undefined` if nothing is. */
function lastOf(course: Course): string | undefined {
  let stage: Stage = "nothing";
  for (const [index, [emission, completes = false]] of course.entries()) {
    const next = nextStage(stage, emission, completes);
    if (typeof next === "string") stage = next;
    else if (index === course.length - 1) return next.what;
    else fail(next.what);
  }
  return undefined;
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
  Deno.test(`nextStage() allows ${JSON.stringify(course)}`, () => assertEquals(lastOf(course), undefined));
}

const ILLEGAL: readonly (readonly [Course, string])[] = [
  [
    [[{ initialMetadata: METADATA }], [{ initialMetadata: METADATA }]],
    "initial metadata may not follow initial metadata",
  ],
  [
    [[{ initialMetadata: [] }], [{ initialMetadata: [], payload: 1 }]],
    "initial metadata may not follow initial metadata",
  ],
  [[[{ payload: 1 }], [{ initialMetadata: METADATA }]], "initial metadata may not follow a payload"],
  [[[{ initialMetadata: [], payload: null }], [{ initialMetadata: [] }]], "initial metadata may not follow a payload"],
  [[[{}, true], [{ initialMetadata: METADATA }]], "initial metadata may not follow a completion"],
  [[[{}, true], [{ payload: false }]], "a payload may not follow a completion"],
  [[[{ payload: 1 }, true], [{}, true]], "a completion may not follow a completion"],
  [[[{ allowance: 0 }]], "an allowance must be a positive safe integer, got 0"],
  [[[{}, true], [{ allowance: "1" }]], 'an allowance must be a positive safe integer, got "1"'],
];

for (const [course, what] of ILLEGAL) {
  Deno.test(`nextStage() refuses ${JSON.stringify(course)}`, () => assertEquals(lastOf(course), what));
}

Deno.test("nextStage() tells a number out of range from a wrong order", () => {
  const [range, time] = [nextStage("nothing", { allowance: -1 }, false), nextStage("a completion", {}, true)];
  assertEquals([range, time].map((next) => typeof next === "string" ? next : next.outOfRange), [true, false]);
});

Deno.test("nextStage() tells how far a direction has come", () => {
  assertEquals(nextStage("nothing", { allowance: 1 }, false), "nothing");
  assertEquals(nextStage("nothing", { initialMetadata: METADATA }, false), "initial metadata");
  assertEquals(nextStage("initial metadata", { payload: 1 }, false), "a payload");
  assertEquals(nextStage("nothing", { initialMetadata: METADATA, payload: 1 }, false), "a payload");
  assertEquals(nextStage("a payload", { payload: 1 }, true), "a completion");
  assertEquals(nextStage("a completion", { allowance: 1 }, false), "a completion");
});
