import { type ControlItem, type FrameHandler, FrameReader, type FrameReaderOptions } from "../../src/wire/mod.ts";
import type { TicketFields, TicketProblem } from "../../src/wire/mod.ts";

/** A handler that keeps what it is called with, in the shape of the vectors' meanings. */
export class Recorder implements FrameHandler {
  /** What came, in order. */
  readonly items: Record<string, unknown>[] = [];
  /** What is wrong with bad tickets, in order. */
  readonly errors: TicketProblem[] = [];

  ticket(operation: number, sequence: number | undefined, fields: TicketFields | undefined, payload: unknown): void {
    this.items.push({ ticket: compact({ operation, sequence, fields: fields && compact({ ...fields }), payload }) });
  }

  badTicket(operation: number, problem: TicketProblem): void {
    this.errors.push(problem);
    this.items.push({ badTicket: { operation, code: problem.code } });
  }

  control(item: ControlItem): void {
    this.items.push({ control: compact({ ...item }) });
  }
}

/** An object without the properties that are undefined. */
export function compact(object: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}

/**
 * Reads bytes in chunks of a size.
 *
 * @param bytes The bytes.
 * @param chunkBytes The size; all in one by default.
 * @param options For the reader.
 * @returns What came, and the reader.
 */
export function readAll(
  bytes: Uint8Array,
  chunkBytes: number = bytes.length,
  options?: FrameReaderOptions,
): { items: Record<string, unknown>[]; errors: TicketProblem[]; reader: FrameReader } {
  const recorder = new Recorder();
  const reader = new FrameReader(recorder, options);
  for (let offset = 0; offset < bytes.length; offset += chunkBytes) {
    reader.push(bytes.slice(offset, offset + chunkBytes));
  }
  return { items: recorder.items, errors: recorder.errors, reader };
}

/**
 * Puts content into a frame.
 *
 * @param content The content, of less than 65,536 bytes.
 * @returns The frame.
 */
export function frame(content: Uint8Array): Uint8Array {
  const { length } = content;
  const head = length < 24 ? [0x40 + length] : length < 256 ? [0x58, length] : [0x59, length >> 8, length & 0xff];
  return Uint8Array.of(...head, ...content);
}
