import type { Transport } from "../links/transport.ts";

/** Both sides of a connection that has just been made. */
export interface TransportPair {
  /** The client's side. */
  readonly client: Transport;
  /** The server's side. */
  readonly server: Transport;
  /** Frees what has been opened for the two, such as an HTTP server. */
  release?(): void | Promise<void>;
}

/** What a carrier shows of a side that closes with a reason. */
export interface TransportLawOptions {
  /**
   * The sides whose `close(reason)` the other side can tell from the end of a direction. A response of HTTP only ends, for
   * example.
   *
   * @default {[]}
   */
  readonly showsFailureOf?: readonly ("client" | "server")[] | undefined;
  /**
   * Milliseconds after which what has not happened counts as waiting.
   *
   * @default {50}
   */
  readonly quietMs?: number | undefined;
  /**
   * Milliseconds in which what must happen has to.
   *
   * @default {5_000}
   */
  readonly patienceMs?: number | undefined;
}

/** One law, with the carrier that has to obey it. */
export interface TransportLaw {
  /** What it says. */
  readonly name: string;
  /** Checks it on connections of its own. Rejects if it is broken. */
  readonly check: () => Promise<void>;
}

/** Bytes that any network between two sides may hold. */
const MAX_HELD_BYTES = 67_108_864;
const CHUNK_BYTES = 65_536;

/**
 * The laws that every {@linkcode Transport} must obey for an exchange to work on it, for those who write a carrier. Errors
 * that nobody catches are for the test runner to notice.
 *
 * @param open Makes a connection; each law makes one or several.
 * @param options What the carrier shows, and how long to wait.
 * @returns The laws, to be checked in any order.
 *
 * @example Check a carrier in memory
 * ```ts
 * import type { Transport } from "@ticketlink/ticketlink/links";
 * import { transportLaws } from "@ticketlink/ticketlink/testing";
 *
 * function side(outgoing: TransformStream<Uint8Array>, incoming: TransformStream<Uint8Array>): Transport {
 *   const writer = outgoing.writable.getWriter();
 *   const reader = incoming.readable.getReader();
 *   writer.closed.catch(() => "told by send");
 *   return {
 *     traits: { requestIsWhole: false, peerGrants: true, canPauseReceive: true },
 *     send: (chunk) => writer.write(chunk),
 *     receive: () => reader.read().then(({ value }) => value),
 *     closeSend: () => void writer.close().catch(() => "it is closed"),
 *     close(reason) {
 *       void (reason === undefined ? writer.close() : writer.abort(reason)).catch(() => "it is closed");
 *       reader.cancel(reason).catch(() => "it is closed");
 *     },
 *   };
 * }
 *
 * const laws = transportLaws(() => {
 *   const up = new TransformStream<Uint8Array>();
 *   const down = new TransformStream<Uint8Array>();
 *   return { client: side(up, down), server: side(down, up) };
 * }, { showsFailureOf: ["client", "server"] });
 * for (const { check } of laws) await check();
 * ```
 */
export function transportLaws(
  open: () => TransportPair | Promise<TransportPair>,
  options: TransportLawOptions = {},
): TransportLaw[] {
  const directions = [["client", "server"], ["server", "client"]] as const;
  return directions.flatMap(([from, to]) => {
    const showsFailure = options.showsFailureOf?.includes(from) === true;
    return Object.entries(LAWS).map(([says, law]) => ({
      name: `from ${from} to ${to}, ${says}`,
      async check() {
        const pair = await open();
        const trial = new Trial(pair[from], pair[to], showsFailure, options);
        try {
          await law(trial);
        } finally {
          await trial.end();
          await pair.release?.();
        }
      },
    }));
  });
}

type Law = (trial: Trial) => Promise<void>;

