/** Tickets of operations that have ended: an honest cancel leaves many on their way, a hostile server sends no end of them. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { createClient, defineService, serverStreaming, unary } from "../../../mod.ts";
import { knownFailure } from "../../known_failure.ts";
import { FIELD, frame, FrameInput, type Item, join, type SeenFrame } from "../core/frames.ts";
import { eventually, outcomeOf } from "../core/site.ts";

const Numbers = defineService("cost.Numbers", {
  count: serverStreaming<void, number>(),
  one: unary<void, number>(),
});

/** A message that is a small number. */
const ONE = Uint8Array.of(1);

/** Answers one duplex exchange, frame by frame. */
class ScriptedAnswer {
  readonly seen: SeenFrame[] = [];
  requests = 0;
  #controller!: ReadableStreamDefaultController<Uint8Array>;

  readonly fetch = (_url: string, { body }: RequestInit): Promise<Response> => {
    this.requests += 1;
    const stream = new ReadableStream<Uint8Array>({ start: (controller) => void (this.#controller = controller) });
    this.send(frame([-1, new Map<number, Item>([[0, [1]], [6, [0]]])]));
    if (body instanceof ReadableStream) void this.#read(body);
    return Promise.resolve(
      new Response(stream, { headers: { "content-type": "application/vnd.ticketlink+cbor-seq" } }),
    );
  };

  send(...frames: Uint8Array[]): void {
    this.#controller.enqueue(join(frames));
  }

  /** What the client has granted an operation. */
  grantedTo(operation: number): number {
    return this.seen.filter(({ type }) => type === operation)
      .reduce((sum, { fields }) => sum + Number(fields.get(FIELD.allowance) ?? 0), 0);
  }

  has(operation: number, field?: number): boolean {
    return this.seen.some(({ type, fields }) => type === operation && (field === undefined || fields.has(field)));
  }

  async #read(body: ReadableStream<Uint8Array>): Promise<void> {
    const input = new FrameInput();
    // A client that gives the exchange up breaks its request off.
    try {
      for await (const chunk of body) this.seen.push(...input.push(chunk));
    } catch (error) {
      if (!(error instanceof Error)) throw error;
    }
  }
}

/** Messages that are taken before the stream is left, so that the caller grants many ahead. */
const TAKEN = 3_000;

/** Begins a stream, takes some messages and leaves it; then sends more of it, and answers another call if it comes. */
async function leaveEarly(late: (granted: number) => number): Promise<{ outcome: string; requests: number }> {
  const answer = new ScriptedAnswer();
  await using client = createClient(Numbers, "http://demo.example/rpc", { exchange: "duplex", fetch: answer.fetch });
  const numbers = client.count()[Symbol.asyncIterator]();
  const first = numbers.next();
  assert(await eventually(() => answer.has(1)), "The call has not come");
  answer.send(frame([1, new Map<number, Item>([[3, 2]]), ONE]));
  assertEquals(await first, { done: false, value: 1 });
  for (let taken = 1; taken < TAKEN; taken++) {
    assert(await eventually(() => answer.grantedTo(1) > taken), "Nothing more is granted");
    answer.send(frame([1, ONE]));
    assertEquals(await numbers.next(), { done: false, value: 1 });
  }
  await numbers.return?.();
  assert(await eventually(() => answer.has(1, FIELD.end)), "The server was not told");
  const outcome = outcomeOf(client.one(undefined, { timeoutMs: 10_000 }), 3_000);
  assert(await eventually(() => answer.has(2)), "The next call has not come");
  const granted = answer.grantedTo(1) - TAKEN;
  assert(granted >= 500, `Only ${granted} are granted, which an honest server would not notice`);
  const messages = late(granted);
  for (let sent = 0; sent < messages; sent += 1_000) {
    answer.send(...Array.from({ length: Math.min(1_000, messages - sent) }, () => frame([1, ONE])));
  }
  answer.send(frame([2, new Map<number, Item>([[3, 0], [10, 0]]), ONE]));
  return { outcome: await outcome, requests: answer.requests };
}

Deno.test("an exchange goes on when all that had been granted to a stream comes after it has been left", async () => {
  assertEquals(await leaveEarly((granted) => granted), { outcome: "1", requests: 1 });
});

knownFailure(
  "What one caller, and one server, can cost",
  import.meta.url,
  "tickets of a stream that has been left fail the exchange when far more come than had been granted",
  async () => {
    const { outcome } = await leaveEarly((granted) => granted + 100_000);
    assertStringIncludes(outcome, "resource_exhausted");
  },
);
