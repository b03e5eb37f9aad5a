import type { Clock, Timer } from "../../clock.ts";
import { beginsWithPart } from "../../wire/part_frame.ts";
import { DISCARD_MS } from "../../limits.ts";
import { discardRequest } from "./discarded_request.ts";
import type { HttpRefusal } from "./http_refusal.ts";
import type { ByteResult, ByteSource } from "../../exchange/incoming_body.ts";

const NOTHING: Uint8Array = new Uint8Array();

/**
 * The body of a request whose kind is not known yet. Its first bytes can be looked at before it is read, and it can be
 * refused from outside, above all when its time is over.
 *
 * ```text
 * arriving ──handOver()──▶ handed over      arriving ──refuse(), discard(), giveUpUnread()──▶ given up
 * ```
 */
export class RequestBody implements Pick<ByteSource, "read" | "releaseLock"> {
  readonly #reader: ByteSource;
  readonly #clock: Clock;
  #timer: Timer;
  readonly #settled: (body: RequestBody) => void;
  #timedOut: () => void;
  /** Bytes that have been looked at and not been read. */
  #ahead = NOTHING;
  /** What comes after them, if that has been asked for. */
  #next: Promise<ByteResult> | undefined;
  #refusal: HttpRefusal | undefined;
  #isHandedOver = false;
  #isPart = false;

  /** Waits for the body for as long as `timeout` says, and refuses the request then; `settled` is called when that ends. */
  constructor(
    body: ReadableStream<Uint8Array> | ByteSource,
    clock: Clock,
    timeout: { readonly ms: number; readonly refusal: (isPart: boolean) => HttpRefusal },
    settled: (body: RequestBody) => void,
  ) {
    this.#reader = "getReader" in body ? body.getReader() : body;
    this.#clock = clock;
    this.#settled = settled;
    this.#timedOut = () => this.refuse(timeout.refusal(this.#isPart));
    this.#timer = clock.setTimer(() => this.#timedOut(), timeout.ms);
  }

  /** Why the request is refused, if it is. */
  get refusal(): HttpRefusal | undefined {
    return this.#refusal;
  }

  /** Bytes that have been looked at and not been read. */
  get ahead(): Uint8Array {
    return this.#ahead;
  }

  /** Tells whether the first frame is a part; not so if there is none. */
  async beginsWithPart(): Promise<boolean> {
    for (;;) {
      const isPart = beginsWithPart(this.#ahead);
      if (isPart !== undefined) return this.#isPart = isPart;
      if (!await this.lookFurther()) return false;
    }
  }

  /** Looks at the next chunk, and tells whether there was one. */
  async lookFurther(): Promise<boolean> {
    try {
      const { done, value } = await this.#reader.read();
      if (done) return false;
      this.#ahead = this.#ahead.length === 0 ? value : join(this.#ahead, value);
      return true;
    } catch {
      // The reader of the body gets the same error.
      return false;
    }
  }

  /** Tells whether nothing follows what has been looked at; not so if that does not show before the timeout. */
  ends(): Promise<boolean> {
    return new Promise((resolve) => {
      this.#timedOut = () => resolve(false);
      this.#next = this.#reader.read();
      this.#next.then(({ done }) => resolve(done), () => resolve(false));
    });
  }

  /** Passes over bytes that have been looked at. */
  skip(bytes: number): void {
    this.#ahead = this.#ahead.subarray(bytes);
  }

  /** Refuses the request: nothing more of it can be read. The first refusal counts. */
  refuse(refusal: HttpRefusal): void {
    this.#refusal ??= refusal;
    this.settled();
    this.cancel().catch(() => "it is over either way");
  }

  /** Refuses the request soon: what has begun to come is read before, as by {@linkcode discard}. */
  refuseSoon(refusal: HttpRefusal): void {
    this.#refusal ??= refusal;
    this.#clock.clearTimer(this.#timer);
    this.#timer = this.#clock.setTimer(() => this.#timedOut(), DISCARD_MS);
  }

  /** Reads and drops what is left of a request that is refused, if it is short. */
  discard(): Promise<void> {
    return discardRequest(this.#reader, this.#clock, this.#ahead);
  }

  /** Stops the timeout: the body is read, or handed over. */
  settled(): void {
    this.#clock.clearTimer(this.#timer);
    this.#settled(this);
  }

  /** Somebody else reads the body to its end, or cancels it. */
  handOver(): void {
    this.#isHandedOver = true;
  }

  /** Cancels what is left, unless it is handed over. Errors of that do not matter. */
  giveUpUnread(): void {
    if (this.#isHandedOver) return;
    this.cancel().catch(() => "it is over either way");
    this.releaseLock();
  }

  read(): Promise<ByteResult> {
    if (this.#ahead.length === 0) {
      const next = this.#next ?? this.#reader.read();
      this.#next = undefined;
      return next;
    }
    const value = this.#ahead;
    this.#ahead = NOTHING;
    return Promise.resolve({ done: false, value });
  }

  cancel(reason?: unknown): Promise<void> {
    return this.#reader.cancel(reason);
  }

  releaseLock(): void {
    this.#reader.releaseLock();
  }
}

function join(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(first.length + second.length);
  joined.set(first);
  joined.set(second, first.length);
  return joined;
}

/** Bytes up to which a request is short. */
const SHORT_BYTES = 65_536;

/**
 * Whether short requests are read as a whole. `@hono/node-server` 2 reads them from the socket then; to make the stream of a
 * `Request` of one takes Node 130 µs. Elsewhere both are the same.
 */
const READS_WHOLE = "process" in globalThis &&
  !("Deno" in globalThis || "Bun" in globalThis || "WebSocketPair" in globalThis);

/** The body of a request, to be read once. */
export function bodyOf(request: Request): ReadableStream<Uint8Array> | ByteSource {
  if (READS_WHOLE && isShort(request)) return wholeBody(request);
  return request.body ?? new ReadableStream({ start: (controller) => controller.close() });
}

function isShort({ headers }: Request): boolean {
  const length = Number(headers.get("content-length") ?? 0);
  return length > 0 && length <= SHORT_BYTES;
}

function wholeBody(request: Request): ByteSource {
  let isRead = false;
  let giveUp = (): void => {};
  return {
    read(): Promise<ByteResult> {
      if (isRead) return Promise.resolve(END_OF_BODY);
      isRead = true;
      return new Promise((resolve, reject) => {
        giveUp = () => resolve(END_OF_BODY);
        request.arrayBuffer().then((buffer) => resolve({ done: false, value: new Uint8Array(buffer) }), reject);
      });
    },
    cancel(): Promise<void> {
      giveUp();
      return Promise.resolve();
    },
    releaseLock: () => {},
  };
}

const END_OF_BODY: ByteResult = Object.freeze({ done: true });
