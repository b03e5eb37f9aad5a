import { assertEquals, assertThrows } from "@std/assert";
import { invocationEnd, type OperationContext, serviceEnd } from "../../src/ends/mod.ts";
import { joinLinks } from "../../src/links/mod.ts";
import { memoryLinkPair, recordingLink, virtualClock } from "../../src/testing/mod.ts";
import { countedIn, neverService, serviceBench, show, UNPRINTABLE, untyped } from "./bench.ts";
import { RecordedApplication } from "./recorded_application.ts";
import { test } from "./register.ts";
import { begin, testAtBothEnds } from "./stage.ts";

test("S23 each end measures from its own start of the operation", async () => {
  const clock = virtualClock();
  const pair = memoryLinkPair();
  let served: OperationContext | undefined;
  const service = serviceEnd({
    service(_group, _method, context) {
      served = context;
      return new RecordedApplication().subscription;
    },
  }, { clock });
  const invocation = invocationEnd({ clock });
  joinLinks(invocation, pair.invocation);
  joinLinks(service, pair.service);
  service.start();
  invocation.start();
  pair.invocation.hold();
  const { context } = invocation.operate("group", "method", { kind: "none" }, { timeout: 1_000 });
  await clock.advance(400);
  pair.invocation.release(1);
  assertEquals([context.timeRemaining(), served?.timeRemaining()], [600, 1_000]);
  await clock.advance(600);
  assertEquals([context.outcome()?.kind, served?.outcome()], ["expired", undefined]);
  await clock.advance(400);
  assertEquals(served?.outcome()?.kind, "expired");
  assertEquals(clock.pendingTimers, 0);
});

test("S24 the default timeout is 300 s", async () => {
  let context: OperationContext | undefined;
  await using bench = serviceBench((_group, _method, given) => {
    context = given;
    return { kind: "none" };
  });
  bench.peer.open({ timeout: undefined });
  assertEquals(context?.timeRemaining(), 300_000);
  await bench.clock.advance(299_999);
  assertEquals(bench.stats(), {});
  await bench.clock.advance(1);
  assertEquals(bench.stats(), { expired: 1 });
  await bench.peer.expectExactly({ termination: "expiration" });
});

test("S24 the maximum timeout is 24 h; that much is granted without a word", async () => {
  await using stage = await begin("service", { timeout: 86_400_000 });
  assertEquals(stage.context.timeRemaining(), 86_400_000);
  await stage.expectNothing();
  await stage.abandon();
});

test("S24 a first timeout above 24 h is clamped and the clamp announced", async () => {
  await using bench = serviceBench((_group, _method, context) => {
    assertEquals(context.timeRemaining(), 86_400_000);
    return { kind: "none" };
  });
  bench.peer.open({ timeout: 86_400_001 });
  await bench.peer.expectExactly({ subscription: "none", timeout: 86_400_000 });
});

test("S24 the maximum clamps the first timeout; the announcement is a ticket of its own", async () => {
  await using bench = serviceBench((_group, _method, _context, output) => {
    output.advance({ initialMetadata: [], payload: 1, allowance: 2 });
    return new RecordedApplication().subscription;
  }, { maximumTimeoutMs: 2_000 });
  bench.peer.open({ timeout: 5_000 });
  await bench.peer.expectExactly({ subscription: "full", timeout: 2_000 });
  await bench.peer.expectExactly({ initialMetadata: [], payload: 1, allowance: 2 });
  await bench.clock.advance(1_999);
  assertEquals(bench.stats(), {});
  await bench.clock.advance(1);
  assertEquals(bench.stats(), { expired: 1 });
  await bench.peer.expectExactly({ termination: "expiration" });
});

test("S24 the maximum clamps the timeout of a kick-off that came late", async () => {
  await using bench = serviceBench(() => ({ kind: "none" }), { maximumTimeoutMs: 2_000, defaultTimeoutMs: 500 });
  bench.peer.send({ operationId: 1, sequenceNumber: 1 });
  bench.peer.open({ operationId: 1, sequenceNumber: 0, timeout: 5_000 });
  await bench.peer.expectExactly({ subscription: "none", timeout: 2_000 });
  await bench.clock.advance(1_999);
  assertEquals(bench.stats(), {});
  await bench.clock.advance(1);
  assertEquals(bench.stats(), { expired: 1 });
  await bench.peer.expectExactly({ termination: "expiration" });
});

test("S24 the maximum bounds the default, of which the peer knows nothing", async () => {
  await using bench = serviceBench(() => ({ kind: "none" }), { maximumTimeoutMs: 200 });
  bench.peer.open({ timeout: undefined });
  await bench.peer.expectNothing();
  await bench.clock.advance(200);
  assertEquals(bench.stats(), { expired: 1 });
  await bench.peer.expectExactly({ termination: "expiration" });
});

