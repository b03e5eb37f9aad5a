import { assertEquals, assertInstanceOf, assertStringIncludes, assertThrows } from "@std/assert";
import type { OperateOptions, OperationContext, Step } from "../../src/ends/mod.ts";
import { invocationBench, serviceBench, show, UNPRINTABLE } from "./bench.ts";
import { RecordedApplication } from "./recorded_application.ts";
import { test } from "./register.ts";
import { begin, type Stage, testAtBothEnds } from "./stage.ts";

const METADATA = [["key", "value"]] as const;

/** What is said before, the step that may not follow, and what the error names. */
const ILLEGAL: readonly (readonly [what: string, before: readonly Step[], illegal: Step, named: string])[] = [
  [
    "a second initial metadata",
    [{ initialMetadata: METADATA }],
    { initialMetadata: METADATA },
    "initial metadata may not follow initial metadata",
  ],
  [
    "a second initial metadata, both empty",
    [{ initialMetadata: [] }],
    { initialMetadata: [], payload: 1 },
    "initial metadata may not follow initial metadata",
  ],
  [
    "initial metadata after a payload",
    [{ payload: 1 }],
    { initialMetadata: METADATA },
    "initial metadata may not follow a payload",
  ],
  [
    "initial metadata after a falsy payload",
    [{ payload: 0 }],
    { initialMetadata: [] },
    "initial metadata may not follow a payload",
  ],
  [
    "initial metadata after a completion",
    [{ completion: {} }],
    { initialMetadata: METADATA },
    "initial metadata may not follow a completion",
  ],
  ["a payload after a completion", [{ completion: {} }], { payload: 1 }, "a payload may not follow a completion"],
  [
    "a falsy payload after a completion",
    [{ completion: {} }],
    { payload: "" },
    "a payload may not follow a completion",
  ],
  ["a second completion", [{ completion: {} }], { completion: {} }, "a completion may not follow a completion"],
  [
    "a payload after a completion that still waits behind payloads",
    [{ payload: 1 }, { payload: 2 }, { completion: {} }],
    { payload: 3 },
    "a payload may not follow a completion",
  ],
];

const ILLEGAL_ALLOWANCES: readonly unknown[] = [
  0,
  -1,
  1.5,
  NaN,
  Infinity,
  2 ** 53,
  "1",
  null,
  1n,
  true,
  ...UNPRINTABLE,
];

for (const [what, before, illegal, named] of ILLEGAL) {
  testAtBothEnds(`S20 ${what} throws a TypeError and ends the operation as a local failure`, async (role) => {
    await using stage = await begin(role);
    for (const step of before) stage.advance(step);
    const error = assertThrows(() => stage.advance(illegal), TypeError, named);
    assertStringIncludes(error.message, "Cannot advance the operation");
    stage.assertEnded("local failure");
    await stage.expectAbort("local failure");
  });
}

for (const allowance of ILLEGAL_ALLOWANCES) {
  testAtBothEnds(`S20 an allowance of ${show(allowance)} throws a RangeError and ends the operation`, async (role) => {
    await using stage = await begin(role);
    const step = { allowance } as Step; // as JavaScript may say it
    assertThrows(() => stage.advance(step), RangeError, "an allowance must be a positive safe integer");
    stage.assertEnded("local failure");
    await stage.expectAbort("local failure");
  });
}

testAtBothEnds("S20 of an illegal step nothing is said", async (role) => {
  await using stage = await begin(role);
  stage.advance({ payload: 1 });
  await stage.expect({ payload: 1 });
  assertThrows(() => stage.advance({ initialMetadata: METADATA, allowance: 3, completion: {} }), TypeError);
  await stage.expectAbort("local failure");
});

testAtBothEnds("S20 grants and timeouts may follow a completion", async (role) => {
  await using stage = await begin(role);
  stage.advance({ completion: {} });
  await stage.expect({ termination: "completion" });
  stage.advance({ allowance: 1 });
  await stage.expect({ allowance: 1 });
  stage.context.changeTimeout(5_000);
  await stage.expect({ timeout: 5_000 });
  stage.assertRunning();
  await stage.abandon();
});

testAtBothEnds("S20 an empty step is legal and says nothing, also after a completion", async (role) => {
  await using stage = await begin(role);
  stage.advance({});
  await stage.expectNothing();
  stage.advance({ completion: {} });
  await stage.expect({ termination: "completion" });
  stage.advance({});
  await stage.expectNothing();
  stage.assertRunning();
  await stage.abandon();
});

const GIVEN: readonly (readonly [what: string, given: Partial<OperateOptions>, illegal: Step])[] = [
  ["initial metadata", { initialMetadata: METADATA }, { initialMetadata: METADATA }],
  ["empty initial metadata", { initialMetadata: [] }, { initialMetadata: [] }],
  ["a payload", { payload: 1 }, { initialMetadata: METADATA }],
  ["a falsy payload", { payload: false }, { initialMetadata: METADATA }],
  ["a completion", { completion: {} }, { payload: 1 }],
  ["a completion", { completion: {} }, { completion: {} }],
];

