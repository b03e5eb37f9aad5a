import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  invocationEnd,
  NoSuchMethodError,
  type OperationSubscription,
  type Operator,
  serviceEnd,
} from "../../src/ends/mod.ts";
import { joinLinks } from "../../src/links/mod.ts";
import { virtualClock } from "../../src/testing/mod.ts";
import { countedIn, FALSY_VALUES, invocationBench, serviceBench, show } from "./bench.ts";
import { RecordedApplication } from "./recorded_application.ts";
import { test } from "./register.ts";
import { begin, testAtBothEnds } from "./stage.ts";

const COMPLETION = { termination: "completion" } as const;
const METADATA = [["key", "value"]] as const;

test("S35 no such method is LOCAL_FAILURE at the invoking side, with a code and a message that names it", async () => {
  const clock = virtualClock();
  const service = serviceEnd({
    service() {
      throw new NoSuchMethodError();
    },
  }, { clock });
  const invocation = invocationEnd({ clock });
  joinLinks(invocation, service);
  service.start();
  invocation.start();
  const application = new RecordedApplication("termination");
  invocation.operate("demo.Shop", "steal", application.subscription, { timeout: 1_000, payload: 1 });
  await clock.runMicrotasks();
  const [outcome] = application.outcomes;
  assertEquals([outcome?.kind, outcome?.code], ["local failure", "unimplemented"]);
  assertStringIncludes(String(outcome?.message), "demo.Shop");
  assertStringIncludes(String(outcome?.message), "steal");
  assertEquals([countedIn(invocation), countedIn(service)], [{ "local failure": 1 }, { "remote failure": 1 }]);
});

test("S35 the servicer may choose code and message, falsy codes included", async () => {
  await using bench = serviceBench((_group, method) => {
    throw new NoSuchMethodError(method === "zero" ? 0 : "not_found", "Gone since May");
  });
  bench.peer.open({ method: "zero" });
  await bench.peer.expectExactly({ termination: "remote failure", code: 0, message: "Gone since May" });
  bench.peer.open({ method: "other" });
  await bench.peer.expectExactly({ termination: "remote failure", code: "not_found", message: "Gone since May" });
  assertEquals([bench.stats(), bench.takeErrors()], [{ "remote failure": 2 }, []]);
});

test("S35 a servicer that finds no method in an operation that it has ended changes nothing", async () => {
  await using bench = serviceBench((_group, _method, context) => {
    context.cancel();
    throw new NoSuchMethodError();
  });
  bench.peer.open();
  await bench.peer.expectExactly({ termination: "cancellation" });
  assertEquals([bench.stats(), bench.takeErrors()], [{ cancelled: 1 }, []]);
});

test("S35 what a servicer said before it found no method is not sent", async () => {
  await using bench = serviceBench((_group, _method, _context, output) => {
    output.advance({ initialMetadata: METADATA, payload: 1, allowance: 1 });
    throw new NoSuchMethodError();
  });
  bench.peer.open({ payload: 1 });
  const answer = await bench.peer.expectTicket({ sequenceNumber: 0, termination: "remote failure" });
  assertEquals(Object.keys(answer).sort(), ["code", "message", "operationId", "sequenceNumber", "termination"]);
});

for (const thrown of [new Error("secret"), "secret", null, undefined, { secret: true }]) {
  test(`S36 a servicer that throws ${show(thrown)} fails its operation alone; the peer is not told why`, async () => {
    const outputs: Operator[] = [];
    await using bench = serviceBench((_group, method, _context, output) => {
      if (method === "bad") throw thrown;
      outputs.push(output);
      return { kind: "none" };
    });
    bench.peer.open({ operationId: "good", termination: "completion" });
    bench.peer.open({ operationId: "bad", method: "bad", termination: "completion" });
    await bench.peer.expectExactly({ operationId: "bad", termination: "local failure" });
    outputs[0]?.advance({ completion: {} });
    await bench.peer.expectTicket({ operationId: "good", termination: "completion" });
    assertEquals(bench.stats(), { "local failure": 1, completed: 1 });
    assertEquals(bench.takeErrors(), [thrown]);
  });
}

for (const error of FALSY_VALUES) {
  testAtBothEnds(`S36 fail() reports a falsy error as it is: ${show(error)}`, async (role) => {
    await using stage = await begin(role);
    stage.context.fail(error);
    await stage.expectAbort("local failure");
    assertEquals(stage.bench.takeErrors(), [error]);
  });
}

