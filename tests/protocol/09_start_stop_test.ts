import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { type End, invocationEnd, type OperationContext, serviceEnd } from "../../src/ends/mod.ts";
import { joinLinks, type Link } from "../../src/links/mod.ts";
import { scriptedPeer, virtualClock } from "../../src/testing/mod.ts";
import { type Bench, countedIn, invocationBench, neverService, type Role, serviceBench } from "./bench.ts";
import { RecordedApplication } from "./recorded_application.ts";
import { test } from "./register.ts";
import { begin, testAtBothEnds } from "./stage.ts";

const KICK_OFF = { sequenceNumber: 0, group: "g", method: "m", subscription: "full", timeout: 1_000 } as const;
const NONE = new RecordedApplication("none").subscription;

function makeEnd(role: Role): End {
  const clock = virtualClock();
  return role === "invocation" ? invocationEnd({ clock }) : serviceEnd({ service: neverService }, { clock });
}

/** Whether a promise has settled by the time when nothing but timers is left to run. */
async function isSettled(promise: Promise<unknown>, bench: Bench): Promise<boolean> {
  let settled = false;
  promise.then(() => settled = true, () => settled = true);
  await bench.clock.runMicrotasks();
  return settled;
}

testAtBothEnds("S39 start() on an end that is started throws", async (role) => {
  const end = makeEnd(role);
  end.start();
  assertThrows(() => end.start(), TypeError, "started");
  await end.stop(0);
});

testAtBothEnds("S39 start() on an end that is stopping throws", async (role) => {
  await using stage = await begin(role);
  const stopped = stage.bench.end.stop(1_000);
  assertThrows(() => stage.bench.end.start(), TypeError, "stopping");
  stage.say({ termination: "cancellation" });
  await stopped;
});

testAtBothEnds("S39 operate() and addIdleAction() on an end that is not started throw", async (role) => {
  const end = makeEnd(role);
  const check = (): void => {
    assertThrows(() => end.operate("group", "method", NONE, { timeout: 1_000 }), TypeError, "stopped");
    assertThrows(() => end.addIdleAction(() => {}), TypeError, "stopped");
  };
  check();
  end.start();
  await end.stop(0);
  check();
});

testAtBothEnds("S39 stop() on an end that is not started resolves", async (role) => {
  const end = makeEnd(role);
  await end.stop(0);
  await end.stop(1_000);
});

for (const graceMs of [-1, NaN, Infinity, "0", undefined]) {
  testAtBothEnds(`S39 stop(${String(graceMs)}) throws`, async (role) => {
    const end = makeEnd(role);
    end.start();
    const given = graceMs as number; // as JavaScript may say it
    await assertRejects(async () => await end.stop(given), RangeError, "graceMs");
    await end.stop(0);
  });
}

testAtBothEnds("S39 a stopped end can be started again; its statistics persist", async (role) => {
  await using stage = await begin(role);
  const { bench } = stage;
  await bench.end.stop(0);
  await stage.expectAbort("shutdown");
  bench.end.start();
  assertEquals(bench.stats(), { "local shutdown": 1 });
  if (role === "invocation") {
    bench.end.operate("group", "again", NONE, { timeout: 1_000 });
    await bench.peer.expectTicket({ method: "again" });
  } else bench.peer.open({ method: "again" });
  bench.peer.send({ subscription: "full", termination: "cancellation" });
  assertEquals(bench.stats(), { "local shutdown": 1, cancelled: 1 });
});

test("S39 an end that is started again remembers what ended before", async () => {
  let served = 0;
  await using bench = serviceBench(() => {
    served += 1;
    return NONE;
  });
  bench.peer.open({ operationId: "old" });
  await bench.end.stop(0);
  await bench.peer.expectExactly({ termination: "shutdown" });
  bench.end.start();
  bench.peer.open({ operationId: "old", sequenceNumber: 0 });
  assertEquals(served, 1);
});

testAtBothEnds("S39 tickets that arrive while the end is not started are dropped", async (role) => {
  const clock = virtualClock();
  const application = new RecordedApplication();
  const end = role === "invocation"
    ? invocationEnd({ clock })
    : serviceEnd({ service: () => application.subscription }, { clock });
  const peer = scriptedPeer();
  joinLinks(end, peer);
  peer.open({ operationId: "early", payload: 1 });
  end.start();
  await peer.expectNothing();
  await end.stop(0);
  peer.open({ operationId: "late", payload: 1 });
  peer.send({ operationId: "late", termination: "cancellation" });
  await peer.expectNothing();
  assertEquals([application.steps, countedIn(end), clock.pendingTimers], [[], {}, 0]);
});

