/**
 * Frames by hand (PROTOCOL §3 to §6), for peers that say what no client of this library would say. As little CBOR as
 * that takes, and none of the library's own.
 *
 * @module
 */

/** What a frame is made of. A `Map` stands for a map with integer keys. */
export type Item = number | string | undefined | Uint8Array | readonly Item[] | ReadonlyMap<number, Item>;

/** Kinds of exchange, as a hello names them. */
export const KIND = { duplex: 0, single: 1 } as const;

/** Keys of a ticket's fields (§5). */
export const FIELD = { group: 1, method: 2, subscription: 3, timeout: 4, allowance: 5, code: 8, message: 9, end: 10 };

/** A message of a call: the value `undefined`, as a method that takes nothing has it (P11.1). */
export const NOTHING: Uint8Array = Uint8Array.of(0xf7);

/** The frame of an item. */
export function frame(item: Item): Uint8Array<ArrayBuffer> {
  const content = encode(item);
  return join([head(2, content.length), content]);
}

/** The client's hello. */
export function hello(kind: keyof typeof KIND = "duplex"): Uint8Array<ArrayBuffer> {
  return frame([-1, new Map<number, Item>([[0, [1]], [1, KIND[kind]]])]);
}

/** The end item. */
export const END: Uint8Array<ArrayBuffer> = frame([-5, new Map()]);

/** A ping. */
export function ping(value: number): Uint8Array<ArrayBuffer> {
  return frame([-2, new Map([[0, value]])]);
}

/** How a call begins, beside its number and its method. */
export interface Opening {
  /** 0 for none, 1 for how it ended, 2 for everything, which is the default. */
  readonly subscription?: number;
  readonly timeoutMs?: number;
  readonly allowance?: number;
  /** The one request; none: requests follow in tickets of their own. */
  readonly message?: Uint8Array;
}

/** The first ticket of a call; with a message it is the only one, too. */
export function opening(operation: number, group: string, method: string, how: Opening = {}): Uint8Array<ArrayBuffer> {
  const { subscription = 2, timeoutMs = 60_000, allowance, message } = how;
  const fields = new Map<number, Item>([
    [FIELD.group, group],
    [FIELD.method, method],
    [FIELD.subscription, subscription],
    [FIELD.timeout, timeoutMs],
  ]);
  if (allowance !== undefined) fields.set(FIELD.allowance, allowance);
  if (message !== undefined) fields.set(FIELD.end, 0);
  return frame([operation, fields, message]);
}

/** A ticket with one more message of a call. */
export function message(operation: number, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return frame([operation, bytes]);
}

/** A message that is one byte string of so many zero bytes, as CBOR writes it. */
export function blob(length: number): Uint8Array<ArrayBuffer> {
  return encode(new Uint8Array(length));
}

/** A fragment of so many zero bytes, with so many to follow; 0 and 0 gives up what has begun (P3.12). */
export function fragment(operation: number, restBytes: number, length: number): Uint8Array<ArrayBuffer> {
  return frame([-16, operation, restBytes, new Uint8Array(length)]);
}

/** Several pieces as one. */
export function join(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}

function encode(item: Item): Uint8Array<ArrayBuffer> {
  if (item === undefined) return Uint8Array.of(0xf7);
  if (typeof item === "number") return item < 0 ? head(1, -1 - item) : head(0, item);
  if (typeof item === "string") return withHead(3, new TextEncoder().encode(item));
  if (item instanceof Uint8Array) return withHead(2, item);
  if (!isMap(item)) return join([head(4, item.length), ...item.map(encode)]);
  return join([head(5, item.size), ...[...item].flatMap(([key, value]) => [encode(key), encode(value)])]);
}

function isMap(item: readonly Item[] | ReadonlyMap<number, Item>): item is ReadonlyMap<number, Item> {
  return item instanceof Map;
}

function withHead(major: number, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return join([head(major, bytes.length), bytes]);
}

/** The shortest head of an item (P3.6). */
function head(major: number, argument: number): Uint8Array<ArrayBuffer> {
  const first = major << 5;
  if (argument < 24) return Uint8Array.of(first | argument);
  if (argument < 0x100) return Uint8Array.of(first | 24, argument);
  const bytes = new Uint8Array(argument < 0x10000 ? 3 : 5);
  const view = new DataView(bytes.buffer);
  bytes[0] = first | (bytes.length === 3 ? 25 : 26);
  if (bytes.length === 3) view.setUint16(1, argument);
  else view.setUint32(1, argument);
  return bytes;
}

/** A frame that has come, as far as tests look at it. */
export interface SeenFrame {
  /** The operation of a ticket, or the type of a control item, which is negative. */
  readonly type: number;
  /** The fields of a ticket, or what a control item says. */
  readonly fields: ReadonlyMap<unknown, unknown>;
  readonly payload: unknown;
  /** Bytes of its content. */
  readonly length: number;
}

/** Takes bytes as they come, and makes frames of them. */
export class FrameInput {
  #rest = new Uint8Array();

  /** Takes bytes, and tells which frames are complete with them. */
  push(bytes: Uint8Array): SeenFrame[] {
    this.#rest = join([this.#rest, bytes]);
    const seen: SeenFrame[] = [];
    for (;;) {
      const reader = new ItemReader(this.#rest);
      const content = reader.tryRead();
      if (!(content instanceof Uint8Array)) return seen;
      this.#rest = this.#rest.slice(reader.at);
      seen.push(toFrame(new ItemReader(content).read(), content.length));
    }
  }
}

function toFrame(item: unknown, length: number): SeenFrame {
  if (!Array.isArray(item) || typeof item[0] !== "number") throw new TypeError("What has come is no frame");
  const second: unknown = item[1];
  if (!(second instanceof Map)) return { type: item[0], fields: new Map(), payload: second, length };
  return { type: item[0], fields: second, payload: item[2], length };
}

class ItemReader {
  at = 0;
  readonly #bytes;
  readonly #view;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** One item; `undefined` if it is not all there. */
  tryRead(): unknown {
    try {
      return this.read();
    } catch (error) {
      if (error instanceof RangeError) return undefined;
      throw error;
    }
  }

  /** @throws {RangeError} If it is not all there. */
  read(): unknown {
    const first = this.#view.getUint8(this.at++);
    const major = first >> 5;
    if (major === 7) return this.#simple(first & 31);
    const argument = this.#argument(first & 31);
    if (major === 0) return argument;
    if (major === 1) return -1 - argument;
    if (major === 2) return this.#take(argument);
    if (major === 3) return new TextDecoder().decode(this.#take(argument));
    if (major === 4) return Array.from({ length: argument }, () => this.read());
    if (major === 5) return new Map(Array.from({ length: argument }, () => [this.read(), this.read()]));
    throw new TypeError(`No test looks at items of major type ${major}`);
  }

  #argument(info: number): number {
    if (info < 24) return info;
    const at = this.at;
    this.at += 1 << (info - 24);
    if (info === 24) return this.#view.getUint8(at);
    if (info === 25) return this.#view.getUint16(at);
    if (info === 26) return this.#view.getUint32(at);
    return Number(this.#view.getBigUint64(at));
  }

  #simple(info: number): unknown {
    const at = this.at;
    if (info === 27) this.at += 8;
    if (info === 27) return this.#view.getFloat64(at);
    return info === 20 ? false : info === 21 ? true : info === 22 ? null : undefined;
  }

  #take(length: number): Uint8Array {
    if (this.at + length > this.#bytes.length) throw new RangeError("It is not all there");
    const taken = this.#bytes.slice(this.at, this.at + length);
    this.at += length;
    return taken;
  }
}
