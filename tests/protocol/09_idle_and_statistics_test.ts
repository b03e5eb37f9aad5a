import { assertEquals, assertThrows } from "@std/assert";
import { type End, invocationEnd, type Operator, serviceEnd } from "../../src/ends/mod.ts";
import { joinLinks, type Link, NULL_LINK } from "../../src/links/mod.ts";
import { recordingLink, virtualClock } from "../../src/testing/mod.ts";
import { invocationBench, neverService, type Role, ROLES, serviceBench } from "./bench.ts";
import { RECEIVED_ABORTS } from "./received_aborts.ts";
import { RecordedApplication } from "./recorded_application.ts";
import { test } from "./register.ts";
import { begin, testAtBothEnds } from "./stage.ts";

const NONE = new RecordedApplication("none").subscription;

function makeEnd(role: Role): End {
  const clock = virtualClock();
  return role === "invocation" ? invocationEnd({ clock }) : serviceEnd({ service: neverService }, { clock });
}

testAtBothEnds("S41 an idle action runs at once if no operation does", async (role) => {
  await using bench = role === "invocation" ? invocationBench() : serviceBench(neverService);
  let calls = 0;
  bench.end.addIdleAction(() => calls += 1);
  assertEquals(calls, 1);
});

test("S41 an idle action runs once, when the last operation has ended", async () => {
  await using bench = serviceBench(() => NONE);
  const [first, second] = [bench.peer.open(), bench.peer.open()];
  let calls = 0;
  bench.end.addIdleAction(() => calls += 1);
  bench.peer.send({ operationId: first, termination: "cancellation" });
  assertEquals(calls, 0);
  bench.peer.send({ operationId: second, termination: "cancellation" });
  assertEquals(calls, 1);
  bench.peer.send({ operationId: bench.peer.open(), termination: "cancellation" });
  assertEquals(calls, 1);
});

testAtBothEnds("S41 idle actions run in order, one that throws stops no other and is reported", async (role) => {
  await using stage = await begin(role);
  const called: string[] = [];
  for (const name of ["first", "second", "third"]) {
    stage.bench.end.addIdleAction(() => {
      called.push(name);
      if (name === "first") throw new Error(name);
    });
  }
  stage.say({ termination: "cancellation" });
  assertEquals(called, ["first", "second", "third"]);
  assertEquals(stage.bench.takeErrors().map(String), ["Error: first"]);
});

testAtBothEnds("S41 an idle action that throws at once is reported", async (role) => {
  await using bench = role === "invocation" ? invocationBench() : serviceBench(neverService);
  bench.end.addIdleAction(() => {
    throw new Error("at once");
  });
  assertEquals(bench.takeErrors().map(String), ["Error: at once"]);
});

testAtBothEnds("S41 an idle action has to be a function", async (role) => {
  await using bench = role === "invocation" ? invocationBench() : serviceBench(neverService);
  const action = "not a function" as unknown as () => void; // as JavaScript may add
  assertThrows(() => bench.end.addIdleAction(action), TypeError, "action");
});

test("S41 an idle action may begin the next operation", async () => {
  await using bench = invocationBench();
  const { context } = bench.end.operate("group", "first", NONE, { timeout: 1_000 });
  await bench.peer.expectTicket({ method: "first" });
  bench.end.addIdleAction(() => bench.end.operate("group", "second", NONE, { timeout: 1_000, completion: {} }));
  context.cancel();
  await bench.peer.expectExactly({ termination: "cancellation" });
  await bench.peer.expectTicket({ method: "second" });
  assertEquals(bench.stats(), { cancelled: 1, completed: 1 });
});

testAtBothEnds("S41 idle actions run when an end that stops becomes idle", async (role) => {
  await using stage = await begin(role);
  let calls = 0;
  stage.bench.end.addIdleAction(() => calls += 1);
  await stage.bench.end.stop(0);
  assertEquals(calls, 1);
  await stage.expectAbort("shutdown");
});

testAtBothEnds("S42 the statistics count nothing at first, every kind by name", (role) => {
  const end = makeEnd(role);
  assertEquals<Record<string, number>>(end.operationStats(), {
    "completed": 0,
    "cancelled": 0,
    "expired": 0,
    "local shutdown": 0,
    "remote shutdown": 0,
    "reception failure": 0,
    "transmission failure": 0,
    "local failure": 0,
    "remote failure": 0,
  });
  return Promise.resolve();
});

