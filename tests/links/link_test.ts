import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { joinLinks, type Link, NULL_LINK, type Ticket } from "../../src/links/mod.ts";

/** A link that notes with whom it is joined. */
class Noting implements Link {
  readonly peerLinks: Link[] = [];

  acceptTicket(_ticket: Ticket): void {}

  joinLink(link: Link): void {
    this.peerLinks.push(link);
  }
}

Deno.test("joinLinks() joins two links in both directions", () => {
  const [a, b] = [new Noting(), new Noting()];
  joinLinks(a, b);
  assertEquals([a.peerLinks.length, b.peerLinks.length], [1, 1]);
  assertStrictEquals(a.peerLinks[0], b);
  assertStrictEquals(b.peerLinks[0], a);
});

Deno.test("joinLinks() joins a link to itself", () => {
  const link = new Noting();
  joinLinks(link, link);
  assertEquals(link.peerLinks.length, 2);
});

Deno.test("joinLinks() lets out what a link throws", () => {
  const link = new Noting();
  const broken: Link = {
    acceptTicket() {},
    joinLink() {
      throw new TypeError("cannot be joined");
    },
  };
  assertThrows(() => joinLinks(link, broken), TypeError, "cannot be joined");
});

Deno.test("NULL_LINK swallows every ticket and says nothing", () => {
  const peerLink: Link = {
    acceptTicket() {
      throw new Error("NULL_LINK said something");
    },
    joinLink() {},
  };
  joinLinks(NULL_LINK, peerLink);
  NULL_LINK.acceptTicket({ operationId: 1, sequenceNumber: 0, payload: "lost" });
  NULL_LINK.acceptTicket({ operationId: 1, sequenceNumber: -1 });
});

Deno.test("NULL_LINK cannot be changed, since everyone shares it", () => {
  assertEquals(Object.isFrozen(NULL_LINK), true);
});