for (const [what, given, illegal] of GIVEN) {
  test(`S20 ${what} given to operate() counts: ${Object.keys(illegal)} may not follow`, async () => {
    await using stage = await begin("invocation", { operate: given });
    assertThrows(() => stage.advance(illegal), TypeError);
    stage.assertEnded("local failure");
    await stage.expectAbort("local failure");
  });
}

for (const allowance of ILLEGAL_ALLOWANCES) {
  test(`S20 an allowance of ${show(allowance)} given to operate() begins nothing`, async () => {
    await using bench = invocationBench();
    const options = { timeout: 1_000, allowance } as OperateOptions; // as JavaScript may say it
    const { subscription } = new RecordedApplication();
    assertThrows(() => bench.end.operate("group", "method", subscription, options), RangeError, "allowance");
    await bench.peer.expectNothing();
    assertEquals([bench.stats(), bench.clock.pendingTimers], [{}, 0]);
  });
}

test("S20 an illegal emission in the servicer ends its operation, and is reported once", async () => {
  let context: OperationContext | undefined;
  await using bench = serviceBench((_group, _method, given, output) => {
    context = given;
    output.advance({ completion: {} });
    output.advance({ completion: {} });
    return { kind: "none" };
  });
  bench.peer.open();
  assertEquals(context?.outcome()?.kind, "local failure");
  await bench.peer.expectExactly({ termination: "local failure" });
  const [error, ...others] = bench.takeErrors();
  assertInstanceOf(error, TypeError);
  assertEquals(others, []);
});

testAtBothEnds("S20 an illegal emission in an operator ends its operation, and is reported once", async (role) => {
  await using stage = await begin(role, {
    reactions: { advance: () => stage.advance({ initialMetadata: METADATA }) },
  });
  stage.advance({ payload: 1 });
  await stage.expect({ payload: 1 });
  stage.say({ payload: 2 });
  stage.assertEnded("local failure");
  await stage.expectAbort("local failure");
  assertEquals(stage.bench.takeErrors().length, 1);
});

testAtBothEnds("S20 an illegal emission that the application catches ends the operation all the same", async (role) => {
  await using stage = await begin(role, {
    reactions: { advance: () => void assertThrows(() => stage.advance({ allowance: 0 }), RangeError) },
  });
  stage.say({ payload: 2 });
  stage.assertEnded("local failure");
  await stage.expectAbort("local failure");
});

const ENDINGS: readonly (readonly [what: string, end: (stage: Stage) => void])[] = [
  ["cancel()", ({ context }) => context.cancel()],
  ["fail()", ({ context }) => context.fail()],
  ["an abort from the peer", (stage) => void stage.say({ termination: "shutdown" })],
  ["a violation of the peer", (stage) => void stage.say({ sequenceNumber: 0 })],
];

for (const [what, end] of ENDINGS) {
  testAtBothEnds(`S21 after ${what} advance() is ignored, legal or not`, async (role) => {
    await using stage = await begin(role);
    end(stage);
    await stage.bench.clock.runMicrotasks();
    const before = stage.bench.peer.received.length;
    const stats = stage.bench.stats();
    stage.advance({ initialMetadata: METADATA, payload: 1, allowance: 1, completion: {} });
    stage.advance({ completion: {} });
    stage.advance({ allowance: -1 });
    await stage.bench.clock.runMicrotasks();
    assertEquals(stage.bench.peer.received.length, before);
    assertEquals(stage.bench.stats(), stats);
    if (what !== "an abort from the peer") await stage.bench.peer.expectTicket();
  });
}

testAtBothEnds("S21 after completion on both sides advance() is ignored", async (role) => {
  await using stage = await begin(role);
  stage.advance({ completion: {} });
  await stage.expect({ termination: "completion" });
  stage.say({ termination: "completion" });
  stage.assertEnded("completed");
  stage.advance({ payload: 1, allowance: 1 });
  await stage.expectNothing();
});

for (const [what, end] of ENDINGS) {
  testAtBothEnds(`S22 on ${what} what waits is discarded; at most the abort is still sent`, async (role) => {
    await using stage = await begin(role);
    for (const payload of [1, 2, 3]) stage.advance({ payload });
    stage.advance({ completion: { code: "never" } });
    await stage.expect({ payload: 1 });
    end(stage);
    if (what !== "an abort from the peer") await stage.bench.peer.expectTicket();
    await stage.expectNothing();
    stage.say({ allowance: 9 });
    await stage.expectNothing();
  });

  testAtBothEnds(`S22 on ${what} what was said and has not left yet is discarded too`, async (role) => {
    await using stage = await begin(role);
    stage.advance({ initialMetadata: METADATA, payload: 1, allowance: 3, completion: {} });
    stage.context.changeTimeout(5_000);
    end(stage);
    if (what !== "an abort from the peer") {
      const ticket = await stage.bench.peer.expectTicket();
      assertEquals(
        [ticket.payload, ticket.allowance, ticket.timeout, ticket.initialMetadata],
        Array(4).fill(undefined),
      );
    }
    await stage.expectNothing();
  });
}
