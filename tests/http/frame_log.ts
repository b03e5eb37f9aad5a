import { assert, assertEquals, fail } from "@std/assert";
import { type ControlItem, type Credit, FrameReader, type TicketFields } from "../../src/wire/mod.ts";
import { nextTurn } from "../../src/testing/_next_turn.ts";
import type { WireTicket } from "./frame_feed.ts";

/** A frame as a test sees it: a control item, or a ticket without its absent fields. */
export type Frame = ControlItem | WireTicket;

/** Milliseconds of real time that a test waits for a frame before it fails. */
const PATIENCE_MS = 5_000;

/** Reads the frames of a body, no more chunks than it is asked for. Credit items come at any time, and are kept apart. */
export class FrameLog {
  readonly #body: ReadableStreamDefaultReader<Uint8Array>;
  readonly #reader: FrameReader;
  readonly #frames: Frame[] = [];
  #pending: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;
  #ended = false;
  /** Chunks read so far. */
  chunks = 0;
  /** Fragments read so far. */
  fragments = 0;
  /** Credit items read so far. */
  readonly credits: Credit[] = [];

  /** @param answer Sends what a receiver has to say at once: what it has taken of large tickets. */
  constructor(body: ReadableStream<Uint8Array>, answer: (item: ControlItem) => void = () => {}) {
    this.#body = body.getReader();
    this.#reader = new FrameReader({
      ticket: (operation, sequence, fields, payload) => {
        this.#frames.push(compactTicket(operation, sequence, fields, payload));
      },
      badTicket: (_operation, { message }) => this.#failure = { error: new Error(message) },
      control: (item) => {
        if (item.kind === "credit") this.credits.push(compact(item));
        else this.#frames.push(compact(item));
      },
      fragment: (_operation, askedBytes) => {
        this.fragments += 1;
        if (askedBytes > 0) answer({ kind: "taken", byteLength: askedBytes });
      },
    });
  }

  /** Takes the next frame. */
  async next(): Promise<Frame> {
    while (this.#frames.length === 0) {
      if (this.#failure !== undefined) throw this.#failure.error;
      if (this.#ended) fail("Expected a frame, the body has ended");
      await this.#read();
    }
    return this.#frames.shift()!;
  }

  /** Takes the next frame and checks that it has these fields. */
  async expect(expected: Partial<WireTicket> | Partial<ControlItem>): Promise<Frame> {
    const frame = await this.next();
    const actual: Partial<Record<string, unknown>> = { ...frame };
    for (const [field, value] of Object.entries(expected)) {
      assertEquals(actual[field], value, `field "${field}" of ${Deno.inspect(frame)}`);
    }
    return frame;
  }

  /** Takes the next frame and checks that it is this and nothing else. */
  async expectExactly(expected: Frame): Promise<void> {
    assertEquals<unknown>(await this.next(), expected);
  }

  /** Checks that no frame is under way. */
  async expectNothing(): Promise<void> {
    if (this.#frames.length === 0 && !this.#ended) {
      this.#pending ??= this.#readChunk();
      await nextTurn();
    }
    assertEquals(this.#frames, [], "Expected no frame");
  }

  /** Takes the frames that are under way now. */
  async ready(): Promise<readonly Frame[]> {
    const frames: Frame[] = [];
    for (let count = -1; count < frames.length && !this.#ended;) {
      count = frames.length;
      this.#pending ??= this.#readChunk();
      await nextTurn();
      frames.push(...this.#frames.splice(0));
    }
    return frames;
  }

  /** Reads to the end of the body, which must come in good order, and returns the frames. */
  async rest(): Promise<readonly Frame[]> {
    while (!this.#ended && this.#failure === undefined) await this.#read();
    if (this.#failure !== undefined) throw this.#failure.error;
    return this.#frames.splice(0);
  }

  /** Reads until the body fails, and returns how. */
  async failure(): Promise<unknown> {
    while (!this.#ended && this.#failure === undefined) await this.#read();
    return this.#failure?.error ?? fail("Expected the body to fail, it has ended");
  }

  /** Reads until the body ends, and checks that no end item says so. */
  async expectCut(): Promise<void> {
    const frames = await this.rest();
    assert(frames.every((frame) => !("kind" in frame && frame.kind === "end")), "Expected no end item");
  }

  /** Reads nothing more and tells the body's source so. */
  async cancel(reason?: unknown): Promise<void> {
    await this.#body.cancel(reason);
  }

  async #read(): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const patience = new Promise<void>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`No frame came in ${PATIENCE_MS} ms`)), PATIENCE_MS);
    });
    this.#pending ??= this.#readChunk();
    try {
      await Promise.race([this.#pending, patience]);
    } finally {
      clearTimeout(timer);
    }
  }

  async #readChunk(): Promise<void> {
    try {
      const { done, value } = await this.#body.read();
      if (done) this.#ended = true;
      else {
        this.chunks += 1;
        this.#reader.push(value);
      }
    } catch (error) {
      this.#failure = { error };
    }
    this.#pending = undefined;
  }
}

function compactTicket(
  operation: number,
  sequence: number | undefined,
  fields: TicketFields | undefined,
  payload: unknown,
): WireTicket {
  return compact({ operation, sequence, ...fields, payload } as WireTicket);
}

/** A copy without absent fields. */
function compact<T extends object>(frame: T): T {
  // The type is that of the original: only what it allows to be absent is.
  return Object.fromEntries(Object.entries(frame).filter(([, value]) => value !== undefined)) as T;
}
