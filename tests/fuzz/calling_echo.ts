import { assert, assertEquals, assertInstanceOf, fail } from "@std/assert";
import { type CallOptions, type Channel, type Client, connect, createClient, RpcError } from "../../mod.ts";
import { Code, isCode, type Metadata } from "../../src/links/mod.ts";
import { virtualClock } from "../../src/testing/mod.ts";
import { CborError, type ExchangeKind } from "../../src/wire/mod.ts";
import { type ScriptedAnswer, ScriptedAnswers } from "./scripted_answers.ts";
import { Echo } from "./served_echo.ts";

/** Milliseconds of virtual time after which everything has timed out that ever will. */
const ALL_TIMED_OUT_MS = 1_200_000;
const CALL_TIMEOUT_MS = 5_000;

/** One call. */
export interface EchoCall {
  readonly method: "one" | "many" | "last" | "each";
  /** What is sent, once or several times where the method has a stream. */
  readonly message: unknown;
  readonly requests: number;
  /** How many responses are taken before the caller leaves, where there is a stream. */
  readonly takes: number;
}

/** A client on a clock that stands still, with everything that must not go wrong looked at in the end. */
export class CallingEcho implements AsyncDisposable {
  readonly #clock = virtualClock();
  readonly #problems: unknown[] = [];
  readonly #report = (error: unknown): void => void this.#problems.push(error);
  readonly #channel: Channel;
  readonly #client: Client<typeof Echo.methods>;
  readonly #server: ScriptedAnswers;

  constructor(exchange: ExchangeKind) {
    this.#server = new ScriptedAnswers(exchange === "pair");
    const { fetch, webSocket } = this.#server;
    const options = { exchange, fetch, webSocket, clock: this.#clock, onError: this.#report };
    this.#channel = connect("http://fuzz.test/rpc", options);
    this.#client = createClient(Echo, this.#channel);
    globalThis.addEventListener("unhandledrejection", this.#unhandled);
  }

  /**
   * Makes calls at once, each of which must end, in a documented way, and leave nothing.
   *
   * @param calls The calls.
   * @param answer What each request is answered with.
   * @returns What each call has brought: messages, or the error.
   */
  async calls(calls: readonly EchoCall[], answer: ScriptedAnswer): Promise<(readonly unknown[] | RpcError)[]> {
    this.#server.answer = answer;
    let isDone = false;
    const results = Promise.all(calls.map((call) => this.#call(call))).finally(() => isDone = true);
    // The rejection is taken where the results are awaited.
    results.catch(() => {});
    for (let i = 0; i < 20 && !isDone; i++) await this.#clock.runMicrotasks();
    await this.#clock.advance(ALL_TIMED_OUT_MS);
    if (!isDone) fail("A call goes on after everything has timed out");
    const { link } = this.#channel;
    const left = { exchanges: link.exchangeCount, operations: link.operationCount, open: [...this.#server.open] };
    assertEquals(left, { exchanges: 0, operations: 0, open: [] }, "what is left when everything has timed out");
    assertEquals(this.#clock.pendingTimers, 0, "timers that are left");
    return await results;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = this.#channel.close();
    await this.#clock.advance(1_000);
    await closed;
    await this.#clock.runMicrotasks();
    globalThis.removeEventListener("unhandledrejection", this.#unhandled);
    assertEquals(this.#problems.map((problem) => Deno.inspect(problem)), [], "what was reported or left unhandled");
  }

  async #call({ method, message, requests, takes }: EchoCall): Promise<readonly unknown[] | RpcError> {
    const messages = Array.from({ length: requests }, () => message);
    try {
      switch (method) {
        case "one":
          return [await this.#client.one(message, OPTIONS)];
        case "last":
          return [await this.#client.last(messages, OPTIONS)];
        case "many":
          return await take(this.#client.many(message, OPTIONS), takes);
        case "each":
          return await take(this.#client.each(messages, OPTIONS), takes);
      }
    } catch (error) {
      return documented(error);
    }
  }

  readonly #unhandled = (event: PromiseRejectionEvent): void => {
    event.preventDefault();
    this.#report(event.reason);
  };
}

async function take(responses: AsyncIterable<unknown>, count: number): Promise<unknown[]> {
  const taken: unknown[] = [];
  for await (const response of responses) {
    taken.push(response);
    if (taken.length >= count) break;
  }
  return taken;
}

/** Checks that a caller can know what it got. */
function documented(error: unknown): RpcError {
  assertInstanceOf(error, RpcError, `Not a documented error: ${Deno.inspect(error)}`);
  const { code, message, metadata, details, cause } = error;
  assert(isCode(code) && code !== Code.OK && typeof message === "string", `Not a documented error: ${error}`);
  assert(cause === undefined || cause instanceof CborError, `Caused by something else: ${Deno.inspect(cause)}`);
  assert(Array.isArray(details));
  checkMetadata(metadata);
  return error;
}

function checkMetadata(metadata: Metadata): void {
  for (const [key, value] of metadata) {
    assert(typeof key === "string" && !key.startsWith("ticketlink-"), `a key that is not the caller's: ${key}`);
    assert(typeof value === "string" || value instanceof Uint8Array, `a value of no kind: ${Deno.inspect(value)}`);
  }
}

const OPTIONS: CallOptions = { timeoutMs: CALL_TIMEOUT_MS, onHeader: checkMetadata, onTrailer: checkMetadata };
