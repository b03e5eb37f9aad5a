import { assertEquals, assertThrows } from "@std/assert";
import type { OperationSubscription, Outcome } from "../../src/ends/mod.ts";
import type { ScriptedTicket } from "../../src/testing/mod.ts";
import { FALSY_VALUES, invocationBench, serviceBench, show, untyped } from "./bench.ts";
import { RecordedApplication } from "./recorded_application.ts";
import { test } from "./register.ts";
import { begin, testAtBothEnds } from "./stage.ts";

testAtBothEnds("S37 termination callbacks run once, in the order of registration, with the outcome", async (role) => {
  await using stage = await begin(role);
  const called: [string, Outcome][] = [];
  for (const name of ["first", "second", "third"]) {
    assertEquals(stage.context.addTerminationCallback((outcome) => called.push([name, outcome])), undefined);
  }
  stage.say({ termination: "shutdown", code: "c", message: "m" });
  const outcome = { kind: "remote shutdown", code: "c", message: "m" } as const;
  assertEquals(called, [["first", outcome], ["second", outcome], ["third", outcome]]);
  stage.say({ termination: "cancellation" });
  stage.context.cancel();
  assertEquals(called.length, 3);
});

testAtBothEnds("S37 a callback that is added twice is called twice", async (role) => {
  await using stage = await begin(role);
  let calls = 0;
  const callback = (): void => void (calls += 1);
  stage.context.addTerminationCallback(callback);
  stage.context.addTerminationCallback(callback);
  stage.say({ termination: "cancellation" });
  assertEquals(calls, 2);
});

testAtBothEnds(
  "S37 on an operation that has ended a callback is never called; the outcome is returned",
  async (role) => {
    await using stage = await begin(role);
    stage.context.cancel();
    const outcome = stage.context.addTerminationCallback(() => {
      throw new Error("called");
    });
    assertEquals(outcome, { kind: "cancelled", code: undefined, message: undefined });
    await stage.expectAbort("cancellation");
  },
);

testAtBothEnds("S37 a callback that a callback adds is not called; the outcome is returned", async (role) => {
  await using stage = await begin(role);
  const returned: (Outcome | undefined)[] = [];
  stage.context.addTerminationCallback(() => {
    returned.push(stage.context.addTerminationCallback(() => returned.push(undefined)));
  });
  stage.say({ termination: "cancellation" });
  assertEquals(returned, [{ kind: "cancelled", code: undefined, message: undefined }]);
});

testAtBothEnds("S37 a callback that throws is reported and stops neither the others nor the count", async (role) => {
  await using stage = await begin(role);
  const called: string[] = [];
  for (const name of ["first", "second", "third"]) {
    stage.context.addTerminationCallback(() => {
      called.push(name);
      throw new Error(name);
    });
  }
  stage.say({ termination: "cancellation" });
  assertEquals(called, ["first", "second", "third"]);
  stage.assertEnded("cancelled");
  assertEquals(stage.bench.takeErrors().map(String), ["Error: first", "Error: second", "Error: third"]);
});

testAtBothEnds(
  "S37 a termination subscription's callback that throws is reported and changes nothing",
  async (role) => {
    const subscription: OperationSubscription = {
      kind: "termination",
      terminationCallback() {
        throw new Error("callback");
      },
    };
    await using bench = role === "invocation" ? invocationBench() : serviceBench(() => subscription);
    if (role === "invocation") {
      bench.end.operate("group", "method", subscription, { timeout: 1_000 });
      await bench.peer.expectTicket({ subscription: "termination" });
    } else bench.peer.open();
    bench.peer.send({ subscription: "full", termination: "cancellation" });
    assertEquals([bench.stats(), bench.takeErrors().map(String)], [{ cancelled: 1 }, ["Error: callback"]]);
  },
);

test("S37 a termination subscription to an operation that the servicer itself has ended is called", async () => {
  const application = new RecordedApplication("termination");
  await using bench = serviceBench((_group, _method, context) => {
    context.cancel();
    return application.subscription;
  });
  bench.peer.open();
  assertEquals(application.outcomes.map(({ kind }) => kind), ["cancelled"]);
  await bench.peer.expectExactly({ termination: "cancellation" });
});

