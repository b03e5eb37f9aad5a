import { assertEquals, assertStringIncludes } from "@std/assert";
import { invocationEnd, type Outcome, serviceEnd } from "../../src/ends/mod.ts";
import { joinLinks, NULL_LINK, type OperationId } from "../../src/links/mod.ts";
import { faultyLink, type ScriptedTicket, virtualClock } from "../../src/testing/mod.ts";
import { seededRandom } from "../seeded_random.ts";
import { countedIn, neverService, serviceBench, show, UNPRINTABLE } from "./bench.ts";
import { RECEIVED_ABORTS } from "./received_aborts.ts";
import { RecordedApplication } from "./recorded_application.ts";
import { begin, type Stage, testAtBothEnds } from "./stage.ts";
import { test } from "./register.ts";

/** Lets the peer send that many payloads more than the implicit one. */
async function allow(stage: Stage, payloads: number): Promise<void> {
  stage.advance({ allowance: payloads });
  await stage.expect({ allowance: payloads });
}

testAtBothEnds("S7 the expected ticket and every consecutive one that waits are processed at once", async (role) => {
  await using stage = await begin(role);
  await allow(stage, 3);
  stage.say({ sequenceNumber: 2, payload: "c" });
  stage.say({ sequenceNumber: 4, termination: "completion" });
  assertEquals(stage.application.steps, []);
  stage.say({ sequenceNumber: 1, payload: "b" });
  assertEquals(stage.application.payloads, ["b", "c"]);
  stage.say({ sequenceNumber: 3, payload: "d" });
  assertEquals(stage.application.payloads, ["b", "c", "d"]);
  assertEquals(Object.keys(stage.application.steps.at(-1) ?? {}), ["completion"]);
  stage.advance({ completion: {} });
  await stage.expect({ termination: "completion" });
  stage.assertEnded("completed");
});

for (const [termination, kind] of RECEIVED_ABORTS) {
  testAtBothEnds(`S7 ${termination} acts at once, whatever gap stands before it`, async (role) => {
    await using stage = await begin(role);
    stage.say({ sequenceNumber: 2, payload: "waits" });
    stage.say({ sequenceNumber: 9, termination, code: "c", message: "m" });
    stage.assertEnded(kind, "c", "m");
    stage.say({ sequenceNumber: 1, payload: "late" });
    assertEquals(stage.application.steps, []);
    await stage.expectNothing();
  });
}

testAtBothEnds("S7 what arrives after the end is ignored, be it in order or not", async (role) => {
  await using stage = await begin(role);
  stage.context.cancel();
  await stage.expectAbort("cancellation");
  for (const sequenceNumber of [1, 2, 2, 0, -1, 7]) stage.say({ sequenceNumber, payload: sequenceNumber });
  stage.say({ termination: "completion" });
  stage.say({ termination: "expiration" });
  assertEquals(stage.application.steps, []);
  stage.assertEnded("cancelled");
  await stage.expectNothing();
});

testAtBothEnds("S7 the number is looked at before the abort acts", async (role) => {
  await using stage = await begin(role);
  stage.say({ sequenceNumber: 0, termination: "cancellation" });
  await stage.expectAbort("reception failure", "internal", "sequence number 0");
  stage.assertEnded("reception failure");
});

