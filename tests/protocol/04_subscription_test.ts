import { assertEquals } from "@std/assert";
import {
  invocationEnd,
  NoSuchMethodError,
  type OperationContext,
  type Operator,
  serviceEnd,
} from "../../src/ends/mod.ts";
import { joinLinks, Subscription } from "../../src/links/mod.ts";
import { type ScriptedTicket, virtualClock } from "../../src/testing/mod.ts";
import { countedIn, invocationBench, neverService, serviceBench, untyped } from "./bench.ts";
import { RECEIVED_ABORTS } from "./received_aborts.ts";
import { RecordedApplication } from "./recorded_application.ts";
import { begin } from "./stage.ts";
import { test } from "./register.ts";

const METADATA = [["key", "value"]] as const;

/** Says everything that one side of an operation can say, with more payloads than are allowed. */
function sayEverything(output: Operator): void {
  output.advance({ initialMetadata: METADATA });
  for (const payload of [1, 2, 3, 4, 5]) output.advance({ payload });
  output.advance({ completion: { terminalMetadata: METADATA, code: "c", message: "m" } });
}

const EVERYTHING_BUT_PAYLOADS = {
  terminalMetadata: METADATA,
  code: "c",
  message: "m",
  termination: "completion",
} as const;

test("S13 FULL: a service sends metadata, payloads as they are allowed, and the completion", async () => {
  await using stage = await begin("service", { first: { allowance: 4, termination: "completion" } });
  sayEverything(stage.output);
  await stage.expect({ initialMetadata: METADATA, payload: 1 });
  for (const payload of [2, 3, 4]) await stage.expect({ payload });
  await stage.expect({ payload: 5, ...EVERYTHING_BUT_PAYLOADS });
  stage.assertEnded("completed");
});

test("S13 TERMINATION: a service sends the final ticket only, and waits for no allowance", async () => {
  await using stage = await begin("service", { theirs: "termination", first: { termination: "completion" } });
  sayEverything(stage.output);
  await stage.expect(EVERYTHING_BUT_PAYLOADS);
  stage.assertEnded("completed");
});

test("S13 TERMINATION: grants and timeouts of a service leave all the same", async () => {
  await using stage = await begin("service", { theirs: "termination" });
  stage.advance({ allowance: 2, payload: 1 });
  stage.context.changeTimeout(5_000);
  await stage.expect({ allowance: 2, timeout: 5_000 });
  stage.say({ payload: 1 });
  stage.say({ payload: 2 });
  stage.say({ payload: 3, termination: "completion" });
  assertEquals(stage.application.payloads, [1, 2, 3]);
  stage.advance({ completion: {} });
  await stage.expect({ termination: "completion" });
  stage.assertEnded("completed");
});

test("S13 TERMINATION: a service that fails says so", async () => {
  await using stage = await begin("service", { theirs: "termination" });
  stage.advance({ payload: 1 });
  stage.context.fail();
  await stage.expectAbort("local failure");
});

test("S13 NONE: a service sends nothing at all and completes when its application has ingested the completion", async () => {
  await using stage = await begin("service", { theirs: "none", end: { maximumTimeoutMs: 1_000 } });
  stage.advance({ allowance: 3 });
  stage.context.changeTimeout(500);
  sayEverything(stage.output);
  await stage.expectNothing();
  stage.assertRunning();
  for (const payload of [1, 2, 3]) stage.say({ payload });
  stage.assertRunning();
  stage.say({ payload: 4, termination: "completion", code: "c", message: "m" });
  assertEquals(stage.application.payloads, [1, 2, 3, 4]);
  stage.assertEnded("completed", "c", "m");
});

test("S13 NONE: a service completes without having completed its own direction", async () => {
  await using stage = await begin("service", { theirs: "none", first: { payload: 1, termination: "completion" } });
  assertEquals(stage.application.payloads, [1]);
  stage.assertEnded("completed");
});

