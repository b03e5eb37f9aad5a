/**
 * What a link may rely on (S47): a ticket may be handed over at any time, also while the link that gets it is sending or is
 * taking in another one.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { invocationEnd, type Outcome, serviceEnd, type Step } from "../../src/ends/mod.ts";
import { joinLinks, type Link, NULL_LINK, type Ticket } from "../../src/links/mod.ts";
import { memoryLinkPair, virtualClock } from "../../src/testing/mod.ts";
import { invocationLink, serviceLink } from "../../src/transport/mod.ts";

/** A link that answers tickets before `acceptTicket()` returns. */
class Answering implements Link {
  readonly accepted: Ticket[] = [];
  readonly #answer: (ticket: Ticket) => Ticket | undefined;
  #peerLink: Link = NULL_LINK;

  constructor(answer: (ticket: Ticket) => Ticket | undefined) {
    this.#answer = answer;
  }

  acceptTicket(ticket: Ticket): void {
    this.accepted.push(ticket);
    const answer = this.#answer(ticket);
    if (answer !== undefined) this.#peerLink.acceptTicket(answer);
  }

  joinLink(link: Link): void {
    this.#peerLink = link;
  }
}

const TIMEOUT = 10_000;

Deno.test("S47 an end takes in what comes while it hands over a ticket after that, and before it sends anything else", async () => {
  const end = invocationEnd({ clock: virtualClock() });
  const said: string[] = [];
  const peer: Link = {
    acceptTicket({ operationId, payload }) {
      end.acceptTicket({ operationId, sequenceNumber: 0, termination: "shutdown" });
      said.push(`sent ${payload}`);
    },
    joinLink() {},
  };
  joinLinks(end, peer);
  end.start();
  for (const payload of ["a", "b"]) {
    const terminationCallback = ({ kind }: Outcome) => said.push(`${payload} ended: ${kind}`);
    end.operate("group", "method", { kind: "termination", terminationCallback }, { timeout: TIMEOUT, payload });
  }
  await end.stop(TIMEOUT);
  assertEquals(said, ["sent a", "a ended: remote shutdown", "sent b", "b ended: remote shutdown"]);
});

Deno.test("S47 an end takes in what comes while it takes in another ticket after that, in order across operations", async () => {
  const end = invocationEnd({ clock: virtualClock() });
  end.start();
  const said: string[] = [];
  const ids: unknown[] = [];
  joinLinks(end, new Answering(({ operationId }) => void ids.push(operationId)));
  const later = (operationId: unknown, sequenceNumber: number, payload: string): Ticket => ({
    operationId: operationId as Ticket["operationId"], // one that the end has made
    sequenceNumber,
    payload,
    allowance: 1,
  });
  const operate = (name: string, then: () => void) => {
    const operator = {
      advance({ payload }: Step) {
        said.push(`${name} begins ${payload}`);
        if (payload === "1") then();
        said.push(`${name} has ${payload}`);
      },
    };
    end.operate("group", "method", { kind: "full", operator }, { timeout: TIMEOUT, allowance: 9 });
  };
  operate("first", () => {
    end.acceptTicket(later(ids[0], 1, "2"));
    end.acceptTicket(later(ids[1], 0, "1"));
    end.acceptTicket(later(ids[0], 2, "3"));
  });
  operate("second", () => end.acceptTicket(later(ids[0], 3, "4")));
  await Promise.resolve();
  end.acceptTicket(later(ids[0], 0, "1"));
  assertEquals(said, [
    ...["first begins 1", "first has 1", "first begins 2", "first has 2", "second begins 1", "second has 1"],
    ...["first begins 3", "first has 3", "first begins 4", "first has 4"],
  ]);
  await end.stop(0);
});

