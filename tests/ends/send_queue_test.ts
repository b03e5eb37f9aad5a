import { assertEquals } from "@std/assert";
import { SendQueue } from "../../src/ends/send_queue.ts";
import type { Ticket } from "../../src/links/mod.ts";
import { compact } from "../../src/testing/mod.ts";

const METADATA = [["key", "value"]] as const;
const OPENING = { group: "group", method: "method", subscription: "full" } as const;

/** Takes all tickets that can be sent, without operation id and absent fields. */
function drain(queue: SendQueue): Omit<Ticket, "operationId">[] {
  const tickets: Omit<Ticket, "operationId">[] = [];
  for (let ticket = queue.nextTicket(); ticket !== undefined; ticket = queue.nextTicket()) {
    const { operationId, ...rest } = compact(ticket);
    assertEquals(operationId, "id");
    tickets.push(rest);
  }
  return tickets;
}

/** A queue whose first ticket has been taken. */
function opened(): SendQueue {
  const queue = new SendQueue("id", OPENING, true);
  drain(queue);
  return queue;
}

Deno.test("SendQueue opens with a ticket that is due even with nothing else to send", () => {
  const queue = new SendQueue("id", OPENING, true);
  assertEquals(drain(queue), [{ sequenceNumber: 0, ...OPENING }]);
  assertEquals(drain(queue), []);
});

Deno.test("SendQueue whose opening is not due waits for something to send", () => {
  const queue = new SendQueue("id", undefined, false);
  assertEquals(drain(queue), []);
  queue.setOpening({ subscription: "termination" });
  assertEquals(drain(queue), []);
  queue.enqueue({ allowance: 1 });
  assertEquals(drain(queue), [{ sequenceNumber: 0, subscription: "termination", allowance: 1 }]);
});

Deno.test("SendQueue merges all steps before a ticket is taken, except for payloads", () => {
  const queue = opened();
  queue.credit(5);
  queue.enqueue({ initialMetadata: METADATA, allowance: 1 });
  queue.enqueue({ payload: 1, allowance: 2 });
  queue.enqueue({ payload: 2 });
  queue.queueTimeout(500);
  queue.enqueue({ completion: { code: "c" } });
  assertEquals(drain(queue), [
    { sequenceNumber: 1, timeout: 500, allowance: 3, initialMetadata: METADATA, payload: 1 },
    { sequenceNumber: 2, payload: 2, code: "c", termination: "completion" },
  ]);
  assertEquals(queue.completed, true);
});

Deno.test("SendQueue gives every ticket the same fields in the same order", () => {
  const queue = new SendQueue("id", OPENING, true);
  queue.enqueue({ payload: 1, completion: {} });
  const first = Object.keys(queue.nextTicket() ?? {});
  queue.abort("cancellation", undefined, undefined);
  const last = Object.keys(queue.nextTicket() ?? {});
  assertEquals([first.length, last], [15, first]);
});

Deno.test("SendQueue is not completed before the completion has been taken", () => {
  const queue = opened();
  queue.enqueue({ payload: 1 });
  queue.enqueue({ payload: 2 });
  queue.enqueue({ completion: {} });
  drain(queue);
  assertEquals(queue.completed, false);
  queue.credit(1);
  drain(queue);
  assertEquals(queue.completed, true);
});

Deno.test("SendQueue lets grants and timeouts follow a completion", () => {
  const queue = opened();
  queue.enqueue({ completion: {} });
  drain(queue);
  queue.enqueue({ allowance: 1 });
  queue.queueTimeout(300);
  assertEquals(drain(queue), [{ sequenceNumber: 2, timeout: 300, allowance: 1 }]);
});

Deno.test("SendQueue sends a clamped timeout first and by itself", () => {
  const queue = opened();
  queue.enqueue({ payload: 1 });
  queue.queueClampedTimeout(700);
  queue.queueClampedTimeout(600);
  assertEquals(drain(queue), [{ sequenceNumber: 1, timeout: 600 }, { sequenceNumber: 2, payload: 1 }]);
});