testAtBothEnds("S8 tickets in any order are processed in order", async (role) => {
  const random = seededRandom(8);
  for (let round = 0; round < 20; round++) {
    await using stage = await begin(role);
    await allow(stage, 10);
    const tickets: ScriptedTicket[] = Array.from({ length: 10 }, (_, index) => (
      { sequenceNumber: index + 1, payload: index }
    ));
    tickets.push({ sequenceNumber: 11, termination: "completion", code: "last" });
    for (const ticket of random.shuffle(tickets)) stage.say(ticket);
    assertEquals(stage.application.payloads, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assertEquals(stage.application.steps.at(-1)?.completion?.code, "last");
    stage.advance({ completion: {} });
    await stage.expect({ termination: "completion" });
    stage.assertEnded("completed", "last");
  }
});

testAtBothEnds("S8 a completion that arrives early waits like any other ticket", async (role) => {
  await using stage = await begin(role);
  stage.say({ sequenceNumber: 2, termination: "completion" });
  stage.advance({ completion: {} });
  await stage.expect({ termination: "completion" });
  assertEquals(stage.application.steps, []);
  stage.assertRunning();
  stage.say({ sequenceNumber: 1, payload: "before" });
  assertEquals(stage.application.payloads, ["before"]);
  stage.assertEnded("completed");
});

testAtBothEnds("S8 64 tickets may wait; one more ends the operation as a reception failure", async (role) => {
  await using stage = await begin(role);
  for (let sequenceNumber = 2; sequenceNumber < 66; sequenceNumber++) stage.say({ sequenceNumber });
  await stage.expectNothing();
  stage.assertRunning();
  stage.say({ sequenceNumber: 66 });
  await stage.expectAbort("reception failure", "resource_exhausted", "more than 64 tickets");
  stage.assertEnded("reception failure");
});

testAtBothEnds("S8 the number of tickets that may wait is an option, and room is given back", async (role) => {
  await using stage = await begin(role, { end: { maxHeldTickets: 2 } });
  for (const sequenceNumber of [2, 3, 1, 5, 6, 4, 8, 9]) stage.say({ sequenceNumber });
  stage.assertRunning();
  stage.say({ sequenceNumber: 10 });
  await stage.expectAbort("reception failure", "resource_exhausted", "more than 2 tickets");
  stage.assertEnded("reception failure");
});

testAtBothEnds("S8 the expected ticket is taken although no more may wait", async (role) => {
  await using stage = await begin(role, { end: { maxHeldTickets: 1 } });
  stage.say({ sequenceNumber: 2, termination: "completion" });
  stage.say({ sequenceNumber: 1, payload: "fits" });
  assertEquals(stage.application.payloads, ["fits"]);
  stage.advance({ completion: {} });
  await stage.expect({ termination: "completion" });
  stage.assertEnded("completed");
});

test("S8 tickets that wait for number 0 are bounded as well", async () => {
  await using bench = serviceBench(neverService, { maxHeldTickets: 3 });
  for (const sequenceNumber of [1, 2, 3, 4]) bench.peer.send({ operationId: "gap", sequenceNumber });
  await bench.peer.expectTicket({ termination: "reception failure", code: "resource_exhausted" });
  assertEquals(bench.stats(), { "reception failure": 1 });
});

const DUPLICATES: readonly (readonly [what: string, first: readonly number[], again: unknown])[] = [
  ["below the expected one", [], 0],
  ["that was just processed", [1], 1],
  ["equal to one that waits", [3], 3],
  ["that waited and was processed", [2, 1], 2],
  ["below zero", [], -1],
  ["between two integers", [], 1.5],
  ["that is not a number", [], NaN],
  ["that is infinite", [], Infinity],
  ["of text", [], "1"],
  ...UNPRINTABLE.map((value) => ["that is no number", [], value] as const),
];

for (const [what, first, again] of DUPLICATES) {
  testAtBothEnds(`S9 a number ${what} (${show(again)}) ends the operation; the peer is told`, async (role) => {
    await using stage = await begin(role);
    for (const sequenceNumber of first) stage.say({ sequenceNumber });
    stage.assertRunning();
    // Said to the end itself, since the peer counts on.
    const sequenceNumber = again as number; // the lie is the purpose
    stage.bench.end.acceptTicket({ operationId: stage.operationId, sequenceNumber, payload: "never" });
    await stage.expectAbort("reception failure", "internal", "sequence number");
    stage.assertEnded("reception failure");
    assertEquals(stage.application.steps, []);
  });
}

test("S9 a number of a waiting ticket that comes again ends an operation before number 0 did", async () => {
  await using bench = serviceBench(neverService);
  for (const sequenceNumber of [5, 5, 0]) bench.peer.open({ operationId: "gap", sequenceNumber });
  await bench.peer.expectTicket({ termination: "reception failure", code: "internal" });
  assertEquals(bench.stats(), { "reception failure": 1 });
});

for (const towards of ["invocation", "service"] as const) {
  test(`S9 a duplicate number towards the ${towards} end fails the reception on both sides`, async () => {
    const clock = virtualClock();
    const duplicated = { duplicate: ({ payload }: { payload?: unknown }): boolean => payload === "twice" };
    const service = serviceEnd({
      service(_group, _method, context, output) {
        context.addTerminationCallback((outcome) => outcomes.push(outcome));
        output.advance({ payload: towards === "invocation" ? "twice" : "once" });
        return new RecordedApplication().subscription;
      },
    }, { clock });
    const invocation = invocationEnd({ clock });
    const link = faultyLink(service, towards === "service" ? { accepted: duplicated } : { emitted: duplicated });
    joinLinks(invocation, link);
    service.start();
    invocation.start();
    const outcomes: Outcome[] = [];
    const { context } = invocation.operate("group", "method", new RecordedApplication().subscription, {
      timeout: 1_000,
      payload: "twice",
    });
    context.addTerminationCallback((outcome) => outcomes.push(outcome));
    await clock.runMicrotasks();
    assertEquals(outcomes.map(({ kind }) => kind), ["reception failure", "reception failure"]);
    const [detector, told] = outcomes;
    assertEquals([detector?.code, told?.code], [undefined, "internal"]);
    assertStringIncludes(String(told?.message), "sequence number");
    assertEquals([countedIn(invocation), countedIn(service)], [{ "reception failure": 1 }, { "reception failure": 1 }]);
    assertEquals(clock.pendingTimers, 0);
  });
}

for (const [termination, kind] of RECEIVED_ABORTS) {
  test(`S9 ${termination} may follow a completion in the same direction`, async () => {
    await using stage = await begin("service", { first: { termination: "completion" } });
    stage.assertRunning();
    stage.say({ termination });
    stage.assertEnded(kind);
    await stage.expectNothing();
  });
}

test("S9 allowance may follow a completion in the same direction: the half-closed side still receives", async () => {
  await using stage = await begin("service", { first: { termination: "completion" } });
  for (const payload of [1, 2, 3]) stage.advance({ payload });
  await stage.expect({ payload: 1 });
  stage.say({ allowance: 2 });
  await stage.expect({ payload: 2 });
  await stage.expect({ payload: 3 });
  stage.advance({ completion: {} });
  await stage.expect({ termination: "completion" });
  stage.assertEnded("completed");
});

test("S9 a timeout may follow a completion in the same direction", async () => {
  await using stage = await begin("service", { first: { termination: "completion" } });
  stage.say({ timeout: 500 });
  assertEquals(stage.context.timeRemaining(), 500);
  stage.advance({ completion: {} });
  await stage.expect({ termination: "completion" });
  stage.assertEnded("completed");
});

const IDS: readonly OperationId[] = [7, "seven", 7n, Symbol("seven"), Symbol.for("seven"), { seven: 7 }, NaN, -7, 0.7];

for (const operationId of IDS) {
  test(`S11 a straggler and a second kick-off of an ended operation are dropped, id of type ${typeof operationId} ${show(operationId)}`, async () => {
    let served = 0;
    await using bench = serviceBench((_group, _method, context) => {
      served += 1;
      context.cancel();
      return { kind: "none" };
    });
    bench.peer.open({ operationId });
    await bench.peer.expectExactly({ termination: "cancellation" });
    bench.peer.open({ operationId, sequenceNumber: 0 });
    bench.peer.send({ operationId, payload: 1 });
    bench.peer.send({ operationId, sequenceNumber: 40, termination: "completion" });
    bench.peer.send({ operationId, termination: "cancellation" });
    await bench.peer.expectNothing();
    assertEquals([served, bench.stats(), bench.clock.pendingTimers], [1, { cancelled: 1 }, 0]);
  });
}

test("S11 a late ticket at the invocation end is dropped, a kick-off with the ended one's id too", async () => {
  await using stage = await begin("invocation", { operate: { completion: {} } });
  stage.say({ termination: "completion" });
  stage.assertEnded("completed");
  stage.say({ payload: 1 });
  stage.say({ sequenceNumber: 0, group: "group", method: "method", timeout: 1_000 });
  await stage.expectNothing();
  stage.assertEnded("completed");
});

test("S11 no operation of many comes back to life", async () => {
  let served = 0;
  const clock = virtualClock();
  const end = serviceEnd({
    service() {
      served += 1;
      return { kind: "none" };
    },
  }, { clock });
  end.joinLink(NULL_LINK);
  end.start();
  const kickOff = { sequenceNumber: 0, group: "g", method: "m", subscription: "full", timeout: 1_000 } as const;
  for (let operationId = 1; operationId <= 20_000; operationId++) {
    end.acceptTicket({ ...kickOff, operationId });
    end.acceptTicket({ operationId, sequenceNumber: 1, termination: "cancellation" });
  }
  for (let operationId = 1; operationId <= 20_000; operationId++) end.acceptTicket({ ...kickOff, operationId });
  assertEquals([served, countedIn(end)], [20_000, { cancelled: 20_000 }]);
  await end.stop(0);
});
