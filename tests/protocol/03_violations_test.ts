import { assertEquals } from "@std/assert";
import type { Operator } from "../../src/ends/mod.ts";
import type { ScriptedTicket } from "../../src/testing/mod.ts";
import { type Role, serviceBench, show, UNPRINTABLE, untyped } from "./bench.ts";
import { RecordedApplication } from "./recorded_application.ts";
import { begin, testAtBothEnds } from "./stage.ts";
import { test } from "./register.ts";

interface Violation {
  readonly what: string;
  /** What the peer says before. */
  readonly before: readonly ScriptedTicket[];
  readonly offence: ScriptedTicket;
  /** What the answer names. */
  readonly named: string;
  /** Where an invocation end has completed by then, only the service end can be offended. */
  readonly only?: Role;
}

const METADATA = [["key", "value"]] as const;
const COMPLETION = { termination: "completion" } as const;

const VIOLATIONS: readonly Violation[] = [
  {
    what: "a second initial metadata",
    before: [{ initialMetadata: METADATA }],
    offence: { initialMetadata: METADATA },
    named: "initial metadata may not follow initial metadata",
  },
  {
    what: "a second initial metadata, both empty",
    before: [{ initialMetadata: [] }],
    offence: { initialMetadata: [] },
    named: "initial metadata may not follow initial metadata",
  },
  {
    what: "a second initial metadata, after a payload",
    before: [{ initialMetadata: METADATA, payload: 1 }],
    offence: { initialMetadata: METADATA },
    named: "initial metadata may not follow a payload",
  },
  {
    what: "initial metadata after a payload",
    before: [{ payload: 1 }],
    offence: { initialMetadata: METADATA },
    named: "initial metadata may not follow a payload",
  },
  {
    what: "initial metadata after a falsy payload",
    before: [{ payload: null }],
    offence: { initialMetadata: METADATA },
    named: "initial metadata may not follow a payload",
  },
  {
    what: "a payload after the completion",
    before: [COMPLETION],
    offence: { payload: 1 },
    named: "a payload may not follow a completion",
    only: "service",
  },
  {
    what: "a falsy payload after the completion",
    before: [COMPLETION],
    offence: { payload: false },
    named: "a payload may not follow a completion",
    only: "service",
  },
  {
    what: "a second completion",
    before: [COMPLETION],
    offence: COMPLETION,
    named: "a completion may not follow a completion",
    only: "service",
  },
  {
    what: "initial metadata after the completion",
    before: [COMPLETION],
    offence: { initialMetadata: METADATA },
    named: "initial metadata may not follow a completion",
    only: "service",
  },
  {
    what: "a payload beyond the implicit allowance",
    before: [{ payload: 1 }],
    offence: { payload: 2 },
    named: "a payload came beyond the granted allowance",
  },
  {
    what: "a falsy payload beyond the implicit allowance",
    before: [{ payload: 1 }],
    offence: { payload: "" },
    named: "a payload came beyond the granted allowance",
  },
  ...[0, -1, 1.5, NaN, Infinity, 2 ** 53, "1", null, 1n, true, ...UNPRINTABLE].map((allowance) => ({
    what: `an allowance of ${show(allowance)}`,
    before: [],
    offence: untyped({ allowance }),
    named: "an allowance must be a positive safe integer",
  })),
];

for (const { what, before, offence, named, only } of VIOLATIONS) {
  const body = async (role: Role): Promise<void> => {
    await using stage = await begin(role);
    for (const ticket of before) stage.say(ticket);
    stage.assertRunning();
    const told = stage.application.steps.length;
    stage.say(offence);
    await stage.expectAbort("reception failure", "internal", named);
    stage.assertEnded("reception failure");
    assertEquals(stage.application.steps.length, told, "The offence reached the application");
  };
  const name = `S10 ${what} from a peer is a reception failure that names the rule`;
  if (only === undefined) testAtBothEnds(name, body);
  else test(`${name}, at the ${only} end`, () => body(only));
}

for (const { what, before, offence } of VIOLATIONS.filter((violation) => violation.only === undefined)) {
  testAtBothEnds(`S10 ${what} is one too where it came early and waited`, async (role) => {
    await using stage = await begin(role);
    const sequenceNumber = before.length + 1;
    stage.say({ ...offence, sequenceNumber });
    for (const [index, ticket] of before.entries()) stage.say({ ...ticket, sequenceNumber: index + 1 });
    if (before.length === 0) await stage.expectAbort("reception failure", "internal", "allowance");
    else await stage.bench.peer.expectTicket({ termination: "reception failure", code: "internal" });
    stage.assertEnded("reception failure");
  });
}

testAtBothEnds("S10 all that was granted may be used, and not one payload more", async (role) => {
  await using stage = await begin(role);
  stage.advance({ allowance: 2 });
  stage.advance({ allowance: 3 });
  await stage.expect({ allowance: 5 });
  for (let payload = 0; payload < 6; payload++) stage.say({ payload });
  assertEquals(stage.application.payloads, [0, 1, 2, 3, 4, 5]);
  stage.assertRunning();
  stage.say({ payload: 6 });
  await stage.expectAbort("reception failure", "internal", "beyond the granted allowance");
});