Deno.test("S47 an end takes in what comes while it calls its servicer", async () => {
  const link = new Answering(() => undefined);
  const said: string[] = [];
  const first = { subscription: "full", timeout: TIMEOUT, group: "group", termination: "completion" } as const;
  const end = serviceEnd({
    service(_group, method, _context, output) {
      said.push(`begins ${method}`);
      if (method === "a") end.acceptTicket({ operationId: 2, sequenceNumber: 0, ...first, method: "b" });
      output.advance({ completion: {} });
      said.push(`serves ${method}`);
      return { kind: "full", operator: { advance() {} } };
    },
  }, { clock: virtualClock() });
  joinLinks(end, link);
  end.start();
  end.acceptTicket({ operationId: 1, sequenceNumber: 0, ...first, method: "a" });
  assertEquals(said, ["begins a", "serves a", "begins b", "serves b"]);
  await end.stop(TIMEOUT);
  assertEquals(link.accepted.map(({ operationId, termination }) => [operationId, termination]), [
    [1, "completion"],
    [2, "completion"],
  ]);
});

Deno.test("S36, S47 an operator that throws amid tickets that wait ends its operation and no other", async () => {
  const errors: unknown[] = [];
  const end = invocationEnd({ clock: virtualClock(), onError: (error) => errors.push(error) });
  const ids: Ticket["operationId"][] = [];
  joinLinks(end, new Answering(({ operationId }) => void ids.push(operationId)));
  end.start();
  const contexts = ["first", "second", "third"].map((name) => {
    const operator = {
      advance() {
        const next = name === "first" ? ids.slice(1) : [];
        for (const operationId of next) end.acceptTicket({ operationId, sequenceNumber: 0, payload: 1 });
        if (name !== "third") throw new Error(name);
      },
    };
    return end.operate("group", "method", { kind: "full", operator }, { timeout: TIMEOUT }).context;
  });
  await Promise.resolve();
  end.acceptTicket({ operationId: ids[0]!, sequenceNumber: 0, payload: 1 });
  assertEquals(contexts.map((context) => context.outcome()?.kind), ["local failure", "local failure", undefined]);
  assertEquals(errors.map(String), ["Error: first", "Error: second"]);
  await end.stop(0);
});

Deno.test("S47 a hundred thousand tickets, each handed over while the one before is taken in, do not fill the stack", async () => {
  const tickets = 100_000;
  const pair = memoryLinkPair();
  const end = invocationEnd({ clock: virtualClock() });
  joinLinks(end, pair.invocation);
  const peer = new Answering(({ operationId }) => ({ operationId, sequenceNumber: 0, payload: 0 }));
  joinLinks(pair.service, peer);
  end.start();
  let received = 0;
  const operator = {
    advance() {
      received += 1;
      if (received < tickets) {
        const { operationId } = peer.accepted[0]!;
        pair.service.acceptTicket({ operationId, sequenceNumber: received, payload: received });
      }
    },
  };
  end.operate("group", "method", { kind: "full", operator }, { timeout: TIMEOUT, allowance: tickets });
  await Promise.resolve();
  assertEquals(received, tickets);
  await end.stop(0);
});

Deno.test("S43, S47 a link that cannot carry an operation says so before acceptTicket() returns", async () => {
  const clock = virtualClock();
  const closed = invocationLink("http://localhost/", { clock });
  await closed.close();
  for (const link of [closed, serviceLink({ clock })]) {
    const peer = new Answering(() => undefined);
    joinLinks(link, peer);
    link.acceptTicket({ operationId: "a", sequenceNumber: 0, group: "group", method: "method", timeout: TIMEOUT });
    assertEquals(peer.accepted.map(({ operationId, termination }) => [operationId, termination]), [
      ["a", "transmission failure"],
    ]);
  }
});

Deno.test("S47 a link takes in what its peer link hands over before it has taken the link's own ticket", async () => {
  const clock = virtualClock();
  const link = invocationLink("http://localhost/", { clock });
  await link.close();
  const said: string[] = [];
  const kickOff = (operationId: string): Ticket => {
    return { operationId, sequenceNumber: 0, group: "group", method: "method", timeout: TIMEOUT };
  };
  // Each operation that the closed link ends is replaced by another.
  const peer: Link = {
    acceptTicket({ operationId }) {
      const next = `${String(operationId)}'`;
      if (next.length < 5) link.acceptTicket(kickOff(next));
      said.push(`${String(operationId)} is taken`);
    },
    joinLink() {},
  };
  joinLinks(link, peer);
  link.acceptTicket(kickOff("a"));
  assertEquals(said, ["a is taken", "a' is taken", "a'' is taken", "a''' is taken"]);
});
