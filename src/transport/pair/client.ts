import type { Timer } from "../../clock.ts";
import { Code } from "../../links/code.ts";
import { textOf } from "../../links/thrown.ts";
import { ExchangeKind } from "../../wire/exchange_kind.ts";
import { firstFrameLength } from "../../wire/part_frame.ts";
import { FrameWriter } from "../../wire/frame_writer.ts";
import type { Hello } from "../../wire/control_item.ts";
import type { Carrier, ClientTransport, TransportRequest } from "../client/client_exchange.ts";
import {
  type ExchangeAnswer,
  type ExchangeRequest,
  readFailure,
  requestExchange,
  type RequestTarget,
  sendRequest,
} from "../client/client_request.ts";
import { type ExchangeFailure, wireDown } from "../../exchange/exchange_failure.ts";
import { TransportError } from "../../exchange/transport_failure.ts";
import type { ExchangeSettings } from "../../exchange/exchange_settings.ts";
import { BODY_TRAITS } from "../../exchange/types.ts";
import { PartSize } from "./part_size.ts";
import { ResponseChunks } from "../client/response_chunks.ts";
import { isRepeatable, unrepeatedBody } from "../client/repetition.ts";

const NOTHING: Uint8Array = new Uint8Array();

/** Requests under way at once, so that one is on its way while another's answer is. */
const PARTS_IN_FLIGHT = 2;

/** How often a part is tried. */
const MAX_ATTEMPTS = 5;

/** Milliseconds before a part is tried again; twice as long each further time. */
const FIRST_PAUSE_MS = 100;

/** One request with a response that stays open, and a short request for each piece of the client's direction. */
export function pairCarrier(settings: RequestTarget & ExchangeSettings): Carrier {
  return { kind: ExchangeKind.PAIR, open: (request) => new PairClientTransport(settings, request) };
}

/**
 * ```text
 * opening: part 0, the hello alone ──the server's hello──▶ parts 1, 2, … ──closeSend(), or close()──▶ done
 * ```
 */
class PairClientTransport implements ClientTransport {
  readonly traits = BODY_TRAITS;
  readonly lost: Promise<Error>;
  readonly #settings: RequestTarget & ExchangeSettings;
  readonly #abort = new AbortController();
  readonly #partSize = new PartSize();
  readonly #response: ResponseChunks;
  #resolveLost!: (reason: Error) => void;
  #exchangeId: Uint8Array | undefined;
  #isUnsent = true;
  #inFlight = 0;
  /** Whether a part has been refused by a server that does not know the exchange: no other is sent. */
  #isRefused = false;
  readonly #request: TransportRequest;
  /** The last operation that had begun before what waits was sent, and when it was. */
  #lastBefore = 0;
  #lastOperation = 0;
  /** What has been sent and is in no part yet. */
  #waiting: Uint8Array = NOTHING;
  #hasEnded = false;
  /** There is room for another chunk. */
  #takeMore: () => void = () => {};
  /** Wakes the loop: something has been sent, the server's hello has come, fewer parts are in flight, or it is over. */
  #wake: () => void = () => {};

  constructor(settings: RequestTarget & ExchangeSettings, request: TransportRequest) {
    this.#settings = settings;
    this.#request = request;
    this.lost = new Promise((resolve) => this.#resolveLost = resolve);
    this.#response = new ResponseChunks(this.#open(), request.opened);
  }

  get isUnsent(): boolean {
    return this.#isUnsent;
  }

  send(chunk: Uint8Array): Promise<void> {
    this.#waiting = chunk;
    this.#lastBefore = this.#lastOperation;
    this.#lastOperation = this.#request.lastOperation();
    const isTaken = new Promise<void>((resolve) => this.#takeMore = resolve);
    this.#wake();
    return isTaken;
  }

  receive(): Promise<Uint8Array | undefined> {
    return this.#response.receive();
  }

  closeSend(): void {
    this.#hasEnded = true;
    this.#wake();
  }

  close(): void {
    this.#abort.abort();
    this.#response.close();
    this.#takeMore();
    this.#wake();
  }

  greeted({ exchangeId }: Hello): void {
    this.#exchangeId = exchangeId;
    if (exchangeId !== undefined) return this.#wake();
    const message = "Cannot begin the exchange: the server's hello names no exchange id";
    this.#lose({ ...wireDown(message), code: Code.INTERNAL });
  }

  #lose(failure: ExchangeFailure): void {
    this.#resolveLost(new TransportError(failure));
  }

  async #open(): Promise<ExchangeAnswer> {
    await this.#until(() => this.#waiting.length > 0);
    const { signal } = this.#abort;
    const beginning = this.#waiting;
    const helloBytes = firstFrameLength(beginning, this.#settings.wire.maxFrameBytes) ?? beginning.length;
    const answer = await requestExchange(this.#settings, {
      body: this.#bodyOf(0, beginning.subarray(0, helloBytes)),
      headers: this.#request.headers,
      signal,
      // Nothing of an operation is in it.
      isRepeatable: true,
    });
    this.#waiting = beginning.subarray(helloBytes);
    // Failures are told by `lost`, so this promise never rejects.
    if (answer.kind === "accepted") void this.#upload();
    return answer;
  }