Deno.test("SendQueue withdraws a timeout that has not been taken, except for that of the first ticket", () => {
  const first = new SendQueue("id", OPENING, true);
  first.queueTimeout(100);
  first.withdrawTimeout();
  assertEquals(drain(first), [{ sequenceNumber: 0, ...OPENING, timeout: 100 }]);
  first.queueTimeout(200);
  first.withdrawTimeout();
  assertEquals(drain(first), []);
});

Deno.test("SendQueue aborts with one ticket that carries nothing else, and then nothing", () => {
  const queue = new SendQueue("id", OPENING, true);
  queue.enqueue({ initialMetadata: METADATA, payload: 1, completion: {}, allowance: 4 });
  queue.queueTimeout(100);
  queue.queueClampedTimeout(50);
  queue.abort("local failure", "c", "m");
  assertEquals(queue.hasFinalTicket, true);
  assertEquals(drain(queue), [{ sequenceNumber: 0, termination: "local failure", code: "c", message: "m" }]);
  queue.enqueue({ payload: 2, allowance: 1 });
  assertEquals([queue.hasFinalTicket, drain(queue)], [false, []]);
});

Deno.test("SendQueue completes an open direction with an empty completion and discards what waits", () => {
  const queue = opened();
  for (const payload of [1, 2]) queue.enqueue({ payload });
  queue.enqueue({ completion: { code: "waits" } });
  assertEquals(drain(queue).length, 1);
  queue.completeSend();
  assertEquals(drain(queue), [{ sequenceNumber: 2, termination: "completion" }]);
});

Deno.test("SendQueue completes with the queued completion if no payload waits before it", () => {
  const queue = opened();
  queue.enqueue({ completion: { terminalMetadata: METADATA, code: 0, message: "" } });
  queue.completeSend();
  assertEquals(drain(queue), [
    { sequenceNumber: 1, terminalMetadata: METADATA, code: 0, message: "", termination: "completion" },
  ]);
});

Deno.test("SendQueue closes a completed direction without another ticket", () => {
  const queue = opened();
  queue.enqueue({ completion: {} });
  drain(queue);
  queue.enqueue({ allowance: 3 });
  queue.completeSend();
  assertEquals([queue.hasFinalTicket, drain(queue)], [false, []]);
});

Deno.test("SendQueue sends nothing once it is closed", () => {
  const queue = new SendQueue("id", OPENING, true);
  queue.enqueue({ payload: 1 });
  queue.closeSend();
  queue.enqueue({ payload: 2 });
  assertEquals(drain(queue), []);
});

Deno.test("SendQueue to a peer that wants the termination sends that, and what keeps the operation going", () => {
  const queue = opened();
  queue.enqueue({ initialMetadata: METADATA, payload: 1 });
  queue.setPeerSubscription("termination", true);
  queue.enqueue({ payload: 2, allowance: 1 });
  queue.enqueue({ completion: { code: "c" } });
  assertEquals(drain(queue), [{ sequenceNumber: 1, allowance: 1, code: "c", termination: "completion" }]);
});

Deno.test("SendQueue to a peer that wants nothing is suppressed where that is possible", () => {
  const suppressed = new SendQueue("id", { subscription: "full" }, false);
  suppressed.setPeerSubscription("none", true);
  suppressed.enqueue({ payload: 1, allowance: 1, completion: {} });
  suppressed.queueClampedTimeout(10);
  suppressed.abort("cancellation", undefined, undefined);
  assertEquals([suppressed.suppressed, suppressed.hasFinalTicket, drain(suppressed)], [true, false, []]);
  const open = opened();
  open.setPeerSubscription("none", false);
  open.enqueue({ payload: 1, allowance: 1, completion: {} });
  assertEquals([open.suppressed, drain(open)], [false, [{ sequenceNumber: 1, allowance: 1 }]]);
  open.abort("cancellation", undefined, undefined);
  assertEquals(drain(open), [{ sequenceNumber: 2, termination: "cancellation" }]);
});
