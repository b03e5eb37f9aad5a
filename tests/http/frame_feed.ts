import type { Ticket } from "../../src/links/mod.ts";
import { type ControlItem, FrameWriter } from "../../src/wire/mod.ts";

/** A ticket as it stands on the wire. */
export interface WireTicket extends Partial<Ticket> {
  /** The operation's number on the exchange. */
  readonly operation: number;
  /** The ticket's own number, where it names one. */
  readonly sequence?: number;
}

/** Encodes frames outside of any body. */
export function encode(...items: readonly (WireTicket | ControlItem)[]): Uint8Array<ArrayBuffer> {
  const writer = new FrameWriter({ maxFrameBytes: Number.MAX_SAFE_INTEGER });
  for (const item of items) {
    if ("kind" in item) writer.writeControl(item);
    else writer.writeTicket(item.operation, item.sequence, { operationId: 0, sequenceNumber: 0, ...item });
  }
  return writer.take() ?? new Uint8Array();
}

/** A body that a test writes, a chunk for each call. */
export class FrameFeed {
  readonly stream: ReadableStream<Uint8Array>;
  /** Resolves with the reason when the reader takes nothing more. */
  readonly cancelled: Promise<unknown>;
  #controller!: ReadableStreamDefaultController<Uint8Array>;

  constructor() {
    const { promise, resolve } = Promise.withResolvers<unknown>();
    this.cancelled = promise;
    this.stream = new ReadableStream({
      start: (controller) => {
        this.#controller = controller;
      },
      cancel: resolve,
    });
  }

  /** Sends frames in one chunk. */
  send(...items: readonly (WireTicket | ControlItem)[]): void {
    this.raw(encode(...items));
  }

  /** Sends bytes. */
  raw(bytes: Uint8Array): void {
    this.#controller.enqueue(bytes);
  }

  /** Chunks that nobody has taken yet. */
  get waiting(): number {
    return 1 - this.#controller.desiredSize!;
  }

  /** Ends the body, whatever has been sent. */
  close(): void {
    this.#controller.close();
  }

  /** Breaks the body off. */
  error(reason: unknown): void {
    this.#controller.error(reason);
  }
}
