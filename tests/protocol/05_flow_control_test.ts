import { assert, assertEquals } from "@std/assert";
import { invocationEnd, serviceEnd } from "../../src/ends/mod.ts";
import { joinLinks, type Ticket } from "../../src/links/mod.ts";
import { virtualClock } from "../../src/testing/mod.ts";
import { type SeededRandom, seededRandom } from "../seeded_random.ts";
import { countedIn, FALSY_VALUES, invocationBench, show } from "./bench.ts";
import { RecordedApplication } from "./recorded_application.ts";
import { test } from "./register.ts";
import { begin, type Stage, testAtBothEnds } from "./stage.ts";

testAtBothEnds("S14 one payload may leave without any grant, and no second one", async (role) => {
  await using stage = await begin(role);
  stage.advance({ payload: 1 });
  stage.advance({ payload: 2 });
  await stage.expect({ payload: 1 });
  await stage.expectNothing();
  await stage.abandon();
});

test("S14 the kick-off's payload uses the implicit allowance", async () => {
  await using stage = await begin("invocation", { operate: { payload: 1 } });
  stage.advance({ payload: 2 });
  await stage.expectNothing();
  stage.say({ allowance: 1 });
  await stage.expect({ payload: 2 });
  await stage.abandon();
});

test("S14 a kick-off without a payload leaves the implicit allowance to the next ticket", async () => {
  await using stage = await begin("invocation");
  stage.advance({ payload: 1 });
  await stage.expect({ payload: 1 });
  await stage.abandon();
});

testAtBothEnds("S15 each payload costs one, and payloads wait in order", async (role) => {
  await using stage = await begin(role);
  for (const payload of ["a", "b", "c", "d"]) stage.advance({ payload });
  await stage.expect({ payload: "a" });
  stage.say({ allowance: 1 });
  await stage.expect({ payload: "b" });
  await stage.expectNothing();
  stage.say({ allowance: 1 });
  await stage.expect({ payload: "c" });
  await stage.expectNothing();
  await stage.abandon();
});

testAtBothEnds("S15 allowance that is not used yet is kept", async (role) => {
  await using stage = await begin(role);
  stage.say({ allowance: 2 });
  stage.say({ allowance: 1 });
  for (const payload of [1, 2, 3, 4, 5]) stage.advance({ payload });
  for (const payload of [1, 2, 3, 4]) await stage.expect({ payload });
  await stage.expectNothing();
  await stage.abandon();
});

testAtBothEnds("S15 a completion waits behind the payloads", async (role) => {
  await using stage = await begin(role);
  stage.advance({ payload: 1 });
  stage.advance({ payload: 2 });
  stage.advance({ completion: { code: "c" } });
  await stage.expect({ payload: 1 });
  await stage.expectNothing();
  stage.say({ allowance: 1 });
  await stage.expect({ payload: 2, code: "c", termination: "completion" });
  await stage.abandon();
});

testAtBothEnds("S15 a completion needs no allowance", async (role) => {
  await using stage = await begin(role);
  stage.advance({ payload: 1 });
  await stage.expect({ payload: 1 });
  stage.advance({ completion: {} });
  await stage.expect({ termination: "completion" });
  await stage.abandon();
});

testAtBothEnds("S15 a grant does not wait behind payloads", async (role) => {
  await using stage = await begin(role);
  for (const payload of [1, 2]) stage.advance({ payload });
  await stage.expect({ payload: 1 });
  stage.advance({ allowance: 4 });
  await stage.expect({ allowance: 4 });
  await stage.abandon();
});

testAtBothEnds("S15 a timeout does not wait behind payloads", async (role) => {
  await using stage = await begin(role);
  for (const payload of [1, 2]) stage.advance({ payload });
  await stage.expect({ payload: 1 });
  stage.context.changeTimeout(7_000);
  await stage.expect({ timeout: 7_000 });
  await stage.abandon();
});

testAtBothEnds("S15 an abort does not wait behind payloads and completion", async (role) => {
  await using stage = await begin(role);
  for (const payload of [1, 2, 3]) stage.advance({ payload });
  stage.advance({ completion: {} });
  await stage.expect({ payload: 1 });
  await stage.abandon();
});

testAtBothEnds("S15 metadata does not wait for a payload", async (role) => {
  await using stage = await begin(role);
  stage.advance({ initialMetadata: [["key", "value"]] });
  await stage.expect({ initialMetadata: [["key", "value"]] });
  await stage.abandon();
});

