import { assertEquals, assertNotEquals } from "@std/assert";
import type { OperationContext } from "../../src/ends/mod.ts";
import { Subscription } from "../../src/links/mod.ts";
import type { ScriptedTicket } from "../../src/testing/mod.ts";
import {
  FALSY_VALUES,
  invocationBench,
  neverService,
  NO_TERMINATIONS,
  serviceBench,
  show,
  UNPRINTABLE,
  untyped,
} from "./bench.ts";
import { RECEIVED_ABORTS } from "./received_aborts.ts";
import { RecordedApplication } from "./recorded_application.ts";
import { begin } from "./stage.ts";
import { test } from "./register.ts";

for (const kind of Object.values(Subscription)) {
  test(`S1 the kick-off leaves even with nothing to say, subscription ${kind}`, async () => {
    await using bench = invocationBench();
    bench.end.operate("group", "method", new RecordedApplication(kind).subscription, { timeout: 1_000 });
    const kickOff = await bench.peer.expectExactly({
      group: "group",
      method: "method",
      subscription: kind,
      timeout: 1_000,
    });
    assertEquals(kickOff.sequenceNumber, 0);
    await bench.peer.expectNothing();
    await bench.end.stop(0);
    await bench.peer.expectExactly({ termination: "shutdown" });
  });
}

test("S1 the kick-off carries all that was given at once, the first allowance included", async () => {
  await using stage = await begin("invocation", {
    operate: {
      initialMetadata: [["key", "value"], ["key", new Uint8Array([1])]],
      payload: { any: "value" },
      completion: { terminalMetadata: [["end", "yes"]], code: "ok", message: "bye" },
      methodKind: "unary",
      protocolOptions: { header: "x" },
      allowance: 7,
    },
  });
  assertEquals(stage.bench.peer.received, [{
    operationId: stage.operationId,
    sequenceNumber: 0,
    group: "group",
    method: "method",
    methodKind: "unary",
    subscription: "full",
    timeout: 10_000,
    allowance: 7,
    initialMetadata: [["key", "value"], ["key", new Uint8Array([1])]],
    payload: { any: "value" },
    terminalMetadata: [["end", "yes"]],
    code: "ok",
    message: "bye",
    termination: "completion",
    protocol: { kind: "call option", value: { header: "x" } },
  }]);
  stage.say({ termination: "completion" });
  stage.assertEnded("completed");
});

test("S1 the kick-off carries what is said in the same stretch of code", async () => {
  await using bench = invocationBench();
  const { operator } = bench.end.operate("group", "method", { kind: "none" }, { timeout: 1_000 });
  operator.advance({ initialMetadata: [["key", "value"]] });
  operator.advance({ payload: 1 });
  operator.advance({ completion: { code: "ok" } });
  await bench.peer.expectExactly({
    group: "group",
    method: "method",
    subscription: "none",
    timeout: 1_000,
    initialMetadata: [["key", "value"]],
    payload: 1,
    code: "ok",
    termination: "completion",
  });
});

for (const value of FALSY_VALUES) {
  test(`S1 the kick-off carries falsy values as they are: ${show(value)}`, async () => {
    await using bench = invocationBench();
    bench.end.operate("", "", { kind: "none" }, {
      timeout: 1_000,
      initialMetadata: [],
      payload: value,
      completion: { terminalMetadata: [], code: value, message: value },
      protocolOptions: value,
    });
    await bench.peer.expectExactly({
      group: "",
      method: "",
      subscription: "none",
      timeout: 1_000,
      initialMetadata: [],
      payload: value,
      terminalMetadata: [],
      code: value,
      message: value,
      termination: "completion",
      protocol: { kind: "call option", value },
    });
  });
}

test("S1 each operation has an id of its own and counts from 0", async () => {
  await using bench = invocationBench();
  const { subscription } = new RecordedApplication("none");
  bench.end.operate("group", "first", subscription, { timeout: 1_000, completion: {} });
  bench.end.operate("group", "second", subscription, { timeout: 1_000, completion: {} });
  const first = await bench.peer.expectTicket({ method: "first", sequenceNumber: 0 });
  const second = await bench.peer.expectTicket({ method: "second", sequenceNumber: 0 });
  assertNotEquals(first.operationId, second.operationId);
});

