import type { Timer } from "../../clock.ts";
import { Code } from "../../links/code.ts";
import { textOf } from "../../links/thrown.ts";
import type { Hello } from "../../wire/control_item.ts";
import { ExchangeKind } from "../../wire/exchange_kind.ts";
import { FrameWriter } from "../../wire/frame_writer.ts";
import { firstFrameLength } from "../../wire/part_frame.ts";
import type { Connection, ConnectionRequest } from "../client/client_exchange.ts";
import {
  type ExchangeAnswer,
  type ExchangeRequest,
  readFailure,
  requestExchange,
  type RequestTarget,
  sendRequest,
} from "../client/client_request.ts";
import { type ExchangeFailure, wireDown } from "../../exchange/exchange_failure.ts";
import type { ExchangeSettings } from "../../exchange/exchange_settings.ts";
import { PartSize } from "./part_size.ts";
import { isRepeatable, unrepeatedBody } from "../client/repetition.ts";

/** Requests under way at once, so that one is on its way while another's answer is. */
const PARTS_IN_FLIGHT = 2;

/** How often a part is tried. */
const MAX_ATTEMPTS = 5;

/** Milliseconds before a part is tried again; twice as long each further time. */
const FIRST_PAUSE_MS = 100;

/** One request with a response that stays open, and a short request for each piece of the client's direction. */
export function pairConnection(settings: RequestTarget & ExchangeSettings): Connection {
  return new PairConnection(settings);
}

/**
 * ```text
 * opening: part 0, the hello alone ──the server's hello──▶ parts 1, 2, … ──the body ends, or the exchange is over──▶ done
 * ```
 */
class PairConnection implements Connection {
  readonly kind = ExchangeKind.PAIR;
  readonly #settings: RequestTarget & ExchangeSettings;
  readonly #partSize = new PartSize();
  #request!: ConnectionRequest;
  #exchangeId: Uint8Array | undefined;
  #isUnsent = true;
  #inFlight = 0;
  /** Wakes the loop: the server's hello has come, fewer parts are in flight, or the exchange is over. */
  #wake: () => void = () => {};

  constructor(settings: RequestTarget & ExchangeSettings) {
    this.#settings = settings;
  }

  get isUnsent(): boolean {
    return this.#isUnsent;
  }

  async open(request: ConnectionRequest): Promise<ExchangeAnswer> {
    this.#request = request;
    const reader = request.body.getReader();
    const beginning = await readChunk(reader);
    const helloBytes = firstFrameLength(beginning, this.#settings.wire.maxFrameBytes) ?? beginning.length;
    const answer = await requestExchange(this.#settings, {
      body: this.#bodyOf(0, beginning.subarray(0, helloBytes)),
      headers: request.headers,
      signal: request.signal,
      // Nothing of an operation is in it.
      isRepeatable: true,
    });
    // All failures go to the exchange, so this promise never rejects.
    if (answer.kind === "accepted") void this.#upload(reader, beginning.subarray(helloBytes));
    else reader.releaseLock();
    return answer;
  }

  greeted({ exchangeId }: Hello): void {
    this.#exchangeId = exchangeId;
    if (exchangeId !== undefined) return this.#wake();
    const message = "Cannot begin the exchange: the server's hello names no exchange id";
    this.#request.lost({ ...wireDown(message), code: Code.INTERNAL });
  }

  async #upload(reader: ReadableStreamDefaultReader<Uint8Array>, beginning: Uint8Array): Promise<void> {
    const { signal } = this.#request;
    const end = (): void => this.#wake();
    signal.addEventListener("abort", end);
    let waiting = beginning;
    for (let number = 1; await this.#mayGoOn(); number++) {
      // Not before a part may leave: what is written meanwhile becomes one part.
      if (waiting.length === 0) waiting = await readChunk(reader);
      if (waiting.length === 0) break;
      const { bytes } = this.#partSize;
      void this.#deliver(number, waiting.subarray(0, bytes));
      waiting = waiting.subarray(bytes);
    }
    signal.removeEventListener("abort", end);
    reader.releaseLock();
  }

  /** Waits until another part may leave; not so if the exchange is over. */
  async #mayGoOn(): Promise<boolean> {
    const { signal } = this.#request;
    while (!signal.aborted && (this.#exchangeId === undefined || this.#inFlight >= PARTS_IN_FLIGHT)) {
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    return !signal.aborted;
  }

  async #deliver(number: number, bytes: Uint8Array): Promise<void> {
    this.#inFlight += 1;
    const failure = await this.#tryRepeatedly(number, bytes);
    this.#inFlight -= 1;
    this.#wake();
    if (failure !== undefined) this.#request.lost(failure);
  }

  /**
   * A part is numbered, so that it is applied once however often it is sent, by this client or its runtime. Only the first
   * attempt at part 1 must not be repeated by the runtime: if a server answers that it does not know the exchange, no server
   * has begun anything then.
   */
  async #tryRepeatedly(number: number, bytes: Uint8Array): Promise<ExchangeFailure | undefined> {
    const { headers, signal } = this.#request;
    const { clock } = this.#settings;
    const whole = this.#bodyOf(number, bytes);
    for (let attempt = 1; !signal.aborted; attempt++) {
      const isFirst = number === 1 && attempt === 1;
      this.#isUnsent = false;
      const sentAt = clock.now();
      const body = isFirst ? unrepeatedBody(whole) : whole;
      const answer = await postPart(this.#settings, {
        body,
        headers,
        signal,
        isRepeatable: !isFirst || isRepeatable(body),
      });
      if (answer.kind === "taken") {
        this.#partSize.took(clock.now() - sentAt, bytes.length);
        return undefined;
      }
      if (signal.aborted) return undefined;
      if (!answer.isPassing) return { ...answer.failure, isMisrouted: isFirst && answer.status === 404 };
      if (attempt === MAX_ATTEMPTS) return exhausted(number, answer);
      await this.#pause(FIRST_PAUSE_MS * 2 ** (attempt - 1));
    }
    return undefined;
  }

  /** Resolves after that time, or at once when the exchange is over. */
  #pause(ms: number): Promise<void> {
    const { clock } = this.#settings;
    const { signal } = this.#request;
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

/** Reads the next chunk; an empty one if there is none, because the body has ended or the exchange is over. */
async function readChunk(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<Uint8Array> {
  try {
    const { value } = await reader.read();
    return value ?? new Uint8Array();
  } catch {
    return new Uint8Array();
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