const LAWS: Readonly<Record<string, Law>> = {
  "bytes arrive as they are, in order": async (trial) => {
    await trial.carry([1, 2, 1_000, CHUNK_BYTES, 1, 300_000, 3].map(filled));
  },

  "many small chunks arrive": async (trial) => {
    await trial.carry(Array.from({ length: 1_000 }, (_, index) => filled(1 + index % 10)));
  },

  "what is sent before anything is received arrives": async (trial) => {
    const chunks = [filled(10), filled(20)];
    const sent = trial.sendAll(chunks);
    await trial.quiet();
    await trial.expect(join(chunks));
    await trial.must("the sends settle", sent);
  },

  "receiving waits for what is sent": async (trial) => {
    trial.receive();
    await trial.quiet();
    if (trial.received.length > 0 || trial.outcome !== undefined) throw broken("receive() waits");
    await trial.carry([filled(3)]);
  },

  "both directions carry at once": async (trial) => {
    const chunks = Array.from({ length: 20 }, () => filled(10_000));
    await Promise.all([trial.carry(chunks), trial.reverse.carry(chunks)]);
  },

  "sending waits while nothing is received, if the receiver can pause it, and then goes on": async (trial) => {
    if (!trial.to.traits.canPauseReceive) return;
    const chunks: Uint8Array[] = [];
    let waiting: Promise<void> | undefined;
    while (waiting === undefined && chunks.length < MAX_HELD_BYTES / CHUNK_BYTES) {
      chunks.push(filled(CHUNK_BYTES));
      const sent = trial.sendAll(chunks.slice(-1));
      if (!await trial.settlesSoon(sent)) waiting = sent;
    }
    if (waiting === undefined) throw broken(`send() waits before ${MAX_HELD_BYTES} bytes are held`);
    await trial.expect(join(chunks));
    await trial.must("the send settles when there is room", waiting);
  },

  "closeSend() ends one direction after what was sent, and not the other": async (trial) => {
    await trial.carry([filled(CHUNK_BYTES), filled(10)]);
    trial.from.closeSend();
    await trial.quiet();
    if (trial.outcome === "failed") throw broken("closeSend() is no failure");
    await trial.reverse.carry([filled(7)]);
  },

  "closeSend() right after the last send() loses nothing": async (trial) => {
    const chunk = filled(300_000);
    trial.sendAndForget(chunk);
    trial.from.closeSend();
    await trial.expect(chunk);
  },

  "close() with a reason reaches who receives": async (trial) => {
    await trial.carry([filled(10)]);
    trial.from.close(new Error("given up"));
    await trial.must("receive() settles, or the peer is lost", trial.noticed());
    await trial.quiet();
    if (trial.showsFailure && trial.outcome !== "failed") throw broken("receive() rejects after a failure");
  },

  "close() with a reason reaches who sends": async (trial) => {
    await trial.carry([filled(10)]);
    trial.from.close(new Error("given up"));
    const sending = trial.reverse.sendUntilRejected();
    await trial.must(
      "send() rejects, receive() settles, or the peer is lost",
      Promise.race([sending, trial.noticed()]),
    );
    trial.to.close(new Error("the peer is lost"));
    await trial.quiet();
  },

  "close() settles what is received on its own side": async (trial) => {
    trial.reverse.receive();
    await trial.quiet();
    trial.from.close(new Error("given up"));
    await trial.must("receive() settles", trial.reverse.over);
  },

  "close() in good order loses nothing that was sent": async (trial) => {
    await trial.carry([filled(100)]);
    trial.sendAndForget(filled(50));
    trial.from.closeSend();
    await trial.expect(filled(50));
    trial.to.closeSend();
    trial.from.close();
    trial.to.close();
    await trial.quiet();
  },

  "closing again changes nothing": async (trial) => {
    await trial.carry([filled(1)]);
    for (const reason of [new Error("first"), new Error("second"), undefined]) {
      trial.from.closeSend();
      trial.from.close(reason);
    }
    await trial.quiet();
    trial.to.close();
    trial.to.close(new Error("third"));
    await trial.quiet();
  },
};

/** One direction of a pair that a law is tried on. */
class Trial {
  readonly from: Transport;
  readonly to: Transport;
  readonly showsFailure: boolean;
  readonly #options: TransportLawOptions;
  /** What has arrived and is not expected yet. */
  received: Uint8Array = new Uint8Array();
  /** How receiving has ended. */
  outcome: "ended" | "failed" | undefined;
  /** Resolves when it has. */
  readonly over: Promise<void>;
  #end: () => void = () => {};
  #isReceiving = false;
  #arrived: () => void = () => {};
  #isOver = false;
  #reverse: Trial | undefined;

