import { assert, assertEquals } from "@std/assert";
import { AllowanceGate } from "../../src/exchange/allowance_gate.ts";
import { isBrowser } from "../../src/transport/client/repetition.ts";
import { TicketCount } from "../../src/exchange/ticket_count.ts";

Deno.test("TicketCount implies the next number and takes others at their word", () => {
  const count = new TicketCount();
  assertEquals([undefined, undefined, 7, undefined, 3, undefined].map((n) => count.number(n)), [0, 1, 7, 8, 3, 4]);
  assertEquals(count.next, 5);
});

Deno.test("TicketCount is complete when all up to the completion have passed", () => {
  const count = new TicketCount();
  count.pass(0, undefined);
  count.pass(2, "completion");
  assert(!count.complete);
  count.pass(1, undefined);
  assert(count.complete);
});

Deno.test("AllowanceGate lets one payload through, then as many as are granted, in order", () => {
  const gate = new AllowanceGate();
  assert(gate.admit("a"));
  assert(gate.admit(undefined));
  assert(!gate.admit("b"));
  const held = (payload: unknown) => gate.hold({ number: 0, fields: undefined, payload, bytes: 10 });
  held("b");
  assert(!gate.admit(undefined), "what comes later waits, too");
  held(undefined);
  held("c");
  assertEquals(gate.heldBytes, 30);
  assertEquals(gate.release(), undefined);
  gate.grant(1);
  assertEquals([gate.release()?.payload, gate.release()?.payload, gate.release()], ["b", undefined, undefined]);
  assertEquals(gate.heldBytes, 10);
  gate.grant(2);
  assertEquals(gate.release()?.payload, "c");
  assert(gate.empty);
  assert(gate.admit("d"));
  assert(!gate.admit("e"));
});

Deno.test("AllowanceGate holds many tickets and lets go of them", () => {
  const gate = new AllowanceGate();
  gate.admit(0);
  for (let payload = 1; payload <= 10_000; payload++) {
    gate.hold({ number: payload, fields: undefined, payload, bytes: 1 });
  }
  gate.grant(9_000);
  for (let payload = 1; payload <= 9_000; payload++) assertEquals(gate.release()?.payload, payload);
  assertEquals(gate.release(), undefined);
  assertEquals(gate.heldBytes, 1_000);
  gate.clear();
  assertEquals(gate.heldBytes, 0);
  assert(gate.empty);
});

Deno.test("isBrowser() tells windows and workers from servers", () => {
  assert(isBrowser({ document: {} }));
  assert(isBrowser({ importScripts: () => {} }));
  assert(!isBrowser({}));
  assert(!isBrowser({ Deno: {}, document: {} }));
  assert(!isBrowser({ Bun: {}, importScripts: () => {} }));
  assert(!isBrowser(globalThis));
});