testAtBothEnds("S36 an operator that throws fails its operation; the peer is not told why", async (role) => {
  const error = new Error("secret");
  await using stage = await begin(role, {
    reactions: {
      advance() {
        throw error;
      },
    },
  });
  stage.say({ initialMetadata: METADATA });
  stage.assertEnded("local failure");
  await stage.expectAbort("local failure");
  stage.say({ payload: 1 });
  assertEquals(stage.application.steps.length, 1);
  assertEquals(stage.bench.takeErrors(), [error]);
});

test("S36 an operator that throws at one operation harms no other of an invocation end", async () => {
  await using bench = invocationBench();
  const bad: OperationSubscription = {
    kind: "full",
    operator: {
      advance() {
        throw new Error("bad");
      },
    },
  };
  const good = new RecordedApplication();
  bench.end.operate("group", "bad", bad, { timeout: 1_000, completion: {} });
  bench.end.operate("group", "good", good.subscription, { timeout: 1_000, completion: {} });
  const { operationId: first } = await bench.peer.expectTicket({ method: "bad" });
  const { operationId: second } = await bench.peer.expectTicket({ method: "good" });
  bench.peer.send({ operationId: first, subscription: "full", payload: 1 });
  bench.peer.send({ operationId: second, subscription: "full", payload: 1, ...COMPLETION });
  await bench.peer.expectExactly({ operationId: first, termination: "local failure" });
  assertEquals([good.payloads, bench.stats()], [[1], { completed: 1, "local failure": 1 }]);
  assertEquals(bench.takeErrors().length, 1);
});

test("S36 a protocol receiver that throws fails its operation at the service end", async () => {
  await using bench = serviceBench(() => ({
    kind: "full",
    operator: { advance: () => assertEquals("called", "not called") },
    protocolReceiver: {
      context() {
        throw new Error("receiver");
      },
    },
  }));
  bench.peer.open({ payload: 1 });
  await bench.peer.expectExactly({ termination: "local failure" });
  assertEquals([bench.stats(), bench.takeErrors().map(String)], [{ "local failure": 1 }, ["Error: receiver"]]);
});

test("S36 a protocol receiver that throws fails its operation at the invocation end", async () => {
  await using bench = invocationBench();
  const application = new RecordedApplication("full", {
    context() {
      throw new Error("receiver");
    },
  });
  bench.end.operate("group", "method", application.subscription, { timeout: 1_000 });
  await bench.peer.expectTicket({ method: "method" });
  bench.peer.send({ subscription: "full", payload: 1 });
  await bench.peer.expectExactly({ termination: "local failure" });
  assertEquals([application.steps, bench.stats()], [[], { "local failure": 1 }]);
  assertEquals(bench.takeErrors().map(String), ["Error: receiver"]);
});

test("S36 a servicer that returns no subscription has failed", async () => {
  await using bench = serviceBench(() => undefined as unknown as OperationSubscription); // as JavaScript may return
  bench.peer.open();
  await bench.peer.expectExactly({ termination: "local failure" });
  assertEquals(bench.takeErrors().length, 1);
});

test("S36 a reporter that throws harms nothing", async () => {
  const clock = virtualClock();
  const end = serviceEnd({
    service() {
      throw new Error("servicer");
    },
  }, {
    clock,
    onError() {
      throw new Error("reporter");
    },
  });
  end.start();
  for (const operationId of [1, 2]) {
    end.acceptTicket({ operationId, sequenceNumber: 0, group: "g", method: "m", subscription: "full", timeout: 1_000 });
  }
  assertEquals([countedIn(end), clock.pendingTimers], [{ "local failure": 2 }, 0]);
  await end.stop(0);
});

test("S36 without onError the error is written to the console", async () => {
  const written: unknown[] = [];
  const original = console.error;
  console.error = (...data: unknown[]) => written.push(...data);
  try {
    const end = invocationEnd({ clock: virtualClock() });
    end.start();
    end.operate("group", "method", { kind: "none" }, { timeout: 1_000 }).context.fail("written");
    await end.stop(0);
  } finally {
    console.error = original;
  }
  assertEquals(written, ["written"]);
});
