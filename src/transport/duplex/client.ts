import type { Clock, Timer } from "../../clock.ts";
import { reasonOf, textOf } from "../../links/thrown.ts";
import { ExchangeKind } from "../../wire/exchange_kind.ts";
import type { Carrier, ClientTransport, ProbeEvents, TransportRequest } from "../client/client_exchange.ts";
import { requestExchange, type RequestTarget } from "../client/client_request.ts";
import { type ExchangeFailure, helloTimedOut } from "../../exchange/exchange_failure.ts";
import { type OriginMemory, verdictOn } from "../client/origin_memory.ts";
import { OutgoingBody } from "../../exchange/outgoing_body.ts";
import { BODY_TRAITS } from "../../exchange/types.ts";
import { LEAST_LIMITED_BYTES } from "../client/request_limit.ts";
import { TransportError, transportFailure } from "../../exchange/transport_failure.ts";
import { ResponseChunks } from "../client/response_chunks.ts";
import type { StreamExchange } from "../client/stream_exchange.ts";

/** One request whose body stays open as long as its response does. */
export function duplexCarrier(target: RequestTarget): Carrier {
  return { kind: ExchangeKind.DUPLEX, open: (request) => new DuplexClientTransport(target, request) };
}

class DuplexClientTransport implements ClientTransport {
  readonly traits = BODY_TRAITS;
  readonly lost: Promise<Error>;
  readonly #abort = new AbortController();
  readonly #body = new OutgoingBody("invocation", (reason) => this.#givenUp(reason));
  readonly #response: ResponseChunks;
  #resolveLost!: (reason: Error) => void;
  #sentBytes = 0;

  constructor(target: RequestTarget, { headers, opened }: TransportRequest) {
    this.lost = new Promise((resolve) => this.#resolveLost = resolve);
    const { signal } = this.#abort;
    const answer = requestExchange(target, { body: this.#body.stream, headers, signal, isRepeatable: false });
    this.#response = new ResponseChunks(answer, opened);
  }

  send(chunk: Uint8Array): Promise<void> {
    this.#sentBytes += chunk.length;
    return this.#body.send(chunk);
  }

  receive(): Promise<Uint8Array | undefined> {
    return this.#response.receive().catch(this.#failed);
  }

  closeSend(): void {
    this.#body.end();
  }

  /**
   * The request is aborted before its body breaks off. Node's `fetch` cancels a body when it is aborted. If the socket and
   * then the body have failed by that time, no code handles the promise that rejects, and the process ends (Node 20).
   */
  close(reason?: Error): void {
    this.#abort.abort();
    if (reason === undefined) this.#body.end();
    else this.#body.cut(reason);
    this.#response.close();
  }

  readonly #failed = (error: unknown): never => {
    throw this.#cut(error);
  };

  /** A request that is long may have reached a limit on the way. Other statuses than 413 have other reasons. */
  #cut(error: unknown): Error {
    const failure = transportFailure(error);
    const { status, message } = failure;
    const requestBytes = this.#sentBytes;
    if (requestBytes < LEAST_LIMITED_BYTES || status !== undefined && status !== 413) {
      return new TransportError(failure);
    }
    return new TransportError({ ...failure, requestBytes, message: tooLong(textOf(message), requestBytes) });
  }

  /** A server that refuses a request may not read it, so before the answer this means nothing: the answer says why. */
  #givenUp(reason: unknown): Error {
    const why = reason === undefined ? "" : `, ${reasonOf(reason)}`;
    const error = new Error(`the request was given up${why}`);
    if (!this.#response.hasBegun) return error;
    const cut = this.#cut(error);
    this.#resolveLost(cut);
    return cut;
  }
}

function tooLong(message: string, bytes: number): string {
  return `${message}; after ${bytes} bytes of the request, whose length something on the way may limit`;
}

/**
 * Finds out whether a *duplex* exchange works on a path. It sends a hello, and a ping when the server's hello has come; the
 * pong shows that an upload goes on after the response has begun. Nothing else is sent before, so nothing is lost if it does
 * not work.
 */
export class DuplexProbe implements ProbeEvents {
  readonly #clock: Clock;
  readonly #memory: OriginMemory;
  readonly #settled: (inconclusive?: ExchangeFailure) => void;
  readonly #startedAtMs: number;
  #timer: Timer;

  /**
   * Opens the exchange. `settled` is called when the result is known, or with a failure that leaves it unknown; not before
   * the constructor has returned.
   */
  constructor(
    memory: OriginMemory,
    { clock, probeTimeoutMs }: { readonly clock: Clock; readonly probeTimeoutMs: number },
    open: (events: ProbeEvents) => StreamExchange,
    settled: (inconclusive?: ExchangeFailure) => void,
  ) {
    this.#clock = clock;
    this.#memory = memory;
    this.#settled = settled;
    this.#startedAtMs = clock.now();
    const exchange = open(this);
    this.#timer = clock.setTimer(() => exchange.giveUp(helloTimedOut(probeTimeoutMs)), probeTimeoutMs);
  }

  proven(): void {
    this.#clock.clearTimer(this.#timer);
    this.#memory.hasWorked(ExchangeKind.DUPLEX, this.#clock.now());
    this.#settled();
  }

  failed(failure: ExchangeFailure | undefined): void {
    this.#clock.clearTimer(this.#timer);
    if (failure === undefined) return this.#settled();
    const verdict = verdictOn(failure, this.#memory.hasAnsweredSince(this.#startedAtMs));
    this.#memory.hasFailed(ExchangeKind.DUPLEX, verdict, failure, this.#clock.now());
    this.#settled(verdict === "fails" ? undefined : failure);
  }
}