test("S2 the service side says nothing before its application does", async () => {
  await using stage = await begin("service", { first: { payload: 1, termination: "completion" } });
  await stage.expectNothing();
  await stage.abandon();
});

const FIRST_WORDS = [
  ["initial metadata", { initialMetadata: [] }, { initialMetadata: [] }],
  ["a payload", { payload: 0 }, { payload: 0 }],
  ["an allowance", { allowance: 3 }, { allowance: 3 }],
  ["a completion", { completion: {} }, { termination: "completion" }],
] as const;

for (const [what, step, expected] of FIRST_WORDS) {
  for (const kind of Object.values(Subscription)) {
    test(`S2 the service side's first ticket, ${what}, carries subscription ${kind}; no later one does`, async () => {
      await using stage = await begin("service", { ours: kind });
      stage.advance(step);
      await stage.bench.peer.expectExactly({ subscription: kind, ...expected });
      stage.advance({ allowance: 1 });
      if (kind === "none" && what === "a completion") return stage.assertEnded("completed");
      await stage.bench.peer.expectExactly({ allowance: 1 });
      await stage.abandon();
    });
  }
}

test("S2 a timeout that the servicer asks for carries the subscription too", async () => {
  await using stage = await begin("service");
  stage.context.changeTimeout(20_000);
  await stage.bench.peer.expectExactly({ subscription: "full", timeout: 20_000 });
  await stage.abandon();
});

const INVALID_KICK_OFFS: readonly (readonly [field: string, value: unknown])[] = [
  ...[undefined, null, 5, {}, ...UNPRINTABLE].map((value) => ["group", value] as const),
  ...[undefined, null, 5, {}, ...UNPRINTABLE].map((value) => ["method", value] as const),
  ...[null, 0, -0, -1, NaN, Infinity, -Infinity, "1000", 1_000n, ...UNPRINTABLE].map((value) =>
    ["timeout", value] as const
  ),
];

for (const [field, value] of INVALID_KICK_OFFS) {
  test(`S3 a kick-off whose ${field} is ${show(value)} is refused and the servicer not called`, async () => {
    await using bench = serviceBench(neverService);
    bench.peer.open(untyped({ [field]: value, payload: 1 }));
    const answer = await bench.peer.expectTicket({ termination: "reception failure", code: "invalid_argument" });
    assertEquals(Object.keys(answer).sort(), ["code", "message", "operationId", "sequenceNumber", "termination"]);
    assertEquals(String(answer.message).includes(`"${field}"`), true, String(answer.message));
    assertEquals(bench.stats(), { "reception failure": 1 });
  });
}

test("S3 an empty group and an empty method are names like any other", async () => {
  const called: string[][] = [];
  await using bench = serviceBench((group, method) => {
    called.push([group, method]);
    return { kind: "none" };
  });
  bench.peer.open({ group: "", method: "" });
  assertEquals(called, [["", ""]]);
});

test("S3 a missing timeout takes the service end's default", async () => {
  let context: OperationContext | undefined;
  await using bench = serviceBench((_group, _method, given) => {
    context = given;
    return { kind: "none" };
  }, { defaultTimeoutMs: 700 });
  bench.peer.open({ timeout: undefined });
  assertEquals(context?.timeRemaining(), 700);
  await bench.clock.advance(699);
  assertEquals(context?.outcome(), undefined);
  await bench.clock.advance(1);
  assertEquals(context?.outcome()?.kind, "expired");
  await bench.peer.expectExactly({ termination: "expiration" });
});

test("S3 group, method and subscription count on the first ticket only", async () => {
  const called: string[][] = [];
  const application = new RecordedApplication();
  await using bench = serviceBench((group, method, _context, output) => {
    called.push([group, method]);
    output.advance({ payload: 1 });
    output.advance({ payload: 2 });
    return application.subscription;
  });
  bench.peer.open();
  bench.peer.send(untyped({ group: 5, method: null, subscription: "none", payload: 0, allowance: 1 }));
  assertEquals(called, [["group", "method"]]);
  assertEquals(application.steps, [{ payload: 0, allowance: 1 }]);
  await bench.peer.expectExactly({ subscription: "full", payload: 1 });
  await bench.peer.expectExactly({ payload: 2 });
  bench.peer.send({ termination: "cancellation" });
});

