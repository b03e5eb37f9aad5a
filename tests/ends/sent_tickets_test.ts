/** What an operation makes of its application's steps, ticket for ticket (S15 to S18). */
import { assertEquals } from "@std/assert";
import { invocationEnd, type OperateOptions, type OperationSubscription, serviceEnd } from "../../src/ends/mod.ts";
import type { Operation, OperationContext, Operator } from "../../src/ends/types.ts";
import type { Ticket } from "../../src/links/mod.ts";
import { compact, recordingLink, virtualClock } from "../../src/testing/mod.ts";

const METADATA = [["key", "value"]] as const;
const FULL: OperationSubscription = { kind: "full", operator: { advance() {} } };
const OPENING = { group: "group", method: "method", subscription: "full", timeout: 1_000 } as const;

/** An operation, and what it has sent since the last look, without operation id and absent fields. */
interface Sending extends Operation {
  sent(): Promise<Omit<Ticket, "operationId">[]>;
  receive(ticket: Omit<Ticket, "operationId" | "sequenceNumber">): void;
}

/** Invokes an operation at an end that stops after the test. */
function invoked(options: Partial<OperateOptions> = {}, subscription = FULL): Sending & AsyncDisposable {
  const clock = virtualClock();
  const recorder = recordingLink();
  const end = invocationEnd({ clock });
  end.joinLink(recorder);
  end.start();
  const operation = end.operate("group", "method", subscription, { timeout: 1_000, ...options });
  let [taken, received] = [0, 0];
  return {
    context: operation.context,
    operator: operation.operator,
    async sent() {
      await clock.runMicrotasks();
      const tickets = recorder.accepted.slice(taken);
      taken += tickets.length;
      return tickets.map((ticket) => {
        const { operationId: _, ...rest } = compact(ticket);
        return rest;
      });
    },
    receive(ticket) {
      const operationId = recorder.accepted[0]?.operationId ?? "none";
      end.acceptTicket({ operationId, sequenceNumber: received++, ...ticket });
    },
    [Symbol.asyncDispose]: () => end.stop(0),
  };
}

Deno.test("S1 an operation opens with a ticket even with nothing else to send, and with one only", async () => {
  await using operation = invoked();
  assertEquals(await operation.sent(), [{ sequenceNumber: 0, ...OPENING }]);
  assertEquals(await operation.sent(), []);
});

Deno.test("S18 all steps before a ticket leaves are merged, except for payloads", async () => {
  await using operation = invoked();
  await operation.sent();
  operation.receive({ allowance: 5 });
  operation.operator.advance({ initialMetadata: METADATA, allowance: 1 });
  operation.operator.advance({ payload: 1, allowance: 2 });
  operation.operator.advance({ payload: 2 });
  operation.context.changeTimeout(500);
  operation.operator.advance({ completion: { code: "c" } });
  assertEquals(await operation.sent(), [
    { sequenceNumber: 1, timeout: 500, allowance: 3, initialMetadata: METADATA, payload: 1 },
    { sequenceNumber: 2, payload: 2, code: "c", termination: "completion" },
  ]);
});

Deno.test("S15 many payloads leave in order as they are granted, the completion with the last", async () => {
  await using operation = invoked();
  for (let payload = 0; payload < 20; payload++) operation.operator.advance({ payload });
  operation.operator.advance({ completion: {} });
  const payloads = (await operation.sent()).map(({ payload }) => payload);
  while (payloads.length < 20) {
    operation.receive({ allowance: 3 });
    const sent = await operation.sent();
    payloads.push(...sent.map(({ payload }) => payload));
    assertEquals(sent.at(-1)?.termination, payloads.length === 20 ? "completion" : undefined);
  }
  assertEquals(payloads, Array.from({ length: 20 }, (_, index) => index));
});

Deno.test("S16 tickets with more than a payload have the same fields in the same order", async () => {
  const tickets: Ticket[] = [];
  const clock = virtualClock();
  const end = invocationEnd({ clock });
  end.joinLink({ acceptTicket: (ticket) => tickets.push(ticket), joinLink() {} });
  end.start();
  const { context } = end.operate("group", "method", FULL, { timeout: 1_000, payload: 1, completion: {} });
  await clock.runMicrotasks();
  context.cancel();
  await clock.runMicrotasks();
  const [first, last] = tickets.map((ticket) => Object.keys(ticket));
  assertEquals([first?.length, last], [15, first]);
});