test("S39 an operation whose kick-off was dropped can be begun when the end is started", async () => {
  const application = new RecordedApplication();
  const clock = virtualClock();
  const end = serviceEnd({ service: () => application.subscription }, { clock });
  end.acceptTicket({ ...KICK_OFF, operationId: 1, payload: "dropped" });
  end.start();
  end.acceptTicket({ ...KICK_OFF, operationId: 1, payload: "taken" });
  assertEquals(application.payloads, ["taken"]);
  await end.stop(0);
});

for (const graceMs of [0, 1_000]) {
  testAtBothEnds(`S40 stop(${graceMs}) resolves at once where no operation runs`, async (role) => {
    await using bench = role === "invocation" ? invocationBench() : serviceBench(neverService);
    assertEquals(await isSettled(bench.end.stop(graceMs), bench), true);
    assertEquals(bench.clock.pendingTimers, 0);
  });
}

testAtBothEnds("S40 stop(0) aborts every operation as LOCAL_SHUTDOWN", async (role) => {
  const contexts: OperationContext[] = [];
  await using bench = role === "invocation" ? invocationBench() : serviceBench((_group, _method, context) => {
    contexts.push(context);
    return NONE;
  });
  for (let count = 0; count < 3; count++) {
    if (role === "service") bench.peer.open();
    else {
      contexts.push(bench.end.operate("group", "method", NONE, { timeout: 1_000 }).context);
      await bench.peer.expectTicket({ method: "method" });
    }
  }
  await bench.end.stop(0);
  assertEquals(contexts.map((context) => context.outcome()?.kind), Array(3).fill("local shutdown"));
  for (const _ of contexts) await bench.peer.expectTicket({ termination: "shutdown" });
  assertEquals([bench.stats(), bench.clock.pendingTimers], [{ "local shutdown": 3 }, 0]);
});

testAtBothEnds("S40 with grace running operations go on, and stop() resolves with the last of them", async (role) => {
  await using stage = await begin(role);
  const stopped = stage.bench.end.stop(5_000);
  await stage.bench.clock.advance(4_000);
  stage.assertRunning();
  stage.advance({ payload: 1, completion: {} });
  await stage.expect({ payload: 1, termination: "completion" });
  assertEquals(await isSettled(stopped, stage.bench), false);
  stage.say({ payload: 2, termination: "completion" });
  assertEquals(stage.application.payloads, [2]);
  stage.assertEnded("completed");
  assertEquals(await isSettled(stopped, stage.bench), true);
  assertEquals(stage.bench.clock.pendingTimers, 0);
});

testAtBothEnds("S40 when the grace is over what still runs is aborted as LOCAL_SHUTDOWN", async (role) => {
  await using stage = await begin(role);
  const stopped = stage.bench.end.stop(5_000);
  await stage.bench.clock.advance(4_999);
  stage.assertRunning();
  assertEquals(await isSettled(stopped, stage.bench), false);
  await stage.bench.clock.advance(1);
  stage.assertEnded("local shutdown");
  await stage.expectAbort("shutdown");
  await stopped;
});

testAtBothEnds("S40 during the grace nothing new is begun here", async (role) => {
  await using stage = await begin(role);
  const stopped = stage.bench.end.stop(5_000);
  assertThrows(
    () => stage.bench.end.operate("group", "method", NONE, { timeout: 1_000 }),
    TypeError,
    "stopping",
  );
  stage.say({ termination: "cancellation" });
  await stopped;
});

test("S40 during the grace a new operation is told SHUTDOWN with UNAVAILABLE, and never started", async () => {
  let served = 0;
  await using bench = serviceBench(() => {
    served += 1;
    return NONE;
  });
  const running = bench.peer.open();
  const stopped = bench.end.stop(5_000);
  const refused = bench.peer.open({ payload: 1, termination: "completion" });
  const answer = await bench.peer.expectTicket({ operationId: refused, termination: "shutdown", code: "unavailable" });
  // Whoever invokes it may begin it elsewhere.
  const keys = ["code", "message", "neverStarted", "operationId", "sequenceNumber", "termination"];
  assertEquals(Object.keys(answer).sort(), keys);
  // Its later tickets and a second kick-off are not answered again (S11).
  bench.peer.send({ operationId: refused, payload: 2 });
  bench.peer.open({ operationId: refused, sequenceNumber: 0 });
  await bench.peer.expectNothing();
  assertEquals([served, bench.stats()], [1, {}]);
  bench.peer.send({ operationId: running, termination: "cancellation" });
  await stopped;
});