testAtBothEnds(
  "S16 on a grant waiting payloads leave one per ticket, the last one with the completion",
  async (role) => {
    await using stage = await begin(role);
    for (const payload of [1, 2, 3, 4]) stage.advance({ payload });
    stage.advance({ completion: { terminalMetadata: [["end", ""]], code: 0, message: "" } });
    await stage.expect({ payload: 1 });
    stage.say({ allowance: 2 });
    await stage.expect({ payload: 2 });
    await stage.expect({ payload: 3 });
    await stage.expectNothing();
    stage.say({ allowance: 2 });
    await stage.expect({
      payload: 4,
      terminalMetadata: [["end", ""]],
      code: 0,
      message: "",
      termination: "completion",
    });
    await stage.abandon();
  },
);

for (const value of FALSY_VALUES) {
  testAtBothEnds(`S16 a falsy payload waits and leaves like any other: ${show(value)}`, async (role) => {
    await using stage = await begin(role);
    stage.advance({ payload: value });
    stage.advance({ payload: value });
    stage.advance({ completion: { code: value, message: value } });
    await stage.expect({ payload: value });
    await stage.expectNothing();
    stage.say({ payload: value, allowance: 1 });
    await stage.expect({ payload: value, code: value, message: value, termination: "completion" });
    assertEquals(stage.application.steps, [{ payload: value, allowance: 1 }]);
    await stage.abandon();
  });
}

testAtBothEnds("S17 an end grants nothing of its own accord", async (role) => {
  await using stage = await begin(role);
  stage.say({ initialMetadata: [], payload: 1, allowance: 5 });
  await stage.expectNothing();
  await stage.bench.clock.advance(5_000);
  await stage.expectNothing();
  await stage.abandon();
});

testAtBothEnds("S17 what the application grants is what the peer is told", async (role) => {
  await using stage = await begin(role);
  stage.advance({ allowance: 1 });
  await stage.expect({ allowance: 1 });
  stage.advance({ allowance: Number.MAX_SAFE_INTEGER });
  await stage.expect({ allowance: Number.MAX_SAFE_INTEGER });
  await stage.abandon();
});

testAtBothEnds("S18 what piles up before a ticket leaves is one ticket", async (role) => {
  await using stage = await begin(role);
  stage.advance({ allowance: 2 });
  stage.advance({ initialMetadata: [["key", "value"]], allowance: 3 });
  stage.context.changeTimeout(9_000);
  stage.advance({ payload: null });
  stage.context.changeTimeout(8_000);
  stage.advance({ allowance: 4, completion: { code: "c" } });
  await stage.expect({
    timeout: 8_000,
    allowance: 9,
    initialMetadata: [["key", "value"]],
    payload: null,
    code: "c",
    termination: "completion",
  });
  await stage.abandon();
});

testAtBothEnds("S18 two payloads are never merged, and grants leave with the first", async (role) => {
  await using stage = await begin(role);
  stage.say({ allowance: 2 });
  stage.advance({ payload: 1, allowance: 1 });
  stage.advance({ payload: 2, allowance: 1 });
  stage.advance({ payload: 3, completion: {} });
  await stage.expect({ payload: 1, allowance: 2 });
  await stage.expect({ payload: 2 });
  await stage.expect({ payload: 3, termination: "completion" });
  await stage.abandon();
});

testAtBothEnds("S18 a completion is neither lost nor doubled when a grant meets waiting payloads", async (role) => {
  await using stage = await begin(role);
  for (const payload of [1, 2]) stage.advance({ payload });
  await stage.expect({ payload: 1 });
  stage.say({ allowance: 1 });
  stage.advance({ allowance: 1, completion: {} });
  stage.say({ allowance: 1 });
  await stage.expect({ allowance: 1, payload: 2, termination: "completion" });
  await stage.expectNothing();
  stage.advance({ allowance: 1 });
  stage.say({ allowance: 1 });
  await stage.expect({ allowance: 1 });
  await stage.abandon();
});

testAtBothEnds("S18 grants that add up beyond the safe integers stay safe integers", async (role) => {
  await using stage = await begin(role);
  stage.advance({ allowance: Number.MAX_SAFE_INTEGER });
  stage.advance({ allowance: Number.MAX_SAFE_INTEGER });
  await stage.expect({ allowance: Number.MAX_SAFE_INTEGER });
  await stage.abandon();
});

/** What has been said to a stage's end, and how much of it may have left. */
interface Said {
  readonly payloads: number[];
  granted: number;
  allowed: number;
}

