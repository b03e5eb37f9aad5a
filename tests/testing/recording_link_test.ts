import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { joinLinks, type Link, NULL_LINK, type Ticket } from "../../src/links/mod.ts";
import { compact, recordingLink } from "../../src/testing/mod.ts";

const PING: Ticket = { operationId: 1, sequenceNumber: 0, payload: "ping", code: undefined };
const PONG: Ticket = { operationId: 1, sequenceNumber: 0, payload: "pong" };

/** A link that answers every ticket with PONG. */
function answering(): Link & { readonly taken: Ticket[] } {
  let peerLink: Link | undefined;
  const taken: Ticket[] = [];
  return {
    taken,
    acceptTicket(ticket) {
      taken.push(ticket);
      peerLink?.acceptTicket(PONG);
    },
    joinLink: (link) => peerLink = link,
  };
}

Deno.test("recordingLink() notes both directions in order and passes the very tickets on", () => {
  const link = answering();
  const recorder = recordingLink(link);
  const back: Ticket[] = [];
  recorder.joinLink({ acceptTicket: (ticket) => back.push(ticket), joinLink() {} });
  recorder.acceptTicket(PING);
  assertStrictEquals(link.taken[0], PING);
  assertStrictEquals(back[0], PONG);
  assertEquals(recorder.records, [
    { direction: "accepted", ticket: { operationId: 1, sequenceNumber: 0, payload: "ping" } },
    { direction: "emitted", ticket: PONG },
  ]);
  assertEquals(recorder.tickets, [compact(PING), PONG]);
  assertEquals([recorder.accepted, recorder.emitted], [[compact(PING)], [PONG]]);
});

Deno.test("recordingLink() notes a ticket that the link throws for", () => {
  const recorder = recordingLink({
    acceptTicket() {
      throw new Error("broken");
    },
    joinLink() {},
  });
  let thrown = false;
  try {
    recorder.acceptTicket(PING);
  } catch {
    thrown = true;
  }
  assert(thrown);
  assertEquals(recorder.accepted.length, 1);
});

Deno.test("recordingLink() alone notes what it is told", () => {
  const recorder = recordingLink();
  joinLinks(recorder, recordingLink());
  recorder.acceptTicket(PING);
  assertEquals(recorder.tickets, [compact(PING)]);
  recorder.clear();
  assertEquals(recorder.tickets, []);
});

Deno.test("recordingLink() joins its peer link to the link that the recorded one names", () => {
  let peerLink: Link | undefined;
  let named: Link | undefined;
  const recorder = recordingLink({ acceptTicket() {}, joinLink: (link) => peerLink = link });
  recorder.joinLink({ acceptTicket() {}, joinLink: (link) => named = link });
  peerLink?.joinLink(NULL_LINK);
  assertStrictEquals(named, NULL_LINK);
});

Deno.test("recordingLink() waits for a number of tickets", async () => {
  const recorder = recordingLink();
  const two = recorder.waitFor(2);
  const one = recorder.waitFor(1);
  recorder.acceptTicket(PING);
  assertEquals((await one).length, 1);
  recorder.acceptTicket(PING);
  assertEquals((await two).length, 2);
  assertEquals((await recorder.waitFor(2)).length, 2);
});

Deno.test("recordingLink() ends a wait by its signal", async () => {
  const recorder = recordingLink();
  const controller = new AbortController();
  const waiting = recorder.waitFor(1, { signal: controller.signal });
  controller.abort(new RangeError("enough"));
  await assertRejects(() => waiting, RangeError, "enough");
  await assertRejects(() => recorder.waitFor(1, { signal: controller.signal }), RangeError, "enough");
  recorder.acceptTicket(PING);
});

Deno.test("compact() drops absent fields only", () => {
  const ticket: Ticket = { operationId: 0, sequenceNumber: 0, payload: null, code: 0, message: "", method: undefined };
  assertEquals(compact(ticket), { operationId: 0, sequenceNumber: 0, payload: null, code: 0, message: "" });
  assert(!("method" in compact(ticket)));
  assert(Object.isFrozen(compact(ticket)));
});