test("S40 a refused operation that subscribes to nothing is told nothing", async () => {
  await using bench = serviceBench(() => NONE);
  const running = bench.peer.open();
  const stopped = bench.end.stop(5_000);
  bench.peer.open({ subscription: "none" });
  await bench.peer.expectNothing();
  bench.peer.send({ operationId: running, termination: "cancellation" });
  await stopped;
});

test("S40 a refusal at which the peer link throws harms nothing", async () => {
  await using bench = serviceBench(() => NONE);
  const running = bench.peer.open();
  const stopped = bench.end.stop(5_000);
  const broken: Link = {
    acceptTicket() {
      throw new Error("peer link");
    },
    joinLink() {},
  };
  bench.end.joinLink(broken);
  bench.peer.open();
  await bench.peer.expectNothing();
  assertEquals(bench.takeErrors().map(String), ["Error: peer link"]);
  bench.peer.send({ operationId: running, termination: "cancellation" });
  await stopped;
});

test("S40 the invoker of a refused operation learns that it may try elsewhere", async () => {
  const clock = virtualClock();
  const service = serviceEnd({ service: () => NONE }, { clock });
  const invocation = invocationEnd({ clock });
  joinLinks(invocation, service);
  service.start();
  invocation.start();
  const { context } = invocation.operate("group", "running", { kind: "termination", terminationCallback() {} }, {
    timeout: 1_000,
  });
  await clock.runMicrotasks();
  const stopped = service.stop(500);
  const application = new RecordedApplication("termination");
  invocation.operate("group", "refused", application.subscription, { timeout: 1_000 });
  await clock.runMicrotasks();
  assertEquals(application.outcomes.map(({ kind, code }) => [kind, code]), [["remote shutdown", "unavailable"]]);
  await clock.advance(500);
  await stopped;
  assertEquals(context.outcome()?.kind, "remote shutdown");
  assertEquals(clock.pendingTimers, 0);
});

testAtBothEnds("S40 a second stop(0) cuts the grace short, and both resolve", async (role) => {
  await using stage = await begin(role);
  const first = stage.bench.end.stop(5_000);
  const second = stage.bench.end.stop(0);
  await Promise.all([first, second]);
  stage.assertEnded("local shutdown");
  await stage.expectAbort("shutdown");
  assertEquals(stage.bench.clock.pendingTimers, 0);
});

testAtBothEnds("S40 of two graces the one that ends first counts", async (role) => {
  await using stage = await begin(role);
  const stops = [5_000, 2_000, 9_000].map((graceMs) => stage.bench.end.stop(graceMs));
  await stage.bench.clock.advance(1_999);
  stage.assertRunning();
  await stage.bench.clock.advance(1);
  stage.assertEnded("local shutdown");
  await stage.expectAbort("shutdown");
  await Promise.all(stops);
});

test("S40 a grace longer than a platform timer can wait is as long as that", async () => {
  const days = 86_400_000;
  await using stage = await begin("invocation", { timeout: 60 * days });
  const stopped = stage.bench.end.stop(30 * days);
  await stage.bench.clock.advance(30 * days - 1);
  stage.assertRunning();
  await stage.bench.clock.advance(1);
  stage.assertEnded("local shutdown");
  await stage.expectAbort("shutdown");
  await stopped;
});

test("S40 the grace of one stop does not outlast it", async () => {
  await using stage = await begin("service", { timeout: 1_000 });
  const stopped = stage.bench.end.stop(500);
  stage.say({ termination: "cancellation" });
  await stopped;
  stage.bench.end.start();
  const again = stage.bench.peer.open();
  await stage.bench.clock.advance(400);
  const stoppedAgain = stage.bench.end.stop(9_000);
  await stage.bench.clock.advance(8_999);
  assertEquals(stage.bench.stats(), { cancelled: 1 });
  await stage.bench.clock.advance(1);
  assertEquals(stage.bench.stats(), { cancelled: 1, "local shutdown": 1 });
  await stoppedAgain;
  await stage.bench.peer.expectTicket({ operationId: again, termination: "shutdown" });
});

testAtBothEnds("S40 an end can be stopped from a termination callback", async (role) => {
  await using stage = await begin(role);
  let stopped: Promise<void> | undefined;
  stage.context.addTerminationCallback(() => void (stopped = stage.bench.end.stop(1_000)));
  stage.say({ termination: "cancellation" });
  await stopped;
  assertThrows(() => stage.bench.end.addIdleAction(() => {}), TypeError, "stopped");
});

testAtBothEnds("S40 a stopped end can be stopped again", async (role) => {
  await using stage = await begin(role);
  await stage.bench.end.stop(0);
  await stage.bench.end.stop(0);
  await stage.expectAbort("shutdown");
});