test("S4 the servicer is called when number 0 is processed, and what waited is processed behind it", async () => {
  const log: unknown[] = [];
  await using bench = serviceBench((group, method) => {
    log.push(`${group}.${method}`);
    return { kind: "full", operator: { advance: ({ payload, completion }) => log.push(payload, completion) } };
  });
  bench.peer.send({ operationId: 1, sequenceNumber: 1, termination: "completion", code: "c" });
  await bench.clock.runMicrotasks();
  assertEquals(log, []);
  bench.peer.open({ operationId: 1, sequenceNumber: 0, payload: "p" });
  assertEquals(log, [
    "group.method",
    "p",
    undefined,
    undefined,
    { terminalMetadata: undefined, code: "c", message: undefined },
  ]);
  bench.peer.send({ operationId: 1, termination: "cancellation" });
});

test("S4 an operation whose number 0 never comes expires", async () => {
  await using bench = serviceBench(neverService, { defaultTimeoutMs: 5_000 });
  bench.peer.send({ operationId: "gap", sequenceNumber: 1, payload: 1, timeout: 9_999 });
  await bench.clock.advance(4_999);
  assertEquals(bench.stats(), {});
  await bench.clock.advance(1);
  assertEquals(bench.stats(), { expired: 1 });
  await bench.peer.expectExactly({ termination: "expiration" });
});

test("S4 the timer of an operation runs from its first ticket, whatever its number", async () => {
  let remaining: number | undefined;
  await using bench = serviceBench((_group, _method, context) => ({
    kind: "full",
    operator: { advance: () => remaining = context.timeRemaining() },
  }));
  bench.peer.send({ operationId: 1, sequenceNumber: 1, payload: 1 });
  await bench.clock.advance(300);
  bench.peer.open({ operationId: 1, sequenceNumber: 0, timeout: 1_000 });
  assertEquals(remaining, 700);
  await bench.clock.advance(700);
  assertEquals(bench.stats(), { expired: 1 });
  await bench.peer.expectExactly({ termination: "expiration" });
});

const STRAY_TICKETS: readonly ScriptedTicket[] = [
  { group: "group", method: "method", subscription: "full", timeout: 1_000, payload: 1 },
  { sequenceNumber: 3, payload: 1 },
  { termination: "completion" },
  { termination: "cancellation" },
  { sequenceNumber: -1 },
];

for (const ticket of STRAY_TICKETS) {
  test(`S5 an end that only invokes drops ${JSON.stringify(ticket)} of an unknown operation`, async () => {
    await using bench = invocationBench();
    bench.peer.send({ operationId: "unknown", ...ticket });
    await bench.peer.expectNothing();
    assertEquals(bench.stats(), {});
    assertEquals(bench.clock.pendingTimers, 0);
  });
}

for (const [termination, kind] of RECEIVED_ABORTS) {
  for (const sequenceNumber of [0, 4]) {
    test(`S6 an operation whose first word, number ${sequenceNumber}, is ${termination} counts as ${kind}`, async () => {
      await using bench = serviceBench(neverService);
      bench.peer.open({ operationId: "brief", sequenceNumber, termination });
      assertEquals(bench.stats(), { [kind]: 1 });
      // Nothing of it comes back to life (S11).
      bench.peer.open({ operationId: "brief", sequenceNumber: 0 });
      await bench.peer.expectNothing();
      assertEquals(bench.stats(), { [kind]: 1 });
      assertEquals(bench.clock.pendingTimers, 0);
    });
  }

  test(`S6 ${termination} before number 0 was processed ends the operation as ${kind} without the servicer`, async () => {
    await using bench = serviceBench(neverService);
    bench.peer.send({ operationId: "gap", sequenceNumber: 2, payload: 1 });
    bench.peer.send({ operationId: "gap", sequenceNumber: 1, termination });
    assertEquals(bench.stats(), { [kind]: 1 });
    bench.peer.open({ operationId: "gap", sequenceNumber: 0 });
    await bench.peer.expectNothing();
  });
}

for (const termination of NO_TERMINATIONS) {
  test(`S6 a first ticket with ${show(termination)} for a termination opens nothing and counts as nothing`, async () => {
    await using bench = serviceBench(neverService);
    bench.peer.open(untyped({ termination }));
    await bench.peer.expectNothing();
    assertEquals([bench.stats(), Object.keys(bench.end.operationStats()).length], [{}, 9]);
  });
}