for (const [termination, kind] of RECEIVED_ABORTS) {
  testAtBothEnds(`S42 an operation that ends as ${kind} is counted as that, after its callbacks`, async (role) => {
    await using stage = await begin(role);
    let during: unknown;
    stage.context.addTerminationCallback(() => during = stage.bench.stats());
    stage.say({ termination });
    assertEquals([during, stage.bench.stats()], [{}, { [kind]: 1 }]);
  });
}

test("S42 the count of an outcome is made before the idle actions run", async () => {
  await using bench = serviceBench(() => NONE);
  bench.peer.open();
  let during: unknown;
  bench.end.addIdleAction(() => during = bench.stats());
  bench.peer.send({ termination: "cancellation" });
  assertEquals(during, { cancelled: 1 });
});

test("S42 the statistics are a copy", async () => {
  await using bench = serviceBench(() => NONE);
  bench.end.operationStats().completed = 99;
  assertEquals(bench.end.operationStats().completed, 0);
});

test("S42 many operations are counted by how they ended", async () => {
  const outputs: Operator[] = [];
  await using bench = serviceBench((_group, method, context, output) => {
    if (method === "cancel") context.cancel();
    if (method === "fail") context.fail();
    outputs.push(output);
    return NONE;
  });
  for (const method of ["cancel", "complete", "fail", "cancel", "wait"]) bench.peer.open({ method });
  outputs[1]?.advance({ completion: {} });
  await bench.clock.advance(10_000);
  assertEquals(bench.stats(), { cancelled: 2, "local failure": 1, completed: 1, expired: 1 });
  for (let ticket = 0; ticket < 5; ticket++) await bench.peer.expectTicket({ sequenceNumber: 0 });
});

test("S43 over NULL_LINK an operation expires", async () => {
  const clock = virtualClock();
  const end = invocationEnd({ clock });
  end.joinLink(NULL_LINK);
  end.start();
  const application = new RecordedApplication("termination");
  end.operate("group", "method", application.subscription, { timeout: 1_000, payload: 1, completion: {} });
  await clock.advance(1_000);
  assertEquals(application.outcomes.map(({ kind }) => kind), ["expired"]);
  await end.stop(0);
  assertEquals(clock.pendingTimers, 0);
});

test("S43 an end that is joined to nothing expires its operations too", async () => {
  const clock = virtualClock();
  const end = invocationEnd({ clock });
  end.start();
  const { context } = end.operate("group", "method", new RecordedApplication().subscription, { timeout: 1_000 });
  await clock.advance(1_000);
  assertEquals(context.outcome()?.kind, "expired");
  await end.stop(0);
});

for (const role of ROLES) {
  test(`S43 before a silent peer an operation of the ${role} end expires`, async () => {
    await using stage = await begin(role, { timeout: 1_000 });
    stage.advance({ payload: 1, allowance: 1 });
    await stage.expect({ payload: 1, allowance: 1 });
    await stage.bench.clock.advance(1_000);
    stage.assertEnded("expired");
    await stage.expectAbort("expiration");
  });
}

test("S43 a link whose far side cannot be reached answers, and the operation ends before its deadline", async () => {
  const clock = virtualClock();
  const end = invocationEnd({ clock });
  let peerLink: Link = NULL_LINK;
  const unreachable: Link = {
    joinLink: (link) => peerLink = link,
    acceptTicket: ({ operationId, group }) => {
      if (group === undefined) return;
      queueMicrotask(() => {
        const code = "unavailable";
        peerLink.acceptTicket({
          operationId,
          sequenceNumber: 0,
          termination: "transmission failure",
          code,
          message: "gone",
        });
      });
    },
  };
  const recorder = recordingLink(unreachable);
  joinLinks(end, recorder);
  end.start();
  const { context } = end.operate("group", "method", new RecordedApplication().subscription, { timeout: 1_000 });
  await clock.runMicrotasks();
  assertEquals(context.outcome(), { kind: "transmission failure", code: "unavailable", message: "gone" });
  assertEquals(recorder.accepted.length, 1);
  await end.stop(0);
});
