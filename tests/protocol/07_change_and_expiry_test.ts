import { assertEquals, assertThrows } from "@std/assert";
import type { Clock } from "../../src/clock.ts";
import { invocationEnd, serviceEnd } from "../../src/ends/mod.ts";
import { joinLinks } from "../../src/links/mod.ts";
import { virtualClock } from "../../src/testing/mod.ts";
import { countedIn, invocationBench, serviceBench, show, UNPRINTABLE } from "./bench.ts";
import { RecordedApplication } from "./recorded_application.ts";
import { test } from "./register.ts";
import { begin, testAtBothEnds } from "./stage.ts";

const BAD_TIMEOUTS = [0, -1, NaN, Infinity, "1000", null, 1_000n, ...UNPRINTABLE];

test("S26 a peer cannot extend an invocation beyond its own timeout; it is told so", async () => {
  await using stage = await begin("invocation", { timeout: 1_000 });
  stage.say({ timeout: 5_000 });
  await stage.expect({ timeout: 1_000 });
  await stage.expectExpiryIn(1_000);
});

test("S26 the caller raises the maximum by asking for more; the peer may use it from then on", async () => {
  await using stage = await begin("invocation", { timeout: 1_000 });
  stage.context.changeTimeout(3_000);
  await stage.expect({ timeout: 3_000 });
  assertEquals(stage.context.timeRemaining(), 3_000);
  stage.say({ timeout: 500 });
  stage.say({ timeout: 3_000 });
  await stage.expectNothing();
  stage.say({ timeout: 3_001 });
  await stage.expect({ timeout: 3_000 });
  await stage.expectExpiryIn(3_000);
});

test("S26 a caller that reduces its timeout does not lower the maximum", async () => {
  await using stage = await begin("invocation", { timeout: 1_000 });
  stage.context.changeTimeout(400);
  await stage.expect({ timeout: 400 });
  stage.say({ timeout: 1_000 });
  await stage.expectNothing();
  await stage.expectExpiryIn(1_000);
});

test("S26 the service side's application asks for more, up to the end's maximum", async () => {
  await using stage = await begin("service", { timeout: 1_000, end: { maximumTimeoutMs: 2_000 } });
  stage.context.changeTimeout(1_500);
  await stage.expect({ timeout: 1_500 });
  assertEquals(stage.context.timeRemaining(), 1_500);
  stage.context.changeTimeout(9_000);
  await stage.expect({ timeout: 2_000 });
  await stage.expectExpiryIn(2_000);
});

for (
  const [requested, tickets] of [[1_000, [{ timeout: 1_500 }]], [9_000, [{ timeout: 2_000 }, {
    timeout: 1_500,
  }]]] as const
) {
  test(`S26 what a servicer says of a timeout of ${requested} ms while it is called holds`, async () => {
    const application = new RecordedApplication();
    await using bench = serviceBench((_group, _method, context) => {
      context.changeTimeout(1_500);
      return application.subscription;
    }, { maximumTimeoutMs: 2_000 });
    bench.peer.open({ timeout: requested });
    for (const { timeout } of tickets) await bench.peer.expectTicket({ timeout });
    await bench.peer.expectNothing();
    await bench.clock.advance(1_499);
    assertEquals(bench.stats(), {});
    await bench.clock.advance(1);
    await bench.peer.expectTicket({ termination: "expiration" });
    assertEquals(bench.stats(), { expired: 1 });
  });
}

testAtBothEnds("S26 the application may shorten its operation", async (role) => {
  await using stage = await begin(role);
  stage.context.changeTimeout(600);
  await stage.expect({ timeout: 600 });
  await stage.expectExpiryIn(600);
});

testAtBothEnds("S26 an application that asks for what has passed already expires its operation", async (role) => {
  await using stage = await begin(role);
  await stage.bench.clock.advance(700);
  stage.context.changeTimeout(600);
  stage.assertEnded("expired");
  await stage.expectAbort("expiration");
});

testAtBothEnds("S26 an application that asks for what it has sends nothing", async (role) => {
  await using stage = await begin(role);
  stage.context.changeTimeout(10_000);
  await stage.expectNothing();
  await stage.abandon();
});