  async #upload(): Promise<void> {
    for (let number = 1;; number++) {
      // Not before a part may leave: what is written meanwhile becomes one part.
      await this.#until(() => this.#exchangeId !== undefined && this.#inFlight < PARTS_IN_FLIGHT);
      if (this.#waiting.length === 0) this.#takeMore();
      await this.#until(() => this.#waiting.length > 0 || this.#hasEnded);
      if (this.#waiting.length === 0 || this.#isRefused || this.#abort.signal.aborted) return;
      const { bytes } = this.#partSize;
      void this.#deliver(number, this.#waiting.subarray(0, bytes), this.#lastBefore);
      this.#waiting = this.#waiting.subarray(bytes);
      // What follows of it may belong to operations that begin with this part.
      this.#lastBefore = this.#lastOperation;
    }
  }

  /** Waits until something is the case, or the exchange is over. */
  async #until(isSo: () => boolean): Promise<void> {
    while (!isSo() && !this.#abort.signal.aborted) await new Promise<void>((resolve) => this.#wake = resolve);
  }

  /** Delivers a part. Operations up to `lastBefore` may have begun with earlier ones. */
  async #deliver(number: number, bytes: Uint8Array, lastBefore: number): Promise<void> {
    this.#inFlight += 1;
    const failure = await this.#tryRepeatedly(number, bytes);
    this.#inFlight -= 1;
    if (failure?.unbegun && number > 1) {
      // Without this part no server applies another.
      this.#isRefused = true;
      return this.#request.refusedAbove(lastBefore, failure);
    }
    this.#wake();
    if (failure !== undefined) this.#lose(failure);
  }

  /**
   * A part is numbered, so that it is applied once however often it is sent, by this client or its runtime. Only the first
   * attempt must not be repeated by the runtime: if a server answers that it does not know the exchange, no server has
   * applied the part then, nor will one apply those that follow.
   */
  async #tryRepeatedly(number: number, bytes: Uint8Array): Promise<ExchangeFailure | undefined> {
    const { signal } = this.#abort;
    const { clock } = this.#settings;
    const whole = this.#bodyOf(number, bytes);
    for (let attempt = 1; !signal.aborted; attempt++) {
      const isFirst = attempt === 1;
      this.#isUnsent = false;
      const sentAt = clock.now();
      const body = isFirst ? unrepeatedBody(whole) : whole;
      const answer = await postPart(this.#settings, {
        body,
        headers: this.#request.headers,
        signal,
        isRepeatable: !isFirst || isRepeatable(body),
      });
      if (answer.kind === "taken") {
        this.#partSize.took(clock.now() - sentAt, bytes.length);
        return undefined;
      }
      if (signal.aborted) return undefined;
      if (isFirst && answer.status === 404) return { ...answer.failure, isMisrouted: number === 1, retry: "later" };
      if (!answer.isPassing) return answer.failure;
      if (attempt === MAX_ATTEMPTS) return exhausted(number, answer);
      await this.#pause(FIRST_PAUSE_MS * 2 ** (attempt - 1));
    }
    return undefined;
  }

  /** Resolves after that time, or at once when the exchange is over. */
  #pause(ms: number): Promise<void> {
    const { clock } = this.#settings;
    const { signal } = this.#abort;
    return new Promise((resolve) => {
      let timer: Timer = undefined;
      const end = (): void => {
        clock.clearTimer(timer);
        signal.removeEventListener("abort", end);
        resolve();
      };
      signal.addEventListener("abort", end);
      timer = clock.setTimer(end, ms);
    });
  }

  #bodyOf(number: number, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
    const writer = new FrameWriter(this.#settings.wire);
    const exchangeId = number === 0 ? undefined : this.#exchangeId;
    writer.writeControl({ kind: "part", exchangeId, number, byteLength: bytes.length });
    const head = writer.take() ?? new Uint8Array();
    const body = new Uint8Array(head.length + bytes.length);
    body.set(head);
    body.set(bytes, head.length);
    return body;
  }
}

function exhausted(number: number, { failure }: Extract<PartAnswer, { kind: "refused" }>): ExchangeFailure {
  const message = `Lost the connection: part ${number} could not be delivered in ${MAX_ATTEMPTS} attempts, the last: ` +
    textOf(failure.message);
  return { ...failure, message };
}

/** What became of one request of a pair. */
type PartAnswer =
  | { readonly kind: "taken" }
  | {
    readonly kind: "refused";
    /** The status; `undefined` if there was no answer. */
    readonly status: number | undefined;
    /** Whether another attempt may do better. */
    readonly isPassing: boolean;
    readonly failure: ExchangeFailure;
  };

/** Answers that are not about the part: the server, or a proxy, is busy or down. */
const PASSING_STATUSES: readonly number[] = [408, 429, 502, 503, 504];

/** Sends one request of a pair that is open. Never throws. */
async function postPart(target: RequestTarget, request: ExchangeRequest): Promise<PartAnswer> {
  const sent = await sendRequest(target, request);
  if (sent.kind === "unanswered") return { ...sent, kind: "refused", status: undefined };
  const { status } = sent.response;
  const failure = await readFailure(sent.response, target, request.isRepeatable);
  if (status === 204) return { kind: "taken" };
  const isPassing = PASSING_STATUSES.includes(status);
  // Behind this URL there was an exchange: it is not the kind of exchange that is missing (§8).
  return {
    kind: "refused",
    status,
    isPassing,
    failure: status === 404 ? { ...failure, code: Code.UNAVAILABLE } : failure,
  };
}
