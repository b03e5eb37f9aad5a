import { assertEquals } from "@std/assert";
import { invocationEnd, serviceEnd } from "../../src/ends/mod.ts";
import { joinLinks } from "../../src/links/mod.ts";
import { faultyLink, recordingLink, virtualClock } from "../../src/testing/mod.ts";
import { countedIn, FALSY_VALUES, show } from "./bench.ts";
import { RecordedApplication } from "./recorded_application.ts";
import { test } from "./register.ts";
import { begin, testAtBothEnds } from "./stage.ts";

const COMPLETION = { termination: "completion" } as const;
const METADATA = [["key", "value"]] as const;

testAtBothEnds("S32 a completion carries terminal metadata, code and message", async (role) => {
  await using stage = await begin(role);
  stage.advance({ completion: { terminalMetadata: METADATA, code: "c", message: "m" } });
  await stage.expect({ ...COMPLETION, terminalMetadata: METADATA, code: "c", message: "m" });
  stage.context.cancel();
  await stage.expectAbort("cancellation");
});

testAtBothEnds("S32 a completion reaches the operator with the last payload", async (role) => {
  await using stage = await begin(role);
  stage.say({ payload: 1, ...COMPLETION, terminalMetadata: METADATA, code: "c", message: "m" });
  assertEquals(stage.application.steps, [
    { payload: 1, completion: { terminalMetadata: METADATA, code: "c", message: "m" } },
  ]);
  stage.advance({ completion: {} });
  await stage.expect(COMPLETION);
});

testAtBothEnds("S32 a completion reaches the operator after the last payload", async (role) => {
  await using stage = await begin(role);
  stage.say({ payload: 1 });
  stage.say(COMPLETION);
  assertEquals(stage.application.steps.map((step) => Object.keys(step)), [["payload"], ["completion"]]);
  stage.advance({ completion: {} });
  await stage.expect(COMPLETION);
});

test("S32 a completion closes one direction: the service side goes on", async () => {
  await using stage = await begin("service", { first: { ...COMPLETION, allowance: 1 } });
  stage.assertRunning();
  stage.advance({ payload: 1 });
  await stage.expect({ payload: 1 });
  stage.advance({ payload: 2 });
  await stage.expect({ payload: 2 });
  stage.advance({ completion: {} });
  await stage.expect(COMPLETION);
  stage.assertEnded("completed");
});

test("S32 a completion closes one direction: the invocation side goes on receiving", async () => {
  await using stage = await begin("invocation", { operate: { completion: {}, allowance: 2 } });
  stage.say({ payload: 1 });
  stage.say({ payload: 2 });
  stage.assertRunning();
  stage.say({ payload: 3, ...COMPLETION });
  assertEquals(stage.application.payloads, [1, 2, 3]);
  stage.assertEnded("completed");
  await stage.expectNothing();
});

test("S33 an invocation is COMPLETED when its application has ingested the completion", async () => {
  let during: unknown = "not called";
  await using stage = await begin("invocation", {
    operate: { completion: {} },
    reactions: { advance: () => during = stage.context.outcome() },
  });
  stage.say(COMPLETION);
  assertEquals(during, undefined);
  stage.assertEnded("completed");
  await stage.expectNothing();
});

test("S33 an invocation that is COMPLETED while its direction is open closes it with an empty completion", async () => {
  await using stage = await begin("invocation");
  stage.say(COMPLETION);
  stage.assertEnded("completed");
  await stage.expect(COMPLETION);
  await stage.expectNothing();
});

test("S33 unsent requests of an invocation that is COMPLETED are discarded", async () => {
  await using stage = await begin("invocation");
  for (const payload of [1, 2, 3]) stage.advance({ payload });
  stage.advance({ completion: { code: "never" } });
  await stage.expect({ payload: 1 });
  stage.say({ ...COMPLETION, allowance: 5 });
  stage.assertEnded("completed");
  await stage.expect(COMPLETION);
  await stage.expectNothing();
});

test("S33 a completion that is under way when the peer's comes is sent as it is", async () => {
  await using stage = await begin("invocation");
  stage.advance({ completion: { terminalMetadata: METADATA, code: "c", message: "m" } });
  stage.say(COMPLETION);
  stage.assertEnded("completed");
  await stage.expect({ ...COMPLETION, terminalMetadata: METADATA, code: "c", message: "m" });
  await stage.expectNothing();
});

test("S33 what the application says when it ingests the completion still counts as unsent", async () => {
  await using stage = await begin("invocation", {
    reactions: { advance: () => stage.advance({ completion: { code: "bye" } }) },
  });
  stage.say(COMPLETION);
  stage.assertEnded("completed");
  await stage.expect({ ...COMPLETION, code: "bye" });
});

