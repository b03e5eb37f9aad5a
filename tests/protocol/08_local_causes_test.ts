import { assertEquals } from "@std/assert";
import { NoSuchMethodError, type Outcome, type OutcomeKind } from "../../src/ends/mod.ts";
import type { Termination } from "../../src/links/mod.ts";
import { faultyLink, recordingLink } from "../../src/testing/mod.ts";
import { type Bench, invocationBench, serviceBench } from "./bench.ts";
import { RecordedApplication } from "./recorded_application.ts";
import { test } from "./register.ts";
import { begin, type Stage, testAtBothEnds } from "./stage.ts";

/** A row of the table of S29: what happens, the outcome here, the termination that the peer is told. */
interface LocalCause {
  readonly cause: string;
  readonly act: (stage: Stage) => void | Promise<void>;
  readonly kind: OutcomeKind;
  readonly termination: Termination;
  /** Errors that are reported. */
  readonly reported?: readonly string[];
}

const LOCAL_CAUSES: readonly LocalCause[] = [
  {
    cause: "context.cancel()",
    act: ({ context }) => context.cancel(),
    kind: "cancelled",
    termination: "cancellation",
  },
  { cause: "the timer", act: ({ bench }) => bench.clock.advance(10_000), kind: "expired", termination: "expiration" },
  { cause: "end.stop()", act: ({ bench }) => bench.end.stop(0), kind: "local shutdown", termination: "shutdown" },
  {
    cause: "context.fail()",
    act: ({ context }) => context.fail(),
    kind: "local failure",
    termination: "local failure",
  },
  {
    cause: "context.fail() with an error",
    act: ({ context }) => context.fail(new Error("broken")),
    kind: "local failure",
    termination: "local failure",
    reported: ["Error: broken"],
  },
  {
    cause: "an exception in the operator",
    act: (stage) => void stage.say({ payload: "throw" }),
    kind: "local failure",
    termination: "local failure",
    reported: ["Error: operator"],
  },
  {
    cause: "an illegal emission",
    act: (stage) => {
      try {
        stage.advance({ allowance: 0 });
      } catch {
        // S20 tests what is thrown.
      }
    },
    kind: "local failure",
    termination: "local failure",
  },
];

const REACTIONS = {
  advance(): void {
    throw new Error("operator");
  },
};

for (const { cause, act, kind, termination, reported = [] } of LOCAL_CAUSES) {
  testAtBothEnds(`S29 ${cause}: ${kind} here, ${termination} to the peer`, async (role) => {
    await using stage = await begin(role, { reactions: REACTIONS });
    await act(stage);
    stage.assertEnded(kind);
    await stage.expectAbort(termination);
    assertEquals(stage.bench.takeErrors().map(String), reported);
  });

  testAtBothEnds(`S29 ${cause} after our completion: ${kind} here, ${termination} to the peer`, async (role) => {
    await using stage = await begin(role, { reactions: REACTIONS });
    stage.advance({ completion: {} });
    await stage.expect({ termination: "completion" });
    await act(stage);
    stage.assertEnded(kind);
    await stage.expectAbort(termination);
    stage.bench.takeErrors();
  });
}

test("S29 an exception in the servicer: local failure here, local failure to the peer", async () => {
  await using bench = serviceBench(() => {
    throw new Error("servicer");
  });
  bench.peer.open();
  await bench.peer.expectExactly({ termination: "local failure" });
  assertEquals([bench.stats(), bench.takeErrors().map(String)], [{ "local failure": 1 }, ["Error: servicer"]]);
});

test("S29 no such method: remote failure here, remote failure to the peer, both with code and message", async () => {
  const outcomes: Outcome[] = [];
  await using bench = serviceBench((_group, _method, context) => {
    context.addTerminationCallback((outcome) => outcomes.push(outcome));
    throw new NoSuchMethodError("c", "m");
  });
  bench.peer.open();
  await bench.peer.expectExactly({ termination: "remote failure", code: "c", message: "m" });
  assertEquals(outcomes, [{ kind: "remote failure", code: "c", message: "m" }]);
  assertEquals([bench.stats(), bench.takeErrors()], [{ "remote failure": 1 }, []]);
});

