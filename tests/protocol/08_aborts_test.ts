import { assertEquals } from "@std/assert";
import { invocationEnd, type Outcome, type OutcomeKind, serviceEnd } from "../../src/ends/mod.ts";
import { joinLinks } from "../../src/links/mod.ts";
import { virtualClock } from "../../src/testing/mod.ts";
import { FALSY_VALUES, invocationBench, NO_TERMINATIONS, type Role, show, untyped } from "./bench.ts";
import { RECEIVED_ABORTS } from "./received_aborts.ts";
import { RecordedApplication } from "./recorded_application.ts";
import { test } from "./register.ts";
import { begin, type Stage, testAtBothEnds } from "./stage.ts";

for (const [termination, kind] of RECEIVED_ABORTS) {
  testAtBothEnds(
    `S30 ${termination} means ${kind}; code and message are copied, nothing is sent back`,
    async (role) => {
      await using stage = await begin(role);
      stage.advance({ payload: 1, allowance: 1 });
      stage.say({ termination, code: { any: "value" }, message: "m", terminalMetadata: [["dropped", "yes"]] });
      stage.assertEnded(kind, { any: "value" }, "m");
      assertEquals(stage.application.steps, [], "The operator was called");
      await stage.expectNothing();
    },
  );

  testAtBothEnds(`S30 ${termination} without code and message means ${kind} without them`, async (role) => {
    await using stage = await begin(role);
    stage.say({ termination });
    stage.assertEnded(kind);
  });

  testAtBothEnds(`S30 what a ticket with ${termination} says beside it does not count`, async (role) => {
    await using stage = await begin(role);
    stage.say({ termination, initialMetadata: [], payload: 1, allowance: -1, timeout: -1 });
    stage.assertEnded(kind);
    assertEquals(stage.application.steps, []);
    await stage.expectNothing();
  });
}

for (const value of FALSY_VALUES) {
  testAtBothEnds(`S30 a falsy code and message are copied as they are: ${show(value)}`, async (role) => {
    await using stage = await begin(role);
    stage.say({ termination: "local failure", code: value, message: value });
    stage.assertEnded("remote failure", value, value);
  });
}

for (const termination of NO_TERMINATIONS) {
  testAtBothEnds(`S30 ${show(termination)} is no termination: a violation`, async (role) => {
    await using stage = await begin(role);
    stage.say(untyped({ termination, payload: 1 }));
    await stage.expectAbort("reception failure", "internal", "termination");
    stage.assertEnded("reception failure");
    assertEquals(stage.application.steps, []);
  });
}

test("S30 the first answer of a service may be an abort", async () => {
  await using bench = invocationBench();
  const application = new RecordedApplication();
  const { context } = bench.end.operate("group", "method", application.subscription, { timeout: 1_000 });
  const { operationId } = await bench.peer.expectTicket({ method: "method" });
  bench.peer.send({ operationId, termination: "shutdown", code: "unavailable" });
  assertEquals(context.outcome(), { kind: "remote shutdown", code: "unavailable", message: undefined });
  assertEquals([application.steps, application.contexts], [[], []]);
});

const AGAIN: readonly (readonly [string, (stage: Stage) => void | Promise<void>])[] = [
  ["cancel()", ({ context }) => context.cancel()],
  ["fail()", ({ context }) => context.fail(new Error("not reported"))],
  ["stop(0)", ({ bench }) => bench.end.stop(0)],
  ["the deadline", ({ bench }) => bench.clock.advance(20_000)],
  ["a violation", (stage) => void stage.say({ sequenceNumber: 0 })],
  ["an abort", (stage) => void stage.say({ termination: "shutdown" })],
];

for (const [what, act] of AGAIN) {
  testAtBothEnds(`S31 of cancel() and then ${what}, one abort is sent and the first outcome stays`, async (role) => {
    await using stage = await begin(role);
    stage.context.cancel();
    await act(stage);
    stage.assertEnded("cancelled");
    await stage.expectAbort("cancellation");
  });
}

testAtBothEnds("S31 an abort carries nothing of what was said before it", async (role) => {
  await using stage = await begin(role);
  stage.advance({ initialMetadata: [["key", "value"]], payload: 1, allowance: 3 });
  stage.advance({ completion: { terminalMetadata: [["key", "value"]], code: "c", message: "m" } });
  stage.context.changeTimeout(5_000);
  stage.context.cancel();
  await stage.expectAbort("cancellation");
});

test("S31 an abort in place of the kick-off carries nothing of an opening", async () => {
  await using bench = invocationBench();
  const { subscription } = new RecordedApplication();
  const { context } = bench.end.operate("group", "method", subscription, { timeout: 1_000, payload: 1 });
  context.cancel();
  await bench.peer.expectExactly({ sequenceNumber: 0, termination: "cancellation" });
  assertEquals(bench.stats(), { cancelled: 1 });
});

testAtBothEnds("S31 an abort has the next sequence number", async (role) => {
  await using stage = await begin(role);
  stage.say({ allowance: 5 });
  for (const payload of [1, 2, 3]) stage.advance({ payload });
  for (const payload of [1, 2, 3]) await stage.expect({ payload });
  stage.context.cancel();
  const { sequenceNumber } = await stage.bench.peer.expectTicket({ termination: "cancellation" });
  assertEquals(sequenceNumber, role === "invocation" ? 4 : 3);
});

/** Both ends for real: what one does, the other hears. */
const HEARD: readonly (readonly [actor: Role, act: "cancel" | "fail", here: OutcomeKind, there: OutcomeKind])[] = [
  ["invocation", "cancel", "cancelled", "cancelled"],
  ["service", "cancel", "cancelled", "cancelled"],
  ["invocation", "fail", "local failure", "remote failure"],
  ["service", "fail", "local failure", "remote failure"],
];

for (const [actor, act, here, there] of HEARD) {
  test(`S29, S30 ${act}() at the ${actor} end is ${here} there and ${there} at the other`, async () => {
    const clock = virtualClock();
    const outcomes: Partial<Record<Role, Outcome>> = {};
    const service = serviceEnd({
      service(_group, _method, context) {
        context.addTerminationCallback((outcome) => outcomes.service = outcome);
        if (actor === "service") context[act]();
        return new RecordedApplication().subscription;
      },
    }, { clock });
    const invocation = invocationEnd({ clock });
    joinLinks(invocation, service);
    service.start();
    invocation.start();
    const { context } = invocation.operate("group", "method", new RecordedApplication().subscription, {
      timeout: 1_000,
    });
    context.addTerminationCallback((outcome) => outcomes.invocation = outcome);
    await clock.runMicrotasks();
    if (actor === "invocation") context[act]();
    await clock.runMicrotasks();
    const other: Role = actor === "invocation" ? "service" : "invocation";
    assertEquals([outcomes[actor]?.kind, outcomes[other]?.kind], [here, there]);
    assertEquals(clock.pendingTimers, 0);
  });
}
