import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { joinLinks, type Link, type Ticket } from "../../src/links/mod.ts";
import { memoryLinkPair, recordingLink } from "../../src/testing/mod.ts";

function ticket(sequenceNumber: number): Ticket {
  return { operationId: 1, sequenceNumber };
}

function numbers(tickets: readonly Ticket[]): number[] {
  return tickets.map((each) => each.sequenceNumber);
}

Deno.test("memoryLinkPair() hands over the very ticket, in both directions, at once", () => {
  const pair = memoryLinkPair();
  const seen: [string, Ticket][] = [];
  const peerLink = (name: string): Link => ({ acceptTicket: (each) => seen.push([name, each]), joinLink() {} });
  joinLinks(peerLink("invocation"), pair.invocation);
  joinLinks(peerLink("service"), pair.service);
  const [there, back] = [ticket(0), ticket(1)];
  pair.invocation.acceptTicket(there);
  pair.service.acceptTicket(back);
  assertEquals(seen.map(([name]) => name), ["service", "invocation"]);
  assertStrictEquals(seen[0]?.[1], there);
  assertStrictEquals(seen[1]?.[1], back);
});

Deno.test("memoryLinkPair() drops tickets while it is not joined", () => {
  memoryLinkPair().service.acceptTicket(ticket(0));
});

Deno.test("memoryLinkPair() holds one direction and releases it in order", () => {
  const pair = memoryLinkPair();
  const service = recordingLink();
  const invocation = recordingLink();
  pair.service.joinLink(service);
  pair.invocation.joinLink(invocation);

  pair.invocation.hold();
  for (const number of [0, 1, 2, 3]) pair.invocation.acceptTicket(ticket(number));
  pair.service.acceptTicket(ticket(9));
  assertEquals(numbers(pair.invocation.held), [0, 1, 2, 3]);
  assertEquals([numbers(service.tickets), numbers(invocation.tickets)], [[], [9]]);

  pair.invocation.release(2);
  pair.invocation.acceptTicket(ticket(4));
  assertEquals([numbers(service.tickets), numbers(pair.invocation.held)], [[0, 1], [2, 3, 4]]);

  pair.invocation.release();
  pair.invocation.acceptTicket(ticket(5));
  assertEquals([numbers(service.tickets), numbers(pair.invocation.held)], [[0, 1, 2, 3, 4, 5], []]);
});

Deno.test("memoryLinkPair() keeps the order when a released ticket is answered at once", () => {
  const pair = memoryLinkPair();
  const seen: number[] = [];
  pair.service.joinLink({
    acceptTicket(each) {
      seen.push(each.sequenceNumber);
      if (each.sequenceNumber === 0) pair.invocation.acceptTicket(ticket(2));
    },
    joinLink() {},
  });
  pair.invocation.hold();
  pair.invocation.acceptTicket(ticket(0));
  pair.invocation.acceptTicket(ticket(1));
  pair.invocation.release();
  assertEquals(seen, [0, 1, 2]);
});

Deno.test("memoryLinkPair() passes an exception of the receiving link to the sender", () => {
  const pair = memoryLinkPair();
  pair.service.joinLink({
    acceptTicket() {
      throw new TypeError("broken");
    },
    joinLink() {},
  });
  assertThrows(() => pair.invocation.acceptTicket(ticket(0)), TypeError, "broken");
});

Deno.test("memoryLinkPair() hands over in a microtask if asked to, in order", async () => {
  const pair = memoryLinkPair({ delivery: "microtask" });
  const service = recordingLink();
  pair.service.joinLink(service);
  pair.invocation.acceptTicket(ticket(0));
  pair.invocation.acceptTicket(ticket(1));
  assertEquals(service.tickets, []);
  await Promise.resolve();
  assertEquals(numbers(service.tickets), [0, 1]);
});

Deno.test("memoryLinkPair() refuses an unknown delivery and a count that is not held", () => {
  assertThrows(() => memoryLinkPair({ delivery: "slow" as "microtask" }), TypeError, '"delivery"');
  const { invocation } = memoryLinkPair();
  invocation.hold();
  invocation.acceptTicket(ticket(0));
  for (const count of [0, 2, 0.5]) assertThrows(() => invocation.release(count), RangeError, "1 are held");
});
