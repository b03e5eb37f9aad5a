import { assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import {
  invocationEnd,
  NoSuchMethodError,
  type OperateOptions,
  type OperationSubscription,
  OutcomeKind,
  serviceEnd,
  type Servicer,
} from "../../src/ends/mod.ts";
import { recordingLink, virtualClock } from "../../src/testing/mod.ts";

const NONE: OperationSubscription = { kind: "none" };

for (const servicer of [undefined, null, {}, { service: "no function" }]) {
  Deno.test(`serviceEnd() refuses ${JSON.stringify(servicer)} for a servicer`, () => {
    const given = servicer as Servicer; // as JavaScript may give it
    assertThrows(() => serviceEnd(given), TypeError, "service method");
  });
}

for (const maxHeldTickets of [0, -1, 1.5, NaN, Infinity]) {
  Deno.test(`invocationEnd() and serviceEnd() refuse to hold ${maxHeldTickets} tickets`, () => {
    assertThrows(() => invocationEnd({ maxHeldTickets }), RangeError, "maxHeldTickets");
    assertThrows(() => serviceEnd({ service: () => NONE }, { maxHeldTickets }), RangeError, "maxHeldTickets");
  });
}

const ARGUMENTS: readonly (readonly [string, unknown, unknown, unknown, unknown, string])[] = [
  ["a group that is no text", 1, "m", NONE, { timeout: 1 }, "group"],
  ["a method that is no text", "g", undefined, NONE, { timeout: 1 }, "method"],
  ["an unknown subscription", "g", "m", { kind: "all" }, { timeout: 1 }, "subscription"],
  ["no subscription", "g", "m", undefined, { timeout: 1 }, "subscription"],
  ["no timeout", "g", "m", NONE, {}, "timeout"],
];

for (const [what, group, method, subscription, options, named] of ARGUMENTS) {
  Deno.test(`operate() refuses ${what}, and begins nothing`, async () => {
    const clock = virtualClock();
    const end = invocationEnd({ clock });
    const recorder = recordingLink();
    end.joinLink(recorder);
    end.start();
    assertThrows(() => Reflect.apply(end.operate, end, [group, method, subscription, options]), TypeError, named);
    await clock.runMicrotasks();
    assertEquals([recorder.accepted, clock.pendingTimers], [[], 0]);
    await end.stop(0);
  });
}

Deno.test("operate() on a service end invokes like any other", async () => {
  const clock = virtualClock();
  const end = serviceEnd({ service: () => NONE }, { clock });
  const recorder = recordingLink();
  end.joinLink(recorder);
  end.start();
  const options: OperateOptions = { timeout: 1_000, payload: 1, completion: {} };
  const { context } = end.operate("group", "method", NONE, options);
  await clock.runMicrotasks();
  assertEquals(recorder.accepted.map(({ group, payload }) => [group, payload]), [["group", 1]]);
  assertEquals(context.outcome()?.kind, "completed");
  await end.stop(0);
});

Deno.test("serviceEnd() serves and invokes over one link without mixing the two up", async () => {
  const clock = virtualClock();
  const served: string[] = [];
  const makeEnd = (name: string) =>
    serviceEnd({
      service(_group, method, _context, output) {
        served.push(`${method} at ${name}`);
        output.advance({ completion: {} });
        return { kind: "full", operator: { advance() {} } };
      },
    }, { clock });
  const [left, right] = [makeEnd("left"), makeEnd("right")];
  left.joinLink(right);
  right.joinLink(left);
  left.start();
  right.start();
  const full: OperationSubscription = { kind: "full", operator: { advance() {} } };
  const options = { timeout: 1_000, completion: {} };
  const operations = [left.operate("g", "from left", full, options), right.operate("g", "from right", full, options)];
  await clock.runMicrotasks();
  assertEquals(served.sort(), ["from left at right", "from right at left"]);
  assertEquals(operations.map(({ context }) => context.outcome()?.kind), ["completed", "completed"]);
  assertEquals([left.operationStats().completed, right.operationStats().completed, clock.pendingTimers], [2, 2, 0]);
});

Deno.test("invocationEnd() takes the platform's clock by default", async () => {
  const end = invocationEnd();
  end.start();
  const { context } = end.operate("group", "method", NONE, { timeout: 1 });
  const { promise, resolve } = Promise.withResolvers<void>();
  context.addTerminationCallback(() => resolve());
  await promise;
  assertEquals(context.outcome()?.kind, "expired");
  await end.stop(0);
});

Deno.test("NoSuchMethodError carries a code and a message", () => {
  const error = new NoSuchMethodError("not_found", "gone");
  assertInstanceOf(error, Error);
  assertEquals([error.name, error.code, error.message], ["NoSuchMethodError", "not_found", "gone"]);
  assertEquals([new NoSuchMethodError().code, new NoSuchMethodError().message], [undefined, ""]);
});

Deno.test("OutcomeKind is frozen and its values are words", () => {
  assertEquals(Object.isFrozen(OutcomeKind), true);
  for (const [name, value] of Object.entries(OutcomeKind)) {
    assertEquals(value as string, name.toLowerCase().replaceAll("_", " "));
  }
});
