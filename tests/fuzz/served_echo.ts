import { Hono } from "hono";
import { assertEquals, fail } from "@std/assert";
import { serviceEnd } from "../../src/ends/mod.ts";
import { serviceLink } from "../../src/transport/mod.ts";
import { joinLinks, servicer } from "../../src/links/mod.ts";
import {
  bidiStreaming,
  clientStreaming,
  createClient,
  defineService,
  implement,
  serverStreaming,
  unary,
} from "../../mod.ts";
import { virtualClock } from "../../src/testing/mod.ts";
import { beginsWithPart, FrameReader, MEDIA_TYPE } from "../../src/wire/mod.ts";
import { type Reading, readResponse } from "./read_response.ts";

/** Milliseconds of virtual time after which everything has timed out that ever will. */
const ALL_TIMED_OUT_MS = 86_400_000 + 600_000;
const PATH = "/rpc";

/** A service with a method of each kind, all of which give back what they get. */
export const Echo = defineService("fuzz.Echo", {
  one: unary<unknown, unknown>(),
  many: serverStreaming<unknown, unknown>(),
  last: clientStreaming<unknown, unknown>(),
  each: bidiStreaming<unknown, unknown>(),
});

const implementation = implement(Echo, {
  one: (message) => message,
  many: async function* (message) {
    for (let i = 0; i < 3; i++) yield message;
  },
  last: async (messages) => {
    let last: unknown;
    for await (const message of messages) last = message;
    return last;
  },
  each: async function* (messages) {
    yield* messages;
  },
});

/** One request as it reaches the server. */
export interface EchoRequest {
  readonly chunks: readonly Uint8Array[];
  /** Whether the connection breaks after the last chunk, instead of the body ending. */
  readonly breaks: boolean;
}

/** A server on a clock that stands still, with everything that must not go wrong looked at in the end. */
export class ServedEcho implements AsyncDisposable {
  readonly #clock = virtualClock();
  readonly #problems: unknown[] = [];
  readonly #report = (error: unknown): void => void this.#problems.push(error);
  readonly #link = serviceLink({ clock: this.#clock, onError: this.#report });
  readonly #end = serviceEnd(servicer(implementation, { onError: this.#report }), {
    clock: this.#clock,
    onError: this.#report,
  });
  readonly #app = new Hono().all(PATH, this.#link.handler).onError((error) => {
    this.#report(error);
    return new Response("failed", { status: 500 });
  });

  constructor() {
    joinLinks(this.#end, this.#link);
    this.#end.start();
    globalThis.addEventListener("unhandledrejection", this.#unhandled);
  }

  /** Sends a request and reads the answer to its end, which must be one of those that are documented. */
  async exchange(request: EchoRequest): Promise<Reading> {
    // The client of a pair that says no more is missed, and then nobody is there to be told.
    const clientFailed = request.breaks || saysFailed(request.chunks) || isPair(request.chunks);
    const answer = this.#post(request).then((response) => readResponse(response, clientFailed));
    let isDone = false;
    const done = answer.finally(() => isDone = true);
    // The rejection is taken where the answer is awaited.
    done.catch(() => {});
    for (let i = 0; i < 20 && !isDone; i++) await this.#clock.runMicrotasks();
    if (!isDone) await this.#clock.advance(ALL_TIMED_OUT_MS);
    await this.#clock.runMicrotasks();
    if (!isDone) fail("The exchange goes on after everything has timed out");
    const reading = await answer;
    // A pair that has failed still takes parts for a second, so that its client hears why before it is told that it is gone.
    if (this.#link.exchangeCount > 0) await this.#clock.advance(1_000);
    assertEquals(
      [this.#link.exchangeCount, this.#link.operationCount],
      [0, 0],
      "exchanges and operations that are left",
    );
    return reading;
  }

  /** Makes a call as an honest client, which must get its answer. */
  async call(message: string): Promise<void> {
    const client = createClient(Echo, PATH, { fetch: this.#app.request, clock: this.#clock, onError: this.#report });
    assertEquals(await client.one(message), message);
    const closed = client[Symbol.asyncDispose]();
    await this.#clock.runMicrotasks();
    await this.#clock.advance(1_000);
    await closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const stopped = this.#link.stop(0).then(() => this.#end.stop(0));
    await this.#clock.advance(1_000);
    await stopped;
    await this.#clock.runMicrotasks();
    globalThis.removeEventListener("unhandledrejection", this.#unhandled);
    assertEquals(this.#problems.map((problem) => Deno.inspect(problem)), [], "what was reported or left unhandled");
    assertEquals(this.#clock.pendingTimers, 0, "timers that are left");
  }

  readonly #unhandled = (event: PromiseRejectionEvent): void => {
    event.preventDefault();
    this.#report(event.reason);
  };

  async #post({ chunks, breaks }: EchoRequest): Promise<Response> {
    const left = [...chunks];
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        const chunk = left.shift();
        if (chunk !== undefined) controller.enqueue(chunk);
        else if (breaks) controller.error(new Error("The connection is gone"));
        else controller.close();
      },
    });
    const init = { method: "POST", headers: { "content-type": MEDIA_TYPE }, body, duplex: "half" };
    return await this.#app.request(PATH, init);
  }
}

function isPair(chunks: readonly Uint8Array[]): boolean {
  return beginsWithPart(Uint8Array.from(chunks.flatMap((chunk) => [...chunk]).slice(0, 10))) === true;
}

/**
 * Whether the client has failed the exchange by an end item that says so (P6.8), or by what follows its end item (P6.9). The
 * server has nothing more to say then, and drops what is not read.
 */
function saysFailed(chunks: readonly Uint8Array[]): boolean {
  let hasFailed = false;
  const reader = new FrameReader({
    ticket() {},
    badTicket() {},
    control: (item) => hasFailed ||= item.kind === "end" && item.code !== undefined && item.code !== "ok",
  });
  try {
    for (const chunk of chunks) reader.push(chunk);
  } catch {
    return hasFailed || reader.ended;
  }
  return hasFailed;
}