testAtBothEnds("S10 the greatest safe integer may be granted, more than once", async (role) => {
  await using stage = await begin(role);
  stage.say({ allowance: Number.MAX_SAFE_INTEGER });
  stage.say({ allowance: Number.MAX_SAFE_INTEGER });
  stage.assertRunning();
  for (const payload of [1, 2, 3]) stage.advance({ payload });
  for (const payload of [1, 2, 3]) await stage.expect({ payload });
  await stage.abandon();
});

test("S10 the kick-off is checked like any other ticket", async () => {
  const application = new RecordedApplication();
  await using bench = serviceBench(() => application.subscription);
  bench.peer.open({ allowance: 0, payload: 1 });
  await bench.peer.expectTicket({ termination: "reception failure", code: "internal" });
  assertEquals(application.steps, []);
});

test("S10 a violation harms no other operation", async () => {
  const outputs: Operator[] = [];
  await using bench = serviceBench((_group, _method, _context, output) => {
    outputs.push(output);
    return new RecordedApplication().subscription;
  });
  const offender = bench.peer.open({ payload: 1 });
  const neighbour = bench.peer.open({ payload: 1, termination: "completion" });
  bench.peer.send({ operationId: offender, payload: 2 });
  await bench.peer.expectTicket({ operationId: offender, termination: "reception failure" });
  outputs[1]?.advance({ payload: 3, completion: {} });
  await bench.peer.expectTicket({ operationId: neighbour, payload: 3, termination: "completion" });
  assertEquals(bench.stats(), { "reception failure": 1, completed: 1 });
});

test("S12 number 0: the servicer, the protocol value, the timeout, then everything else together", async () => {
  const log: unknown[] = [];
  await using bench = serviceBench((group, method, context) => {
    log.push(["servicer", group, method, context.timeRemaining()]);
    return {
      kind: "full",
      protocolReceiver: { context: (value) => log.push(["context", value, context.timeRemaining()]) },
      operator: {
        advance({ initialMetadata, payload, completion, allowance }) {
          log.push(["step", context.timeRemaining(), initialMetadata, payload, completion, allowance]);
        },
      },
    };
  }, { defaultTimeoutMs: 5_000 });
  // Held back, so that the timeout is taken when the ticket is processed, not when the operation opens.
  bench.peer.send({ operationId: 1, sequenceNumber: 1 });
  bench.peer.open({
    operationId: 1,
    sequenceNumber: 0,
    timeout: 800,
    protocol: { kind: "servicer context", value: "http" },
    initialMetadata: METADATA,
    payload: "p",
    allowance: 4,
    termination: "completion",
    terminalMetadata: METADATA,
    code: "c",
    message: "m",
  });
  assertEquals(log, [
    ["servicer", "group", "method", 5_000],
    ["context", "http", 5_000],
    ["step", 800, METADATA, "p", { terminalMetadata: METADATA, code: "c", message: "m" }, 4],
  ]);
  bench.peer.send({ operationId: 1, termination: "cancellation" });
});

testAtBothEnds("S12 one ticket reaches the application as one step", async (role) => {
  await using stage = await begin(role);
  stage.say({ initialMetadata: METADATA, payload: 0, allowance: 2, ...COMPLETION, code: "", message: null });
  assertEquals(stage.application.steps, [{
    initialMetadata: METADATA,
    payload: 0,
    completion: { terminalMetadata: undefined, code: "", message: null },
    allowance: 2,
  }]);
  stage.advance({ completion: {} });
  await stage.expect(COMPLETION);
  stage.assertEnded("completed", "", null);
});

testAtBothEnds("S12 a ticket that says nothing to the application does not bother it", async (role) => {
  await using stage = await begin(role);
  stage.say({});
  stage.say({ timeout: 5_000 });
  assertEquals(stage.application.steps, []);
  await stage.abandon();
});

testAtBothEnds(
  "S12 a timeout that has passed already ends the operation before the rest is looked at",
  async (role) => {
    await using stage = await begin(role);
    await stage.bench.clock.advance(600);
    stage.say({ timeout: 500, payload: "never", allowance: 0 });
    stage.assertEnded("expired");
    assertEquals(stage.application.steps, []);
    await stage.expectAbort("expiration");
  },
);

testAtBothEnds("S12 allowance is credited after the application has had its say", async (role) => {
  await using stage = await begin(role, {
    reactions: {
      advance: ({ allowance }) => allowance === undefined ? undefined : stage.advance({ payload: "answer" }),
    },
  });
  for (const payload of [1, 2]) stage.advance({ payload });
  await stage.expect({ payload: 1 });
  stage.say({ allowance: 2 });
  await stage.expect({ payload: 2 });
  await stage.expect({ payload: "answer" });
  await stage.abandon();
});

testAtBothEnds("S12 allowance in a ticket at which the application throws is credited to nobody", async (role) => {
  await using stage = await begin(role, {
    reactions: {
      advance() {
        throw new Error("enough");
      },
    },
  });
  for (const payload of [1, 2]) stage.advance({ payload });
  await stage.expect({ payload: 1 });
  stage.say({ payload: 0, allowance: 5 });
  await stage.expectAbort("local failure");
  assertEquals(stage.bench.takeErrors().map(String), ["Error: enough"]);
});