/** Says something, or lets what was said leave. */
async function moveOn(stage: Stage, random: SeededRandom, said: Said): Promise<void> {
  const count = random.integer(1, 3);
  switch (random.integer(0, 4)) {
    case 0:
      said.payloads.push(said.payloads.length);
      return stage.advance({ payload: said.payloads.length - 1 });
    case 1:
      said.granted += count;
      return stage.advance({ allowance: count });
    case 2:
      said.granted += count;
      said.payloads.push(said.payloads.length);
      return stage.advance({ payload: said.payloads.length - 1, allowance: count });
    case 3:
      said.allowed += count;
      stage.say({ allowance: count });
      return;
    default:
      return await stage.bench.clock.runMicrotasks();
  }
}

function sum(tickets: readonly Ticket[]): number {
  return tickets.reduce((total, { allowance = 0 }) => total + allowance, 0);
}

testAtBothEnds("S18 nothing is lost, doubled or sent too early by merging, whatever the order", async (role) => {
  const random = seededRandom(18);
  for (let round = 0; round < 60; round++) {
    await using stage = await begin(role);
    const { peer, clock } = stage.bench;
    const before = peer.received.length;
    const said: Said = { payloads: [], granted: 0, allowed: 1 };
    const payloadsLeft = (): unknown[] =>
      peer.received.slice(before).filter((ticket) => ticket.payload !== undefined).map((ticket) => ticket.payload);
    for (let step = 0; step < 40; step++) {
      await moveOn(stage, random, said);
      assert(payloadsLeft().length <= said.allowed, "More left than was allowed");
    }
    stage.advance({ completion: { code: "last" } });
    await clock.runMicrotasks();
    assertEquals(payloadsLeft(), said.payloads.slice(0, said.allowed));
    stage.say({ allowance: 100 });
    await clock.runMicrotasks();
    const tickets = peer.received.slice(before);
    assertEquals(payloadsLeft(), said.payloads);
    assertEquals(sum(tickets), said.granted);
    const completions = tickets.filter((ticket) => ticket.termination !== undefined);
    assertEquals(completions.map(({ termination, code }) => [termination, code]), [["completion", "last"]]);
    for (let taken = before; taken < peer.received.length; taken++) await peer.expectTicket();
    await stage.abandon();
  }
});

testAtBothEnds("S19 advance() never blocks: what is beyond the allowance waits, however much it is", async (role) => {
  await using stage = await begin(role);
  for (let payload = 0; payload < 10_000; payload++) stage.advance({ payload });
  await stage.expect({ payload: 0 });
  await stage.expectNothing();
  stage.say({ allowance: 9_999 });
  await stage.bench.clock.runMicrotasks();
  for (let payload = 1; payload < 10_000; payload++) await stage.bench.peer.expectExactly({ payload });
  await stage.abandon();
});

test("S19 a producer that heeds the allowance is paused by its consumer", async () => {
  const clock = virtualClock();
  let produced = 0;
  const service = serviceEnd({
    service(_group, _method, _context, output) {
      output.advance({ payload: produced++ });
      const produce = (allowance: number): void => {
        for (let left = allowance; left > 0; left--) output.advance({ payload: produced++ });
      };
      return { kind: "full", operator: { advance: ({ allowance = 0 }) => produce(allowance) } };
    },
  }, { clock });
  const invocation = invocationEnd({ clock });
  joinLinks(invocation, service);
  service.start();
  invocation.start();
  const consumer = new RecordedApplication();
  const { context, operator } = invocation.operate("group", "method", consumer.subscription, {
    timeout: 1_000,
    allowance: 2,
  });
  await clock.runMicrotasks();
  assertEquals([produced, consumer.payloads], [3, [0, 1, 2]]);
  for (let taken = 3; taken < 20; taken++) {
    operator.advance({ allowance: 1 });
    await clock.runMicrotasks();
    assertEquals([produced, consumer.payloads.length], [taken + 1, taken + 1]);
  }
  context.cancel();
  await clock.runMicrotasks();
  assertEquals([countedIn(invocation), countedIn(service)], [{ cancelled: 1 }, { cancelled: 1 }]);
});

test("S19 many operations wait without holding each other up", async () => {
  await using bench = invocationBench();
  const operators = Array.from({ length: 3 }, () => {
    const application = new RecordedApplication();
    return bench.end.operate("group", "method", application.subscription, { timeout: 1_000, payload: 0 }).operator;
  });
  const ids = [];
  for (const _ of operators) ids.push((await bench.peer.expectTicket({ payload: 0 })).operationId);
  for (const operator of operators) operator.advance({ payload: 1 });
  await bench.peer.expectNothing();
  for (const operationId of ids.toReversed()) {
    bench.peer.send({ operationId, subscription: "full", allowance: 1 });
    await bench.peer.expectTicket({ operationId, payload: 1 });
  }
  for (const operationId of ids) bench.peer.send({ operationId, termination: "cancellation" });
});