for (const value of BAD_TIMEOUTS) {
  testAtBothEnds(`S26 an application cannot ask for ${show(value)}; its operation goes on`, async (role) => {
    await using stage = await begin(role);
    const Class = typeof value === "number" ? RangeError : TypeError;
    const asked = value as number; // as JavaScript may ask
    assertThrows(() => stage.context.changeTimeout(asked), Class, "timeoutMs");
    stage.assertRunning();
    await stage.abandon();
  });

  test(`S26 an operation cannot begin with a timeout of ${show(value)}`, async () => {
    await using bench = invocationBench();
    const Class = typeof value === "number" ? RangeError : TypeError;
    const timeout = value as number; // as JavaScript may ask
    assertThrows(() => bench.end.operate("group", "method", { kind: "none" }, { timeout }), Class, "timeout");
    assertEquals(bench.clock.pendingTimers, 0);
  });
}

testAtBothEnds("S26 after termination nothing is asked for", async (role) => {
  await using stage = await begin(role);
  await stage.abandon();
  stage.context.changeTimeout(20_000);
  await stage.expectNothing();
  assertEquals(stage.bench.clock.pendingTimers, 0);
});

test("S26 a caller that asks for more than the service allows ends where the service does", async () => {
  const clock = virtualClock();
  const service = serviceEnd({ service: () => new RecordedApplication().subscription }, {
    clock,
    maximumTimeoutMs: 2_000,
  });
  const invocation = invocationEnd({ clock });
  joinLinks(invocation, service);
  service.start();
  invocation.start();
  const { context } = invocation.operate("group", "method", { kind: "termination", terminationCallback() {} }, {
    timeout: 1_000,
  });
  await clock.advance(500);
  context.changeTimeout(60_000);
  assertEquals(context.timeRemaining(), 59_500);
  await clock.runMicrotasks();
  assertEquals(context.timeRemaining(), 1_500);
  await clock.advance(1_500);
  assertEquals([countedIn(invocation), countedIn(service)], [{ expired: 1 }, { expired: 1 }]);
});

testAtBothEnds("S27 on expiry the peer is told", async (role) => {
  await using stage = await begin(role, { timeout: 250 });
  await stage.expectExpiryIn(250);
});

testAtBothEnds("S27 who hears of the expiry first takes it from the ticket and sends nothing", async (role) => {
  await using stage = await begin(role, { timeout: 250 });
  await stage.bench.clock.advance(249);
  stage.say({ termination: "expiration" });
  stage.assertEnded("expired");
  await stage.bench.clock.advance(1_000);
  await stage.expectNothing();
});

test("S27 operations expire each at its own time, whatever the order in which they began", async () => {
  await using bench = invocationBench();
  const expired: number[] = [];
  for (const timeout of [300, 100, 200, 100, 400]) {
    bench.end.operate("group", "method", {
      kind: "termination",
      terminationCallback: () => expired.push(timeout, bench.clock.now()),
    }, { timeout });
  }
  await bench.clock.runMicrotasks();
  assertEquals(bench.clock.pendingTimers, 1, "One timer serves all deadlines of an end");
  await bench.clock.advance(400);
  assertEquals(expired, [100, 100, 100, 100, 200, 200, 300, 300, 400, 400]);
  for (let kickOff = 0; kickOff < 5; kickOff++) await bench.peer.expectTicket({ group: "group" });
  for (let end = 0; end < 5; end++) await bench.peer.expectTicket({ termination: "expiration" });
});

test("S27 a timeout longer than a platform timer can wait is kept", async () => {
  const days30 = 30 * 86_400_000;
  await using stage = await begin("invocation", { timeout: days30 });
  await stage.expectExpiryIn(days30);
});

testAtBothEnds("S28 timeRemaining() counts down and is 0 after termination", async (role) => {
  await using stage = await begin(role, { timeout: 1_000 });
  assertEquals(stage.context.timeRemaining(), 1_000);
  await stage.bench.clock.advance(250);
  assertEquals(stage.context.timeRemaining(), 750);
  await stage.abandon();
  assertEquals(stage.context.timeRemaining(), 0);
});

test("S28 timeRemaining() is not negative where the timer is late", () => {
  let nowMs = 0;
  const lateClock: Clock = { now: () => nowMs, setTimer: () => undefined, clearTimer() {} };
  const end = invocationEnd({ clock: lateClock });
  end.start();
  const { context } = end.operate("group", "method", { kind: "none" }, { timeout: 10 });
  assertEquals(context.timeRemaining(), 10);
  nowMs = 10.5;
  assertEquals([context.timeRemaining(), context.outcome()], [0, undefined]);
});
