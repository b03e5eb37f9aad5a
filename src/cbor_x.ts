/**
 * A payload serializer on [cbor-x](https://github.com/kriszyp/cbor-x), for services that trust each other: messages of many
 * objects of the same shape become smaller, as the names of their properties are written once.
 *
 * In the npm package `cbor-x` is an optional peer dependency: install it beside this library to use this entry point.
 *
 * @example A method whose messages are rows
 * ```ts
 * import { createClient, defineService, implement, ticketHandler, unary } from "@ticketlink/ticketlink";
 * import { cborXSerializer } from "@ticketlink/ticketlink/cbor-x";
 * import { assertEquals } from "@std/assert";
 * import { Hono } from "npm:hono@^4";
 *
 * interface Row {
 *   readonly id: number;
 *   readonly name: string;
 * }
 *
 * const Table = defineService("demo.Table", {
 *   rows: unary<number, Row[]>({ serializer: cborXSerializer() }),
 * });
 *
 * await using handler = ticketHandler(implement(Table, {
 *   rows: (count) => Array.from({ length: count }, (_, id) => ({ id, name: `row ${id}` })),
 * }));
 * const app = new Hono().all("/rpc", handler);
 * await using table = createClient(Table, "/rpc", { fetch: app.request });
 * assertEquals(await table.rows(2), [{ id: 0, name: "row 0" }, { id: 1, name: "row 1" }]);
 * ```
 *
 * @module
 */

// The build without `eval` is the same on every runtime, and needs neither a permission nor native code.
import { Decoder, Encoder } from "npm:cbor-x@^1.6.8/index-no-eval";
import type { UniversalSerializer } from "./rpc/serializer.ts";

export type { UniversalSerializer };

/** What is used of cbor-x's encoder and its own types leave out. */
interface MessageEncoder {
  encode(message: unknown, mode: number): Uint8Array;
  useBuffer(buffer: Uint8Array): void;
}

/** cbor-x's RESET_BUFFER_MODE, which it does not export: the next message is written over this one. */
const RESET_BUFFER_MODE = 1024;
const INITIAL_BUFFER_BYTES = 8_192;
/** cbor-x keeps its buffer, up to four times the largest message, for ever; above this it gets a small one again. */
const MAX_KEPT_BYTES = 1_048_576;

/** cbor-x would give such a property another name. */
const FORBIDDEN_KEY = "__proto__";

/**
 * An encoder that takes the keys of each object from the object. cbor-x does so where keys are to be mapped; elsewhere it
 * remembers them in a property `__keys__` of the tables that are indexed by keys, where an object that has a key of this
 * name spoils this message and all after it.
 */
class RecordEncoder extends Encoder {
  constructor() {
    // No tag on `Uint8Array`, which cbor-x would write on some runtimes only.
    super({ useRecords: true, tagUint8Array: false, keyMap: {} });
  }

  /** Called by cbor-x with each key of an object or a `Map`. */
  encodeKey(key: unknown): unknown {
    if (key === FORBIDDEN_KEY) throw new TypeError(`Cannot serialize the message: it has a key "${FORBIDDEN_KEY}"`);
    return key;
  }
}

/** All encoders of cbor-x write to one buffer. */
let isEncoding = false;

function encode(encoder: MessageEncoder, message: unknown): Uint8Array {
  if (isEncoding) throw new TypeError("Cannot serialize the message: it is read by a getter of another one");
  isEncoding = true;
  try {
    const encoded = encoder.encode(message, RESET_BUFFER_MODE);
    // A plain copy, as the view may be a `Buffer`.
    const copy = new Uint8Array(encoded);
    if (encoded.buffer.byteLength > MAX_KEPT_BYTES) {
      // Of the same class: cbor-x calls methods of Node's `Buffer` on its buffer where there is one.
      encoder.useBuffer(Uint8Array.prototype.slice.call(encoded, 0, INITIAL_BUFFER_BYTES));
    }
    return copy;
  } finally {
    isEncoding = false;
  }
}

/**
 * Makes a serializer on cbor-x, with its records: the first object of a shape in a message brings the names of its
 * properties, and those after it only a number for them and their values. Each message holds all that it takes to read it,
 * so messages may be lost, and arrive in any order. Both sides of a method need it.
 *
 * It pays where a message has many objects of few shapes. A small message becomes larger and takes longer than with
 * `cborSerializer`, and so does an object whose keys are data: use a `Map` there.
 *
 * It is for peers that are trusted, as it does not do what `cborSerializer` does:
 *
 * - It holds what it reads to no profile and no limit: bytes that are made for it take time and memory without bound, and
 *   can become `Error`, `RegExp`, and objects that contain themselves.
 * - It writes what it does not know as something else without a word: an instance of a class as a plain object, values of
 *   another realm and a `DataView` as what they have to enumerate, `-0` as 0, a lone surrogate as U+FFFD.
 * - Its errors do not say where in the message something is wrong.
 *
 * What it returns is the caller's: bytes that are serialized stay as they are, and each byte string and typed array that is
 * read has an `ArrayBuffer` of its own.
 *
 * @returns The serializer, frozen. It throws a `TypeError` for a message with a key `__proto__`, and cbor-x's own errors
 * for functions, symbols and bytes that are no message.
 *
 * @example The names of properties, once
 * ```ts
 * import { cborSerializer } from "@ticketlink/ticketlink";
 * import { cborXSerializer } from "@ticketlink/ticketlink/cbor-x";
 * import { assert, assertEquals } from "@std/assert";
 *
 * const rows = Array.from({ length: 100 }, (_, i) => ({ latitude: i, longitude: -i }));
 * const serializer = cborXSerializer();
 * const bytes = serializer.serialize(rows);
 * assertEquals(serializer.deserialize(bytes), rows);
 * assert(bytes.length < cborSerializer.serialize(rows).length / 2);
 * ```
 */
export function cborXSerializer(): UniversalSerializer {
  const encoder = new RecordEncoder() as unknown as MessageEncoder; // cbor-x's types leave out what this one has
  const decoder = new Decoder({ useRecords: true, copyBuffers: true });
  return Object.freeze({
    serialize: (message: unknown): Uint8Array => encode(encoder, message),
    deserialize<Message>(bytes: Uint8Array): Message {
      // A view of its own, as cbor-x adds a property to it.
      return decoder.decode(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)); // trusted, as documented
    },
  });
}