const SILENT_ENDS: readonly (readonly [kind: string, end: (context: OperationContext, output: Operator) => void])[] = [
  ["cancelled", (context) => context.cancel()],
  ["local failure", (context) => context.fail()],
  ["local failure", (_context, output) => output.advance({ completion: {} })],
];

for (const [kind, act] of SILENT_ENDS) {
  test(`S13 NONE: the peer is not told of an end as ${kind}`, async () => {
    await using stage = await begin("service", { theirs: "none" });
    stage.advance({ completion: {} });
    try {
      act(stage.context, stage.output);
    } catch (error) {
      assertEquals(error instanceof TypeError, true);
    }
    assertEquals(stage.context.outcome()?.kind, kind);
    await stage.expectNothing();
  });
}

test("S13 NONE: the peer is not told of an expiry", async () => {
  await using stage = await begin("service", { theirs: "none", timeout: 400 });
  await stage.bench.clock.advance(400);
  stage.assertEnded("expired");
  await stage.expectNothing();
});

test("S13 NONE: the peer is not told of a shutdown", async () => {
  await using stage = await begin("service", { theirs: "none" });
  await stage.bench.end.stop(0);
  stage.assertEnded("local shutdown");
  await stage.expectNothing();
});

test("S13 NONE: the peer is not told of a missing method", async () => {
  await using bench = serviceBench(() => {
    throw new NoSuchMethodError();
  });
  bench.peer.open({ subscription: "none" });
  await bench.peer.expectNothing();
  assertEquals(bench.stats(), { "remote failure": 1 });
});

test("S13 NONE: the peer is not told of an exception in the servicer", async () => {
  await using bench = serviceBench(neverService);
  bench.peer.open({ subscription: "none" });
  await bench.peer.expectNothing();
  assertEquals(bench.stats(), { "local failure": 1 });
  assertEquals(bench.takeErrors().length, 1);
});

const OFFENCES: readonly (readonly [what: string, ...tickets: ScriptedTicket[]])[] = [
  ["a second completion", { termination: "completion", sequenceNumber: 2 }, { termination: "completion" }],
  ["a duplicate number", {}, { sequenceNumber: 1 }],
  ["a payload beyond the allowance", { payload: 1 }, { payload: 2 }],
  ["an allowance of 0", { allowance: 0 }],
];

for (const [what, ...tickets] of OFFENCES) {
  test(`S13 NONE: the peer is not told of its violation: ${what}`, async () => {
    await using stage = await begin("service", { theirs: "none" });
    for (const ticket of tickets) stage.say(ticket);
    if (what === "a second completion") stage.say({ sequenceNumber: 1, termination: "completion" });
    await stage.expectNothing();
    assertEquals(stage.context.outcome()?.kind, what === "a second completion" ? "completed" : "reception failure");
  });
}

test("S13 NONE: the peer is not told that its kick-off is refused", async () => {
  await using bench = serviceBench(neverService);
  bench.peer.open(untyped({ subscription: "none", group: 5 }));
  assertEquals(bench.stats(), { "reception failure": 1 });
  await bench.peer.expectNothing();
});

test("S13 NONE: the peer is not told that its timeout was clamped", async () => {
  await using bench = serviceBench(() => ({ kind: "none" }), { maximumTimeoutMs: 100 });
  bench.peer.open({ subscription: "none", timeout: 200 });
  await bench.peer.expectNothing();
  await bench.clock.advance(100);
  assertEquals(bench.stats(), { expired: 1 });
});

test("S13 FULL: an invocation end's application is told everything", async () => {
  await using stage = await begin("invocation", { operate: { completion: {}, allowance: 1 } });
  stage.say({ initialMetadata: METADATA, payload: 1 });
  stage.say({ payload: 2, ...EVERYTHING_BUT_PAYLOADS });
  assertEquals(stage.application.steps, [
    { initialMetadata: METADATA, payload: 1 },
    { payload: 2, completion: { terminalMetadata: METADATA, code: "c", message: "m" } },
  ]);
  stage.assertEnded("completed", "c", "m");
});