Deno.test("S9 grants and timeouts follow a completion", async () => {
  await using operation = invoked({ completion: {} });
  await operation.sent();
  operation.operator.advance({ allowance: 1 });
  operation.context.changeTimeout(300);
  assertEquals(await operation.sent(), [{ sequenceNumber: 1, timeout: 300, allowance: 1 }]);
});

Deno.test("S25 a clamped timeout leaves first and by itself, and the last one counts", async () => {
  await using operation = invoked();
  await operation.sent();
  operation.operator.advance({ initialMetadata: METADATA });
  operation.receive({ timeout: 5_000 });
  operation.receive({ timeout: 800 });
  operation.receive({ timeout: 4_000 });
  assertEquals(await operation.sent(), [
    { sequenceNumber: 1, timeout: 1_000 },
    { sequenceNumber: 2, initialMetadata: METADATA },
  ]);
});

Deno.test("S26 a timeout of the peer withdraws one that has not left", async () => {
  await using operation = invoked();
  await operation.sent();
  operation.context.changeTimeout(300);
  operation.receive({ timeout: 700 });
  assertEquals([await operation.sent(), operation.context.timeRemaining()], [[], 700]);
});

Deno.test("S22 an abort carries nothing else, and nothing follows", async () => {
  await using operation = invoked({ initialMetadata: METADATA, payload: 1, completion: {}, allowance: 4 });
  operation.context.changeTimeout(300);
  operation.context.cancel();
  assertEquals(await operation.sent(), [{ sequenceNumber: 0, termination: "cancellation" }]);
  operation.operator.advance({ allowance: 1 });
  assertEquals(await operation.sent(), []);
});

Deno.test("S33 an open direction is completed emptily, and what waits is discarded", async () => {
  await using operation = invoked();
  for (const payload of [1, 2, 3]) operation.operator.advance({ payload });
  operation.operator.advance({ completion: { code: "waits" } });
  assertEquals((await operation.sent()).length, 1);
  operation.receive({ termination: "completion" });
  assertEquals(await operation.sent(), [{ sequenceNumber: 1, termination: "completion" }]);
});

Deno.test("S33 a completion that waits for nothing leaves with what it says", async () => {
  await using operation = invoked();
  await operation.sent();
  operation.operator.advance({ completion: { terminalMetadata: METADATA, code: 0, message: "" } });
  operation.receive({ termination: "completion" });
  assertEquals(await operation.sent(), [
    { sequenceNumber: 1, terminalMetadata: METADATA, code: 0, message: "", termination: "completion" },
  ]);
});

Deno.test("S33 a completed direction closes without another ticket", async () => {
  await using operation = invoked({ completion: {} });
  await operation.sent();
  operation.operator.advance({ allowance: 3 });
  operation.receive({ termination: "completion" });
  assertEquals([await operation.sent(), operation.context.outcome()?.kind], [[], "completed"]);
});

Deno.test("S13 a peer that wants the termination is sent that, and what keeps the operation going", async () => {
  await using operation = invoked();
  for (const payload of [1, 2, 3]) operation.operator.advance({ payload });
  await operation.sent();
  operation.receive({ subscription: "termination" });
  operation.operator.advance({ payload: 4, allowance: 1 });
  operation.operator.advance({ completion: { code: "c" } });
  assertEquals(await operation.sent(), [{ sequenceNumber: 1, allowance: 1, code: "c", termination: "completion" }]);
});

Deno.test("S13 a service that wants nothing is sent grants and an abort", async () => {
  await using operation = invoked();
  await operation.sent();
  operation.receive({ subscription: "none" });
  operation.operator.advance({ payload: 1, allowance: 1, completion: {} });
  assertEquals(await operation.sent(), [{ sequenceNumber: 1, allowance: 1 }]);
  operation.context.cancel();
  assertEquals(await operation.sent(), [{ sequenceNumber: 2, termination: "cancellation" }]);
});

Deno.test("S13 an invocation that wants nothing is sent nothing, whatever its servicer does", async () => {
  const clock = virtualClock();
  const recorder = recordingLink();
  const began: [OperationContext, Operator][] = [];
  const end = serviceEnd({
    service(_group, _method, context, operator) {
      began.push([context, operator]);
      operator.advance({ payload: 1, allowance: 1 });
      return FULL;
    },
  }, { clock, maximumTimeoutMs: 10 });
  end.joinLink(recorder);
  end.start();
  end.acceptTicket({ operationId: 1, sequenceNumber: 0, ...OPENING, subscription: "none" });
  for (const [context, operator] of began) {
    operator.advance({ completion: {} });
    context.cancel();
  }
  await clock.runMicrotasks();
  assertEquals([began.length, recorder.accepted, end.operationStats().cancelled], [1, [], 1]);
});