testAtBothEnds("S37 a callback has to be a function", async (role) => {
  await using stage = await begin(role);
  const callback = "not a function" as unknown as () => void; // as JavaScript may add
  assertThrows(() => stage.context.addTerminationCallback(callback), TypeError, "callback");
  stage.assertRunning();
  stage.say({ termination: "cancellation" });
});

/** What ticket 0 has for the protocol receiver, and what it is told at each end. */
const PROTOCOLS: readonly (readonly [
  what: string,
  ticket: ScriptedTicket,
  atInvocation: unknown,
  atService: unknown,
])[] = [
  ["nothing", {}, undefined, undefined],
  ["a call option", { protocol: { kind: "call option", value: 1 } }, undefined, undefined],
  ["an invocation context", { protocol: { kind: "invocation context", value: 1 } }, 1, undefined],
  ["a servicer context", { protocol: { kind: "servicer context", value: 1 } }, undefined, 1],
  ["an unknown kind", untyped({ protocol: { kind: "else", value: 1 } }), undefined, undefined],
];

for (const [what, ticket, atInvocation, atService] of PROTOCOLS) {
  testAtBothEnds(`S38 the protocol receiver gets one value where ticket 0 carries ${what}`, async (role) => {
    await using stage = await begin(role, { first: { ...ticket, payload: 1 } });
    assertEquals(stage.application.contexts, [role === "invocation" ? atInvocation : atService]);
    stage.say({ protocol: { kind: role === "invocation" ? "invocation context" : "servicer context", value: "late" } });
    assertEquals(stage.application.contexts.length, 1);
    stage.say({ termination: "cancellation" });
    assertEquals(stage.application.contexts.length, 1);
  });
}

for (const value of FALSY_VALUES) {
  testAtBothEnds(`S38 the protocol receiver gets a falsy value as it is: ${show(value)}`, async (role) => {
    const kind = role === "invocation" ? "invocation context" : "servicer context";
    await using stage = await begin(role, { first: { protocol: { kind, value } } });
    assertEquals(stage.application.contexts, [value]);
    stage.say({ termination: "cancellation" });
  });
}

testAtBothEnds("S38 the protocol receiver gets the value of number 0, not of what came first", async (role) => {
  const kind = role === "invocation" ? "invocation context" : "servicer context";
  const application = new RecordedApplication();
  await using bench = role === "invocation" ? invocationBench() : serviceBench(() => application.subscription);
  if (role === "invocation") {
    bench.end.operate("group", "method", application.subscription, { timeout: 1_000 });
    await bench.peer.expectTicket({ method: "method" });
  } else bench.peer.open({ operationId: "late", sequenceNumber: 1, protocol: { kind, value: 1 } });
  if (role === "invocation") bench.peer.send({ sequenceNumber: 1, protocol: { kind, value: 1 } });
  assertEquals(application.contexts, []);
  bench.peer.send({ sequenceNumber: 0, group: "g", method: "m", subscription: "full", protocol: { kind, value: 0 } });
  assertEquals(application.contexts, [0]);
  bench.peer.send({ termination: "cancellation" });
});

testAtBothEnds("S38 the protocol receiver gets its value before the operator gets anything", async (role) => {
  const log: string[] = [];
  await using stage = await begin(role, {
    first: { payload: 1 },
    reactions: { advance: () => log.push("step"), context: () => log.push("context") },
  });
  assertEquals(log, ["context", "step"]);
  stage.say({ termination: "cancellation" });
});

testAtBothEnds("S38 a full subscription needs no protocol receiver", async (role) => {
  const payloads: unknown[] = [];
  const subscription: OperationSubscription = {
    kind: "full",
    operator: { advance: ({ payload }) => payloads.push(payload) },
  };
  await using bench = role === "invocation" ? invocationBench() : serviceBench(() => subscription);
  if (role === "invocation") {
    bench.end.operate("group", "method", subscription, { timeout: 1_000 });
    await bench.peer.expectTicket({ method: "method" });
    bench.peer.send({ subscription: "full", payload: 1 });
  } else bench.peer.open({ payload: 1 });
  assertEquals(payloads, [1]);
  bench.peer.send({ termination: "cancellation" });
});