test("S13 TERMINATION: an invocation end's application is told the outcome, once", async () => {
  await using stage = await begin("invocation", { ours: "termination", operate: { completion: {} } });
  stage.say({ code: "c", message: "m", termination: "completion" });
  stage.say({ termination: "cancellation" });
  stage.assertEnded("completed", "c", "m");
  assertEquals(stage.application.outcomes, [{ kind: "completed", code: "c", message: "m" }]);
  assertEquals(stage.application.steps, []);
});

for (const [termination, kind] of RECEIVED_ABORTS) {
  for (const role of ["invocation", "service"] as const) {
    test(`S13 TERMINATION: the application of the ${role} end is told of ${kind}`, async () => {
      await using stage = await begin(role, { ours: "termination" });
      stage.say({ code: 0, message: "", termination });
      assertEquals(stage.application.outcomes, [{ kind, code: 0, message: "" }]);
    });
  }
}

test("S13 TERMINATION: what was not asked for does not reach an invocation end's application", async () => {
  await using stage = await begin("invocation", { ours: "termination", operate: { completion: {} } });
  stage.say({ initialMetadata: METADATA, payload: 1, allowance: 1 });
  stage.assertRunning();
  stage.say({ termination: "completion" });
  stage.assertEnded("completed");
  assertEquals(stage.application.steps, []);
});

test("S13 NONE: an invocation completes when its own tickets have been handed over", async () => {
  await using bench = invocationBench();
  const { context, operator } = bench.end.operate("group", "method", { kind: "none" }, { timeout: 1_000, payload: 1 });
  await bench.peer.expectTicket({ payload: 1 });
  assertEquals(context.outcome(), undefined);
  operator.advance({ completion: { code: "c" } });
  assertEquals(context.outcome(), undefined);
  await bench.peer.expectExactly({ termination: "completion", code: "c" });
  assertEquals(context.outcome(), { kind: "completed", code: undefined, message: undefined });
  assertEquals(bench.clock.pendingTimers, 0);
});

test("S13 NONE: an invocation completes with its kick-off if that says all", async () => {
  await using bench = invocationBench();
  const { context } = bench.end.operate("group", "method", { kind: "none" }, {
    timeout: 1_000,
    payload: 1,
    completion: {},
  });
  await bench.peer.expectTicket({ payload: 1, termination: "completion" });
  assertEquals(context.outcome()?.kind, "completed");
  await bench.peer.expectNothing();
});

test("S13 NONE: an invocation whose tickets cannot leave expires", async () => {
  await using stage = await begin("invocation", { ours: "none", timeout: 300 });
  stage.advance({ payload: 1 });
  stage.advance({ payload: 2, completion: {} });
  await stage.expect({ payload: 1 });
  await stage.bench.clock.advance(300);
  await stage.expectAbort("expiration");
  stage.assertEnded("expired");
});

test("S13 FULL: a servicer is told everything", async () => {
  await using stage = await begin("service", {
    first: { initialMetadata: METADATA, payload: 1, ...EVERYTHING_BUT_PAYLOADS },
  });
  assertEquals(stage.application.steps, [{
    initialMetadata: METADATA,
    payload: 1,
    completion: { terminalMetadata: METADATA, code: "c", message: "m" },
  }]);
  await stage.abandon();
});

test("S13 TERMINATION: a servicer is told the outcome and no payload", async () => {
  await using stage = await begin("service", { ours: "termination" });
  stage.say({ initialMetadata: METADATA, payload: 1 });
  stage.say({ termination: "completion", code: "c" });
  stage.assertRunning();
  stage.advance({ payload: 2, completion: {} });
  await stage.expect({ payload: 2, termination: "completion" });
  stage.assertEnded("completed", "c");
  assertEquals(stage.application.steps, []);
  assertEquals(stage.application.outcomes, [{ kind: "completed", code: "c", message: undefined }]);
});

