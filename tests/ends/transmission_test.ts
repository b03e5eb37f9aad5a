import { assertEquals } from "@std/assert";
import { Transmission } from "../../src/ends/transmission.ts";
import type { Ticket } from "../../src/links/mod.ts";
import { compact } from "../../src/testing/mod.ts";

const METADATA = [["key", "value"]] as const;
const OPENING = { group: "group", method: "method", subscription: "full" } as const;

/** Takes all tickets that can leave, without operation id and absent fields. */
function drain(transmission: Transmission): Omit<Ticket, "operationId">[] {
  const tickets: Omit<Ticket, "operationId">[] = [];
  for (let ticket = transmission.next(); ticket !== undefined; ticket = transmission.next()) {
    const { operationId, ...rest } = compact(ticket);
    assertEquals(operationId, "id");
    tickets.push(rest);
  }
  return tickets;
}

/** A transmission whose first ticket has left. */
function opened(): Transmission {
  const transmission = new Transmission("id", OPENING, true);
  drain(transmission);
  return transmission;
}

Deno.test("Transmission opens with a ticket that is due even with nothing to say", () => {
  const transmission = new Transmission("id", OPENING, true);
  assertEquals(drain(transmission), [{ sequenceNumber: 0, ...OPENING }]);
  assertEquals(drain(transmission), []);
});

Deno.test("Transmission whose opening is not due waits for something to say", () => {
  const transmission = new Transmission("id", undefined, false);
  assertEquals(drain(transmission), []);
  transmission.setOpening({ subscription: "termination" });
  assertEquals(drain(transmission), []);
  transmission.say({ allowance: 1 });
  assertEquals(drain(transmission), [{ sequenceNumber: 0, subscription: "termination", allowance: 1 }]);
});

Deno.test("Transmission merges what is said before a ticket leaves, but for payloads", () => {
  const transmission = opened();
  transmission.credit(5);
  transmission.say({ initialMetadata: METADATA, allowance: 1 });
  transmission.say({ payload: 1, allowance: 2 });
  transmission.say({ payload: 2 });
  transmission.sayTimeout(500);
  transmission.say({ completion: { code: "c" } });
  assertEquals(drain(transmission), [
    { sequenceNumber: 1, timeout: 500, allowance: 3, initialMetadata: METADATA, payload: 1 },
    { sequenceNumber: 2, payload: 2, code: "c", termination: "completion" },
  ]);
  assertEquals(transmission.completed, true);
});

Deno.test("Transmission gives every ticket the same fields in the same order", () => {
  const transmission = new Transmission("id", OPENING, true);
  transmission.say({ payload: 1, completion: {} });
  const first = Object.keys(transmission.next() ?? {});
  transmission.abort("cancellation", undefined, undefined);
  const last = Object.keys(transmission.next() ?? {});
  assertEquals([first.length, last], [14, first]);
});

Deno.test("Transmission does not say that it is completed before the completion has been taken", () => {
  const transmission = opened();
  transmission.say({ payload: 1 });
  transmission.say({ payload: 2 });
  transmission.say({ completion: {} });
  drain(transmission);
  assertEquals(transmission.completed, false);
  transmission.credit(1);
  drain(transmission);
  assertEquals(transmission.completed, true);
});

Deno.test("Transmission lets grants and timeouts follow a completion", () => {
  const transmission = opened();
  transmission.say({ completion: {} });
  drain(transmission);
  transmission.say({ allowance: 1 });
  transmission.sayTimeout(300);
  assertEquals(drain(transmission), [{ sequenceNumber: 2, timeout: 300, allowance: 1 }]);
});

Deno.test("Transmission sends an announced clamp first and by itself", () => {
  const transmission = opened();
  transmission.say({ payload: 1 });
  transmission.announceClamp(700);
  transmission.announceClamp(600);
  assertEquals(drain(transmission), [{ sequenceNumber: 1, timeout: 600 }, { sequenceNumber: 2, payload: 1 }]);
});

Deno.test("Transmission takes back a timeout that has not left, but for that of the first ticket", () => {
  const first = new Transmission("id", OPENING, true);
  first.sayTimeout(100);
  first.withdrawTimeout();
  assertEquals(drain(first), [{ sequenceNumber: 0, ...OPENING, timeout: 100 }]);
  first.sayTimeout(200);
  first.withdrawTimeout();
  assertEquals(drain(first), []);
});

Deno.test("Transmission aborts with one ticket that carries nothing else, then is silent", () => {
  const transmission = new Transmission("id", OPENING, true);
  transmission.say({ initialMetadata: METADATA, payload: 1, completion: {}, allowance: 4 });
  transmission.sayTimeout(100);
  transmission.announceClamp(50);
  transmission.abort("local failure", "c", "m");
  assertEquals(transmission.leaving, true);
  assertEquals(drain(transmission), [{ sequenceNumber: 0, termination: "local failure", code: "c", message: "m" }]);
  transmission.say({ payload: 2, allowance: 1 });
  assertEquals([transmission.leaving, drain(transmission)], [false, []]);
});

Deno.test("Transmission closes an open direction with an empty completion and discards what waits", () => {
  const transmission = opened();
  for (const payload of [1, 2]) transmission.say({ payload });
  transmission.say({ completion: { code: "waits" } });
  assertEquals(drain(transmission).length, 1);
  transmission.close();
  assertEquals(drain(transmission), [{ sequenceNumber: 2, termination: "completion" }]);
});

Deno.test("Transmission closes with the completion that was said if nothing waits before it", () => {
  const transmission = opened();
  transmission.say({ completion: { terminalMetadata: METADATA, code: 0, message: "" } });
  transmission.close();
  assertEquals(drain(transmission), [
    { sequenceNumber: 1, terminalMetadata: METADATA, code: 0, message: "", termination: "completion" },
  ]);
});

Deno.test("Transmission closes a completed direction without another word", () => {
  const transmission = opened();
  transmission.say({ completion: {} });
  drain(transmission);
  transmission.say({ allowance: 3 });
  transmission.close();
  assertEquals([transmission.leaving, drain(transmission)], [false, []]);
});

Deno.test("Transmission falls silent", () => {
  const transmission = new Transmission("id", OPENING, true);
  transmission.say({ payload: 1 });
  transmission.fallSilent();
  transmission.say({ payload: 2 });
  assertEquals(drain(transmission), []);
});

Deno.test("Transmission to an audience of terminations says how it ended, and what keeps the operation going", () => {
  const transmission = opened();
  transmission.say({ initialMetadata: METADATA, payload: 1 });
  transmission.setAudience("termination", true);
  transmission.say({ payload: 2, allowance: 1 });
  transmission.say({ completion: { code: "c" } });
  assertEquals(drain(transmission), [{ sequenceNumber: 1, allowance: 1, code: "c", termination: "completion" }]);
});

Deno.test("Transmission to an audience of nothing is muted where that is possible", () => {
  const muted = new Transmission("id", { subscription: "full" }, false);
  muted.setAudience("none", true);
  muted.say({ payload: 1, allowance: 1, completion: {} });
  muted.announceClamp(10);
  muted.abort("cancellation", undefined, undefined);
  assertEquals([muted.muted, muted.leaving, drain(muted)], [true, false, []]);
  const open = opened();
  open.setAudience("none", false);
  open.say({ payload: 1, allowance: 1, completion: {} });
  assertEquals([open.muted, drain(open)], [false, [{ sequenceNumber: 1, allowance: 1 }]]);
  open.abort("cancellation", undefined, undefined);
  assertEquals(drain(open), [{ sequenceNumber: 2, termination: "cancellation" }]);
});
