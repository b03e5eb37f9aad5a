import { CborError } from "../cbor/cbor_error.ts";
import { Major } from "../cbor/item_writer.ts";
import { readControlItem } from "./control_codec.ts";
import type { Hello } from "./control_item.ts";
import { frameContentLength, frameHeadLength } from "./frame_head.ts";
import type { FrameReaderOptions } from "./bare_frame_reader.ts";
import { RecallingReader } from "./recalling_reader.ts";
import { type ReadTicket, readTicket } from "./ticket_reader.ts";
import { END } from "./whole_body_writer.ts";
import { WireError } from "./wire_error.ts";
import { wireLimits } from "./wire_limits.ts";

/** A body of three frames: a hello, the one ticket of one operation, and an end in good order. */
export interface WholeBody extends ReadTicket {
  /** The hello. */
  readonly hello: Hello;
  /** The operation's number on this exchange. */
  readonly operation: number;
}

/**
 * Reads whole bodies of one ticket, which most bodies of *single* exchanges are. One serves for any number of bodies, so that
 * a body costs little beside its ticket.
 */
export class WholeBodyReader {
  readonly #reader: RecallingReader;
  readonly #isEncoded: boolean;
  /** The hello of the last body, and its bytes without the attempt at their end: peers say the same each time. */
  #lastHello: { readonly hello: Hello; readonly bytes: Uint8Array } | undefined;

  /**
   * Makes a reader.
   *
   * @param options What a frame may cost, and how payloads come.
   * @throws {RangeError} If a limit is out of its range.
   */
  constructor(options?: FrameReaderOptions) {
    this.#reader = new RecallingReader(wireLimits(options));
    this.#isEncoded = options?.payloads === "encoded";
  }

  /**
   * Reads a body.
   *
   * @param body All of its bytes. They must not change as long as the payload is in use.
   * @returns What it holds; `undefined` if it is of another form or malformed, which a `FrameReader` tells.
   */
  read(body: Uint8Array): WholeBody | undefined {
    if (!endsWithEnd(body)) return undefined;
    try {
      return this.#read(body);
    } catch (error) {
      if (error instanceof CborError || error instanceof WireError) return undefined;
      throw error;
    } finally {
      this.#reader.release();
    }
  }

  #read(body: Uint8Array): WholeBody | undefined {
    const reader = this.#reader;
    const helloEnd = this.#begin(body, 0);
    const ticketEnd = helloEnd < body.length - END.length ? this.#begin(body, helloEnd) : 0;
    if (ticketEnd !== body.length - END.length) return undefined;
    const hello = this.#recallHello(body, helloEnd) ?? this.#readHello(body, helloEnd);
    if (hello === undefined) return undefined;
    this.#begin(body, helloEnd);
    const count = reader.head(Major.ARRAY, "the array of an item");
    const operation = reader.integer("an operation or the type of a control item");
    if (operation <= 0) return undefined;
    const { sequence, fields, payload } = readTicket(reader, count, this.#isEncoded);
    return { hello, operation, sequence, fields, payload };
  }

  /** Begins to read the frame that starts there, and returns where it ends, which may be beyond the body. */
  #begin(body: Uint8Array, offset: number): number {
    const start = offset + frameHeadLength(body[offset]!);
    if (start > body.length) return start;
    const end = start + frameContentLength(body, offset, start - offset, this.#reader.limits.maxFrameBytes);
    this.#reader.reset(body, start, Math.min(end, body.length));
    return end;
  }

  /** The hello, if it differs from the last one in its attempt at most. */
  #recallHello(body: Uint8Array, end: number): Hello | undefined {
    const last = this.#lastHello;
    if (last === undefined) return undefined;
    const { hello, bytes } = last;
    if (bytes.length + (hello.attempt?.length ?? 0) !== end) return undefined;
    for (let i = 0; i < bytes.length; i++) if (bytes[i] !== body[i]) return undefined;
    return hello.attempt === undefined ? hello : { ...hello, attempt: body.subarray(bytes.length, end) };
  }

  #readHello(body: Uint8Array, end: number): Hello | undefined {
    this.#begin(body, 0);
    const count = this.#reader.head(Major.ARRAY, "the array of an item");
    const type = this.#reader.integer("an operation or the type of a control item");
    const item = type < 0 ? readControlItem(this.#reader, type, count) : undefined;
    if (item?.kind !== "hello") return undefined;
    const prefix = endWithoutAttempt(body, end, item.attempt);
    if (prefix !== undefined) this.#lastHello = { hello: item, bytes: body.slice(0, prefix) };
    return item;
  }
}

/** The longest string of bytes whose head is one byte. */
const MAX_SHORT_STRING_BYTES = 23;

/** Where a hello ends without the bytes of its attempt; `undefined` if that does not stand last, as that of this library does. */
function endWithoutAttempt(body: Uint8Array, end: number, attempt: Uint8Array | undefined): number | undefined {
  if (attempt === undefined) return end;
  const { length } = attempt;
  const start = end - length;
  if (length > MAX_SHORT_STRING_BYTES || body[start - 1] !== Major.BYTES + length) return undefined;
  return attempt.every((byte, index) => body[start + index] === byte) ? start : undefined;
}

function endsWithEnd(body: Uint8Array): boolean {
  const start = body.length - END.length;
  if (start <= 0) return false;
  for (let i = 0; i < END.length; i++) if (body[start + i] !== END[i]) return false;
  return true;
}