test("S13 NONE: a service whose application wants nothing completes when its own completion was handed over", async () => {
  await using stage = await begin("service", { ours: "none" });
  stage.say({ payload: 1 });
  stage.advance({ payload: 2 });
  await stage.expect({ payload: 2 });
  stage.assertRunning();
  stage.advance({ completion: { code: "c" } });
  await stage.expect({ code: "c", termination: "completion" });
  stage.assertEnded("completed");
  assertEquals(stage.application.steps, []);
});

test("S13 TERMINATION: an invocation end sends no more payloads to a service that wants none, only the completion", async () => {
  await using stage = await begin("invocation", { theirs: "termination" });
  sayEverything(stage.output);
  await stage.expect(EVERYTHING_BUT_PAYLOADS);
  stage.say({ termination: "completion" });
  stage.assertEnded("completed");
});

test("S13 TERMINATION: payloads that wait when a service says it wants none are discarded and hold up nothing", async () => {
  await using bench = invocationBench();
  const application = new RecordedApplication();
  const { context, operator } = bench.end.operate("group", "method", application.subscription, { timeout: 1_000 });
  sayEverything(operator);
  await bench.peer.expectTicket({ initialMetadata: METADATA, payload: 1 });
  await bench.peer.expectNothing();
  bench.peer.send({ subscription: "termination" });
  await bench.peer.expectExactly(EVERYTHING_BUT_PAYLOADS);
  bench.peer.send({ termination: "completion" });
  assertEquals(context.outcome()?.kind, "completed");
});

test("S13 NONE: what waits when a service says that it wants nothing is discarded, the completion too", async () => {
  await using bench = invocationBench();
  const application = new RecordedApplication();
  const { context, operator } = bench.end.operate("group", "method", application.subscription, { timeout: 1_000 });
  sayEverything(operator);
  await bench.peer.expectTicket({ initialMetadata: METADATA, payload: 1 });
  bench.peer.send({ subscription: "none", allowance: 10 });
  await bench.peer.expectNothing();
  bench.peer.send({ termination: "completion" });
  assertEquals(context.outcome()?.kind, "completed");
  await bench.peer.expectNothing();
});

test("S13 NONE: an invocation end says nothing more to a service that wants nothing but what keeps the operation going", async () => {
  await using stage = await begin("invocation", { theirs: "none" });
  sayEverything(stage.output);
  await stage.expectNothing();
  stage.advance({ allowance: 2 });
  stage.context.changeTimeout(5_000);
  await stage.expect({ allowance: 2, timeout: 5_000 });
  stage.say({ payload: 1 });
  stage.say({ payload: 2, termination: "completion", code: "c" });
  assertEquals(stage.application.payloads, [1, 2]);
  stage.assertEnded("completed", "c");
  await stage.expectNothing();
});

test("S13 NONE: an invocation end tells a service that wants nothing of an abort", async () => {
  await using stage = await begin("invocation", { theirs: "none" });
  await stage.abandon();
});

for (const ours of Object.values(Subscription)) {
  for (const theirs of Object.values(Subscription)) {
    test(`S13 an operation completes on both sides: the invoker subscribes to ${ours}, the servicer to ${theirs}`, async () => {
      const clock = virtualClock();
      const invoker = new RecordedApplication(ours);
      const servant = new RecordedApplication(theirs);
      const service = serviceEnd({
        service(_group, _method, _context, output) {
          output.advance({ initialMetadata: METADATA });
          output.advance({ payload: "response", completion: { code: "ok" }, allowance: 1 });
          return servant.subscription;
        },
      }, { clock });
      const invocation = invocationEnd({ clock });
      joinLinks(invocation, service);
      service.start();
      invocation.start();
      invocation.operate("group", "method", invoker.subscription, {
        timeout: 1_000,
        payload: "request",
        completion: {},
      });
      await clock.runMicrotasks();
      assertEquals([countedIn(invocation), countedIn(service)], [{ completed: 1 }, { completed: 1 }]);
      assertEquals(invoker.payloads, ours === "full" ? ["response"] : []);
      assertEquals(servant.payloads, theirs === "full" ? ["request"] : []);
      assertEquals(clock.pendingTimers, 0);
    });
  }
}