  constructor(from: Transport, to: Transport, showsFailure: boolean, options: TransportLawOptions) {
    this.from = from;
    this.to = to;
    this.showsFailure = showsFailure;
    this.#options = options;
    this.over = new Promise((resolve) => this.#end = resolve);
  }

  /** The other direction. */
  get reverse(): Trial {
    this.#reverse ??= new Trial(this.to, this.from, false, this.#options);
    return this.#reverse;
  }

  /** Begins to receive, as long as something comes. */
  receive(): void {
    if (this.#isReceiving) return;
    this.#isReceiving = true;
    void this.#receive();
  }

  async #receive(): Promise<void> {
    try {
      for (;;) {
        const chunk = await this.to.receive();
        if (chunk === undefined) break;
        if (chunk.length === 0) throw broken("no chunk that arrives is empty");
        this.received = join([this.received, chunk]);
        this.#arrived();
      }
      this.outcome = "ended";
    } catch {
      this.outcome = "failed";
    }
    this.#end();
  }

  /** Sends chunks and expects them. */
  async carry(chunks: readonly Uint8Array[]): Promise<void> {
    const sent = this.sendAll(chunks);
    await this.expect(join(chunks));
    await this.must("the sends settle", sent);
  }

  /** Sends chunks one after the other, each on memory of its own. */
  async sendAll(chunks: readonly Uint8Array[]): Promise<void> {
    for (const chunk of chunks) {
      const isTaken = this.from.send(chunk.slice());
      if (isTaken !== undefined) await isTaken;
    }
  }

  sendAndForget(chunk: Uint8Array): void {
    this.sendAll([chunk]).catch(() => "the side is closed before there is room");
  }

  async sendUntilRejected(): Promise<void> {
    try {
      while (!this.#isOver) {
        await this.from.send(filled(CHUNK_BYTES));
        await this.quiet();
      }
    } catch {
      // This is what is waited for.
    }
  }

  async expect(expected: Uint8Array): Promise<void> {
    this.receive();
    while (this.received.length < expected.length && this.outcome === undefined) {
      const more = new Promise<void>((resolve) => this.#arrived = resolve);
      const { length } = this.received;
      await this.must(`${expected.length} bytes arrive, ${length} have`, Promise.race([more, this.over]));
    }
    const got = this.received.subarray(0, expected.length);
    this.received = this.received.subarray(expected.length);
    if (got.length < expected.length) {
      throw broken(`${expected.length} bytes arrive before receiving has ${this.outcome}`);
    }
    if (got.some((byte, index) => byte !== expected[index])) throw broken("what arrives is what was sent");
  }

  /** Resolves when the receiving side knows that something is over. */
  async noticed(): Promise<void> {
    const { lost } = this.to;
    await (lost === undefined ? this.over : Promise.race([this.over, lost]));
  }

  async must<T>(what: string, promise: Promise<T>): Promise<T> {
    const { patienceMs = 5_000 } = this.#options;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(broken(`${what} within ${patienceMs} ms`)), patienceMs);
    });
    try {
      return await Promise.race([promise, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Whether a promise settles before it counts as waiting. */
  settlesSoon(promise: Promise<unknown>): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), this.#options.quietMs ?? 50);
      const settled = (): void => {
        clearTimeout(timer);
        resolve(true);
      };
      promise.then(settled, settled);
    });
  }

  quiet(): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, this.#options.quietMs ?? 50));
  }

  /** Closes both sides, and resolves when nothing is under way any more. */
  async end(): Promise<void> {
    this.#isOver = true;
    if (this.#reverse !== undefined) this.#reverse.#isOver = true;
    for (const side of [this.from, this.to]) side.close(new Error("The trial is over"));
    await this.quiet();
  }
}

function broken(says: string): Error {
  return new Error(`A transport breaks a law: ${says}`);
}

function filled(length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, index) => index * 31 + length);
}

function join(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const chunk of chunks) {
    joined.set(chunk, offset);
    offset += chunk.length;
  }
  return joined;
}