testAtBothEnds("S29 a violation by the peer: reception failure here, reception failure to the peer", async (role) => {
  await using stage = await begin(role);
  stage.say({ sequenceNumber: 0 });
  stage.assertEnded("reception failure");
  await stage.expectAbort("reception failure", "internal", "sequence number 0");
});

/** A peer link that throws at the tickets that it is asked about. */
function throwingMate(bench: Bench, throwOn: (index: number) => boolean): void {
  bench.end.joinLink(faultyLink(bench.peer, { accepted: { throwOn: (_ticket, index) => throwOn(index) } }));
}

testAtBothEnds("S29 the peer link threw: transmission failure here, nothing to the peer", async (role) => {
  await using stage = await begin(role);
  throwingMate(stage.bench, (index) => index === 0);
  stage.advance({ payload: 1 });
  await stage.expectNothing();
  stage.assertEnded("transmission failure");
  stage.advance({ payload: 2 });
  stage.context.cancel();
  await stage.expectNothing();
  assertEquals(stage.bench.takeErrors().map(String), ["Error: Link fails on purpose at ticket 0"]);
});

testAtBothEnds("S29 the peer link threw at the first of several tickets: the others are not sent", async (role) => {
  await using stage = await begin(role);
  stage.say({ allowance: 5 });
  throwingMate(stage.bench, (index) => index === 1);
  for (const payload of [1, 2, 3]) stage.advance({ payload });
  await stage.expect({ payload: 1 });
  await stage.expectNothing();
  stage.assertEnded("transmission failure");
  assertEquals(stage.bench.takeErrors().length, 1);
});

testAtBothEnds("S29 the peer link threw at an abort: the outcome stays what it was", async (role) => {
  await using stage = await begin(role);
  throwingMate(stage.bench, () => true);
  stage.context.cancel();
  await stage.expectNothing();
  stage.assertEnded("cancelled");
  assertEquals(stage.bench.takeErrors().length, 1);
});

testAtBothEnds(
  "S29 a peer link at which the operation ends, and which then throws, is told nothing more",
  async (role) => {
    await using stage = await begin(role);
    stage.bench.end.joinLink({
      joinLink() {},
      acceptTicket(ticket) {
        stage.bench.peer.acceptTicket(ticket);
        stage.context.cancel();
        throw new Error("peer link");
      },
    });
    stage.advance({ payload: 1 });
    await stage.expect({ payload: 1 });
    await stage.expectNothing();
    stage.assertEnded("cancelled");
    assertEquals(stage.bench.takeErrors().map(String), ["Error: peer link"]);
  },
);

test("S29 the peer link threw at the kick-off: the application hears of it", async () => {
  await using bench = invocationBench();
  throwingMate(bench, () => true);
  const application = new RecordedApplication("termination");
  bench.end.operate("group", "method", application.subscription, { timeout: 1_000 });
  await bench.peer.expectNothing();
  assertEquals(application.outcomes.map(({ kind }) => kind), ["transmission failure"]);
  assertEquals(bench.takeErrors().length, 1);
});

test("S29 a peer link that throws harms no other operation", async () => {
  await using bench = invocationBench();
  throwingMate(bench, (index) => index === 1);
  const [first, second, third] = ["first", "second", "third"].map((method) =>
    bench.end.operate("group", method, { kind: "none" }, { timeout: 1_000, completion: {} }).context
  );
  await bench.peer.expectTicket({ method: "first" });
  await bench.peer.expectTicket({ method: "third" });
  assertEquals([first, second, third].map((context) => context?.outcome()?.kind), [
    "completed",
    "transmission failure",
    "completed",
  ]);
  assertEquals(bench.takeErrors().length, 1);
});

test("S29 joining again replaces the peer link", async () => {
  await using bench = invocationBench();
  const other = recordingLink();
  bench.end.operate("group", "first", { kind: "none" }, { timeout: 1_000, completion: {} });
  await bench.peer.expectTicket({ method: "first" });
  bench.end.joinLink(other);
  bench.end.operate("group", "second", { kind: "none" }, { timeout: 1_000, completion: {} });
  await bench.peer.expectNothing();
  assertEquals(other.accepted.map(({ method }) => method), ["second"]);
});
