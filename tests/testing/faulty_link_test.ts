import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { type Link, NULL_LINK } from "../../src/links/mod.ts";
import { type Faults, faultyLink, recordingLink, virtualClock } from "../../src/testing/mod.ts";

/** What comes out, by sequence number, when tickets 0 to 3 go in. */
function passed(faults: Faults): number[] {
  const recorder = recordingLink();
  const link = faultyLink(recorder, { accepted: faults });
  for (let sequenceNumber = 0; sequenceNumber < 4; sequenceNumber++) {
    link.acceptTicket({ operationId: 1, sequenceNumber });
  }
  return recorder.accepted.map((ticket) => ticket.sequenceNumber);
}

/** A link that says what it is made to say. */
function speaker(): Link & { say(sequenceNumber: number): void } {
  let peerLink: Link | undefined;
  return {
    say: (sequenceNumber) => peerLink?.acceptTicket({ operationId: 1, sequenceNumber }),
    acceptTicket() {},
    joinLink: (link) => peerLink = link,
  };
}

Deno.test("faultyLink() without faults passes everything on, in both directions", () => {
  assertEquals(passed({}), [0, 1, 2, 3]);
  const source = speaker();
  const heard = recordingLink();
  faultyLink(source).joinLink(heard);
  source.say(7);
  assertEquals(heard.accepted, [{ operationId: 1, sequenceNumber: 7 }]);
});

Deno.test("faultyLink() drops, doubles and reorders by rule", () => {
  assertEquals(passed({ drop: (_ticket, index) => index === 1 }), [0, 2, 3]);
  assertEquals(passed({ duplicate: (ticket) => ticket.sequenceNumber === 2 }), [0, 1, 2, 2, 3]);
  assertEquals(passed({ reorder: (_ticket, index) => index === 0 ? 2 : 0 }), [1, 2, 0, 3]);
  assertEquals(passed({ reorder: (_ticket, index) => index === 3 ? 1 : 0 }), [0, 1, 2]);
  assertEquals(passed({ alter: (ticket) => ({ ...ticket, sequenceNumber: ticket.sequenceNumber + 10 }) }), [
    10,
    11,
    12,
    13,
  ]);
});

Deno.test("faultyLink() throws by rule, before anything passes", () => {
  const recorder = recordingLink();
  const link = faultyLink(recorder, { accepted: { throwOn: (_ticket, index) => index === 1 } });
  link.acceptTicket({ operationId: 1, sequenceNumber: 0 });
  assertThrows(() => link.acceptTicket({ operationId: 1, sequenceNumber: 1 }), Error, "on purpose");
  link.acceptTicket({ operationId: 1, sequenceNumber: 2 });
  assertEquals(recorder.accepted.map((ticket) => ticket.sequenceNumber), [0, 2]);
});

Deno.test("faultyLink() delays by the clock it is given", async () => {
  const clock = virtualClock();
  const recorder = recordingLink();
  const link = faultyLink(recorder, { clock, accepted: { delay: (_ticket, index) => index === 0 ? 50 : 0 } });
  link.acceptTicket({ operationId: 1, sequenceNumber: 0 });
  link.acceptTicket({ operationId: 1, sequenceNumber: 1 });
  await clock.advance(49);
  assertEquals(recorder.accepted.map((ticket) => ticket.sequenceNumber), [1]);
  await clock.advance(1);
  assertEquals(recorder.accepted.map((ticket) => ticket.sequenceNumber), [1, 0]);
});

Deno.test("faultyLink() disturbs what the link says apart from what it is told", () => {
  const source = speaker();
  const told = recordingLink(source);
  const heard = recordingLink();
  const link = faultyLink(told, { emitted: { drop: (_ticket, index) => index === 0 } });
  link.joinLink(heard);
  link.acceptTicket({ operationId: 1, sequenceNumber: 0 });
  source.say(1);
  source.say(2);
  assertEquals(told.accepted, [{ operationId: 1, sequenceNumber: 0 }]);
  assertEquals(heard.accepted, [{ operationId: 1, sequenceNumber: 2 }]);
});

Deno.test("faultyLink() joins its peer link to the link that the disturbed one names", () => {
  let peerLink: Link | undefined;
  let named: Link | undefined;
  const link = faultyLink({ acceptTicket() {}, joinLink: (each) => peerLink = each });
  link.joinLink({ acceptTicket() {}, joinLink: (each) => named = each });
  peerLink?.joinLink(NULL_LINK);
  assertStrictEquals(named, NULL_LINK);
});