test("S24 both ends hold the clamped timeout", async () => {
  const clock = virtualClock();
  const service = serviceEnd({ service: () => new RecordedApplication().subscription }, {
    clock,
    maximumTimeoutMs: 2_000,
  });
  const invocation = invocationEnd({ clock });
  const recorder = recordingLink(service);
  joinLinks(invocation, recorder);
  service.start();
  invocation.start();
  const { context } = invocation.operate("group", "method", { kind: "termination", terminationCallback() {} }, {
    timeout: 9_000,
  });
  await clock.runMicrotasks();
  assertEquals(context.timeRemaining(), 2_000);
  // One kick-off, one announcement, and no echo of it.
  assertEquals(recorder.tickets.length, 2);
  await clock.advance(2_000);
  assertEquals([countedIn(invocation), countedIn(service)], [{ expired: 1 }, { expired: 1 }]);
});

const BAD_TIMEOUTS = [0, -1, NaN, Infinity, "1000", null, 1_000n, ...UNPRINTABLE];

for (const name of ["defaultTimeoutMs", "maximumTimeoutMs"]) {
  for (const value of BAD_TIMEOUTS.filter((timeout) => timeout !== null)) {
    test(`S24 the option ${name} cannot be ${show(value)}`, () => {
      const Class = typeof value === "number" ? RangeError : TypeError;
      assertThrows(() => serviceEnd({ service: neverService }, { [name]: value }), Class, name);
    });
  }
}

testAtBothEnds("S25 a later timeout reduces the total, measured from the beginning", async (role) => {
  await using stage = await begin(role);
  await stage.bench.clock.advance(1_000);
  stage.say({ timeout: 3_000 });
  assertEquals(stage.context.timeRemaining(), 2_000);
  await stage.expectNothing();
  await stage.expectExpiryIn(2_000);
});

test("S25 a later timeout extends the total, measured from the beginning", async () => {
  await using stage = await begin("service");
  await stage.bench.clock.advance(9_000);
  stage.say({ timeout: 20_000 });
  assertEquals(stage.context.timeRemaining(), 11_000);
  await stage.expectNothing();
  await stage.expectExpiryIn(11_000);
});

testAtBothEnds("S25 a later timeout restores what was reduced", async (role) => {
  await using stage = await begin(role);
  stage.say({ timeout: 3_000 });
  await stage.bench.clock.advance(2_500);
  stage.say({ timeout: 10_000 });
  await stage.expectNothing();
  await stage.expectExpiryIn(7_500);
});

for (const timeout of [400, 500]) {
  testAtBothEnds(`S25 a later timeout of ${timeout} ms expires the operation of 500 ms ago at once`, async (role) => {
    await using stage = await begin(role);
    await stage.bench.clock.advance(500);
    stage.say({ timeout });
    stage.assertEnded("expired");
    await stage.expectAbort("expiration");
  });
}

testAtBothEnds("S25 a later timeout equal to today's has no effect", async (role) => {
  await using stage = await begin(role);
  stage.say({ timeout: 10_000 });
  await stage.expectNothing();
  await stage.expectExpiryIn(10_000);
});

test("S25 a later timeout is clamped to the service end's maximum and the clamp announced", async () => {
  await using stage = await begin("service", { timeout: 1_000, end: { maximumTimeoutMs: 2_000 } });
  stage.say({ timeout: 5_000 });
  await stage.expect({ timeout: 2_000 });
  stage.say({ timeout: 6_000, payload: 1 });
  await stage.expect({ timeout: 2_000 });
  await stage.expectExpiryIn(2_000);
});

testAtBothEnds("S25 the announcement of a clamp is a ticket of its own", async (role) => {
  await using stage = await begin(role, { end: { maximumTimeoutMs: 10_000 } });
  stage.advance({ payload: 1, allowance: 1 });
  stage.say({ timeout: 10_001 });
  await stage.expect({ timeout: 10_000 });
  await stage.expect({ payload: 1, allowance: 1 });
  await stage.abandon();
});

test("S25 a clamp below what has passed already expires the operation", async () => {
  await using stage = await begin("service", { timeout: 1_000, end: { maximumTimeoutMs: 2_000 } });
  await stage.bench.clock.advance(900);
  stage.say({ timeout: 800 });
  stage.assertEnded("expired");
  await stage.expectAbort("expiration");
});

for (const timeout of BAD_TIMEOUTS) {
  testAtBothEnds(`S25 a later timeout of ${show(timeout)} is a violation`, async (role) => {
    await using stage = await begin(role);
    stage.say(untyped({ timeout }));
    await stage.expectAbort("reception failure", "internal", "timeout");
    stage.assertEnded("reception failure");
  });
}

testAtBothEnds("S25 of two timeouts the later one holds", async (role) => {
  await using stage = await begin(role);
  stage.say({ timeout: 3_000 });
  stage.say({ timeout: 4_000 });
  await stage.expectExpiryIn(4_000);
});

for (const [requested, granted] of [[12_000, 10_000], [4_000, 4_000]] as const) {
  testAtBothEnds(
    `S25 a timeout of ${requested} ms supersedes the application's own that has not left`,
    async (role) => {
      await using stage = await begin(role, { end: { maximumTimeoutMs: 10_000 } });
      stage.context.changeTimeout(3_000);
      stage.say({ timeout: requested });
      assertEquals(stage.context.timeRemaining(), granted);
      // The peer would take the 3,000 ms for what holds here.
      if (granted < requested) await stage.expect({ timeout: granted });
      await stage.expectNothing();
      await stage.abandon();
    },
  );
}