test("S33 a service is not COMPLETED before the peer's completion", async () => {
  await using stage = await begin("service");
  stage.advance({ payload: 1, completion: {} });
  await stage.expect({ payload: 1, ...COMPLETION });
  stage.assertRunning();
  stage.say({ payload: 1 });
  stage.assertRunning();
  stage.say(COMPLETION);
  stage.assertEnded("completed");
});

test("S33 a service is not COMPLETED before its own completion was handed to the link", async () => {
  await using stage = await begin("service", { first: COMPLETION });
  stage.advance({ payload: 1 });
  stage.advance({ payload: 2, completion: {} });
  stage.assertRunning();
  await stage.expect({ payload: 1 });
  stage.assertRunning();
  stage.say({ allowance: 1 });
  stage.assertRunning();
  await stage.expect({ payload: 2, ...COMPLETION });
  stage.assertEnded("completed");
});

test("S33 a service whose completion the peer link threw at is not COMPLETED", async () => {
  await using stage = await begin("service", { first: COMPLETION });
  stage.bench.end.joinLink(faultyLink(stage.bench.peer, { accepted: { throwOn: () => true } }));
  stage.advance({ completion: {} });
  await stage.expectNothing();
  stage.assertEnded("transmission failure");
  assertEquals(stage.bench.takeErrors().length, 1);
});

test("S33 a service whose application throws at the completion is not COMPLETED", async () => {
  await using stage = await begin("service", {
    reactions: {
      advance() {
        throw new Error("indigestible");
      },
    },
  });
  stage.advance({ completion: {} });
  await stage.expect(COMPLETION);
  stage.say(COMPLETION);
  stage.assertEnded("local failure");
  await stage.expectAbort("local failure");
  assertEquals(stage.bench.takeErrors().length, 1);
});

test("S33 the service side does not linger until its deadline when the invocation side is through", async () => {
  const clock = virtualClock();
  const service = serviceEnd({
    service(_group, _method, _context, output) {
      output.advance({ payload: "early", completion: {} });
      return new RecordedApplication().subscription;
    },
  }, { clock });
  const invocation = invocationEnd({ clock });
  const recorder = recordingLink(service);
  joinLinks(invocation, recorder);
  service.start();
  invocation.start();
  const application = new RecordedApplication();
  const { operator } = invocation.operate("group", "method", application.subscription, { timeout: 1_000, payload: 1 });
  operator.advance({ payload: 2 });
  await clock.runMicrotasks();
  assertEquals([countedIn(invocation), countedIn(service)], [{ completed: 1 }, { completed: 1 }]);
  assertEquals(recorder.accepted.at(-1)?.termination, "completion");
  assertEquals([application.payloads, clock.pendingTimers], [["early"], 0]);
});

testAtBothEnds("S34 a COMPLETED outcome carries the peer's code and message, not our own", async (role) => {
  await using stage = await begin(role);
  stage.advance({ completion: { code: "ours", message: "ours" } });
  await stage.expect({ ...COMPLETION, code: "ours", message: "ours" });
  stage.say({ ...COMPLETION, code: "theirs", message: { any: "value" } });
  stage.assertEnded("completed", "theirs", { any: "value" });
});

testAtBothEnds("S34 a COMPLETED outcome carries nothing where the peer said nothing", async (role) => {
  await using stage = await begin(role);
  stage.advance({ completion: { code: "ours", message: "ours" } });
  await stage.expect({ ...COMPLETION, code: "ours", message: "ours" });
  stage.say(COMPLETION);
  stage.assertEnded("completed");
});

for (const value of FALSY_VALUES) {
  testAtBothEnds(`S34 a falsy code and message are carried as they are: ${show(value)}`, async (role) => {
    await using stage = await begin(role);
    stage.advance({ completion: {} });
    await stage.expect(COMPLETION);
    stage.say({ ...COMPLETION, code: value, message: value });
    stage.assertEnded("completed", value, value);
    assertEquals(stage.application.steps.at(-1)?.completion, {
      terminalMetadata: undefined,
      code: value,
      message: value,
    });
  });
}

test("S34 a service's outcome keeps the peer's code when a grant follows its completion", async () => {
  await using stage = await begin("service", { first: { ...COMPLETION, code: "theirs", message: "kept" } });
  stage.say({ allowance: 1 });
  stage.say({ timeout: 9_000 });
  stage.advance({ completion: {} });
  await stage.expect(COMPLETION);
  stage.assertEnded("completed", "theirs", "kept");
});
