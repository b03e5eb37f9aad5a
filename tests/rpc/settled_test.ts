/** S48: the transport hears what the application has consumed, and when nothing works for a call any more. */
import { assertEquals } from "@std/assert";
import { type End, invocationEnd, serviceEnd } from "../../src/ends/mod.ts";
import { type Link, type OperationId, servicer, Termination, type Ticket } from "../../src/links/mod.ts";
import {
  bidiStreaming,
  bytesSerializer,
  clientStreaming,
  createClient,
  defineService,
  type Handlers,
  implement,
  serverStreaming,
  unary,
} from "../../mod.ts";
import { settled } from "./_serving.ts";

const BYTES = { inputSerializer: bytesSerializer, outputSerializer: bytesSerializer } as const;
const Bytes = defineService("demo.Bytes", {
  one: unary<Uint8Array, Uint8Array>(BYTES),
  many: serverStreaming<Uint8Array, Uint8Array>(BYTES),
  last: clientStreaming<Uint8Array, Uint8Array>(BYTES),
  each: bidiStreaming<Uint8Array, Uint8Array>(BYTES),
});
const LARGE = new Uint8Array(100_000);
const NOTHING = new Uint8Array();

/** A transport that a test plays, and what it hears beside tickets. */
class Transport implements Link {
  readonly tickets: Ticket[] = [];
  readonly heard: string[] = [];
  #mate: Link | undefined;
  #next = 0;

  acceptTicket(ticket: Ticket): void {
    this.tickets.push(ticket);
  }

  joinLink(link: Link): void {
    this.#mate = link;
  }

  consumed(_operationId: OperationId, payloads: number): void {
    this.heard.push(`consumed ${payloads}`);
  }

  settled(): void {
    this.heard.push("settled");
  }

  /** What has been heard since this was last asked, when all that can run has run. */
  async takeHeard(): Promise<string[]> {
    await settled();
    return this.heard.splice(0);
  }

  /** Delivers a ticket of the one operation. */
  deliver(ticket: Partial<Ticket>, operationId: OperationId = 1): void {
    this.#mate!.acceptTicket({ operationId, sequenceNumber: this.#next++, ...ticket });
  }
}

const UNUSED: Handlers<typeof Bytes.methods> = {
  one: () => NOTHING,
  many: () => [],
  last: () => NOTHING,
  each: () => [],
};

/** A server's end with a transport. */
async function served(
  handlers: Partial<Handlers<typeof Bytes.methods>>,
  test: (transport: Transport) => Promise<void>,
): Promise<void> {
  const transport = new Transport();
  const implementation = implement(Bytes, { ...UNUSED, ...handlers });
  const end = serviceEnd(servicer(implementation, { onError: () => {} }), { onError: () => {} });
  await joined(end, transport, () => test(transport));
}

async function joined(end: End, transport: Transport, test: () => Promise<void>): Promise<void> {
  end.joinLink(transport);
  transport.joinLink(end);
  end.start();
  await test();
  await end.stop(0);
}

function open(method: string, ticket: Partial<Ticket> = {}): Partial<Ticket> {
  return { group: "demo.Bytes", method, subscription: "full", timeout: 60_000, allowance: 100, ...ticket };
}

const WHOLE = { payload: LARGE, termination: Termination.COMPLETION } as const;
const CANCEL = { termination: Termination.CANCELLATION } as const;

Deno.test("S48 a call whose handler returns at once settles when it is over", async () => {
  await served({ one: () => NOTHING }, async (transport) => {
    transport.deliver(open("one", WHOLE));
    assertEquals((await transport.takeHeard()).filter((word) => word === "settled").length, 1);
  });
});

for (const [how, ticket] of [["cancelled", CANCEL], ["one-way", undefined]] as const) {
  Deno.test(`S48 a call that is ${how} settles when its handler has`, async () => {
    const work = Promise.withResolvers<Uint8Array>();
    await served({ one: () => work.promise }, async (transport) => {
      transport.deliver(open("one", { ...WHOLE, subscription: ticket === undefined ? "none" : "full" }));
      if (ticket !== undefined) transport.deliver(ticket);
      assertEquals(await transport.takeHeard(), ["consumed 1"]);
      work.resolve(NOTHING);
      assertEquals(await transport.takeHeard(), ["settled"]);
    });
  });

  Deno.test(`S48 a call that is ${how} settles when its handler has failed`, async () => {
    const work = Promise.withResolvers<Uint8Array>();
    await served({ one: () => work.promise }, async (transport) => {
      transport.deliver(open("one", { ...WHOLE, subscription: ticket === undefined ? "none" : "full" }));
      if (ticket !== undefined) transport.deliver(ticket);
      assertEquals(await transport.takeHeard(), ["consumed 1"]);
      work.reject(new Error("Broken"));
      assertEquals(await transport.takeHeard(), ["settled"]);
    });
  });
}

Deno.test("S48 a call that is cancelled settles when the generator has that is at work", async () => {
  const work = Promise.withResolvers<void>();
  let isClosed = false;
  const many = async function* (): AsyncGenerator<Uint8Array> {
    try {
      yield LARGE;
      await work.promise;
      yield LARGE;
    } finally {
      isClosed = true;
    }
  };
  await served({ many }, async (transport) => {
    transport.deliver(open("many", WHOLE));
    await settled();
    transport.deliver(CANCEL);
    assertEquals([await transport.takeHeard(), isClosed], [["consumed 1"], false]);
    work.resolve();
    assertEquals([await transport.takeHeard(), isClosed], [["settled"], true]);
  });
});

Deno.test("S48 a call that is cancelled settles when the generator has closed that waits for grants", async () => {
  const closing = Promise.withResolvers<void>();
  const many = async function* (): AsyncGenerator<Uint8Array> {
    try {
      for (;;) yield LARGE;
    } finally {
      await closing.promise;
    }
  };
  await served({ many }, async (transport) => {
    transport.deliver(open("many", { ...WHOLE, allowance: undefined }));
    await settled();
    transport.deliver(CANCEL);
    assertEquals(await transport.takeHeard(), ["consumed 1"]);
    closing.resolve();
    assertEquals(await transport.takeHeard(), ["settled"]);
  });
});

Deno.test("S48 a call that is cancelled settles when the handler has that takes a stream", async () => {
  const work = Promise.withResolvers<Uint8Array>();
  await served({ last: () => work.promise }, async (transport) => {
    transport.deliver(open("last"));
    await settled();
    transport.deliver(CANCEL);
    assertEquals(await transport.takeHeard(), []);
    work.resolve(NOTHING);
    assertEquals(await transport.takeHeard(), ["settled"]);
  });
});

Deno.test("S48 a call that is cancelled before its handler has begun settles", async () => {
  await served({}, async (transport) => {
    transport.deliver(open("last"));
    transport.deliver(CANCEL);
    assertEquals(await transport.takeHeard(), ["settled"]);
  });
});

Deno.test("S48 a stream of both kinds settles once, when it is over", async () => {
  const each = async function* (requests: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const request of requests) yield request;
  };
  await served({ each }, async (transport) => {
    transport.deliver(open("each"));
    for (let i = 0; i < 5; i++) transport.deliver({ payload: LARGE });
    transport.deliver({ termination: "completion" });
    const heard = await transport.takeHeard();
    assertEquals(heard.filter((word) => word === "settled").length, 1);
    assertEquals(heard.at(-1), "settled");
    assertEquals(sum(heard), 5);
  });
});

/** How many payloads are said to be consumed. */
function sum(heard: readonly string[]): number {
  return heard.reduce((all, word) => all + Number(word.split(" ")[1] ?? 0), 0);
}

Deno.test("S48 requests count until the handler reads them", async () => {
  const reads: PromiseWithResolvers<void>[] = [0, 1, 2].map(() => Promise.withResolvers<void>());
  const last = async (requests: AsyncIterable<Uint8Array>): Promise<Uint8Array> => {
    const iterator = requests[Symbol.asyncIterator]();
    for (const { promise } of reads) {
      await promise;
      await iterator.next();
    }
    return NOTHING;
  };
  await served({ last }, async (transport) => {
    transport.deliver(open("last"));
    for (let i = 0; i < 5; i++) transport.deliver({ payload: LARGE });
    assertEquals(await transport.takeHeard(), []);
    for (const { resolve } of reads) {
      resolve();
      assertEquals(sum(await transport.takeHeard()) > 0, true);
    }
  });
});

Deno.test("S48 requests that a handler leaves unread are consumed when it returns", async () => {
  await served({ last: () => Promise.resolve(NOTHING) }, async (transport) => {
    transport.deliver(open("last"));
    for (let i = 0; i < 5; i++) transport.deliver({ payload: LARGE });
    transport.deliver({ termination: "completion" });
    const heard = await transport.takeHeard();
    // What is over needs no word of each.
    assertEquals([sum(heard) <= 5, heard.at(-1)], [true, "settled"]);
  });
});

Deno.test("S48 responses count until the caller reads them", async () => {
  const transport = new Transport();
  const end = invocationEnd();
  await joined(end, transport, async () => {
    const iterator = createClient(Bytes, end).each([]);
    await settled();
    const { operationId } = transport.tickets[0]!;
    for (let i = 0; i < 3; i++) transport.deliver({ payload: LARGE }, operationId);
    assertEquals(await transport.takeHeard(), []);
    for (let i = 0; i < 3; i++) {
      await iterator.next();
      assertEquals(await transport.takeHeard(), ["consumed 1"]);
    }
    transport.deliver({ payload: LARGE }, operationId);
    transport.deliver({ payload: LARGE, termination: "completion" }, operationId);
    await settled();
    await iterator.return();
    // It is over, or all of it is consumed.
    assertEquals(sum(await transport.takeHeard()) <= 2, true);
  });
});

Deno.test("S48 small responses that wait are said to be consumed together", async () => {
  const transport = new Transport();
  const end = invocationEnd();
  await joined(end, transport, async () => {
    const iterator = createClient(Bytes, end).each([]);
    await settled();
    const { operationId } = transport.tickets[0]!;
    for (let i = 0; i < 10; i++) transport.deliver({ payload: new Uint8Array(10) }, operationId);
    for (let i = 0; i < 10; i++) await iterator.next();
    const heard = await transport.takeHeard();
    assertEquals([heard.length < 5, sum(heard)], [true, 10]);
    await iterator.return();
  });
});
