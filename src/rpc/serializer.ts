import { isBytes } from "../links/foreign_value.ts";
import { copyBytes } from "../cbor/copy_bytes.ts";
import { Decoder, decodeValue } from "../cbor/decode.ts";
import { encodeValue } from "../cbor/encode.ts";
import { hasOwnBuffer, LEAST_OWN_BYTES } from "../cbor/own_buffers.ts";
import { cborLimits, type CborOptions } from "../cbor/profile.ts";

export { CborError } from "../cbor/cbor_error.ts";

/**
 * Turns the messages of a method into bytes and back.
 *
 * @example Big numbers as decimal text
 * ```ts
 * import type { Serializer } from "@ticketlink/ticketlink";
 * import { assertEquals } from "@std/assert";
 *
 * const decimal: Serializer<bigint> = {
 *   serialize: (value) => new TextEncoder().encode(String(value)),
 *   deserialize: (bytes) => BigInt(new TextDecoder().decode(bytes)),
 * };
 * assertEquals(decimal.deserialize(decimal.serialize(12n)), 12n);
 * ```
 */
export interface Serializer<Message> {
  /**
   * Turns a message into bytes.
   *
   * @param message The message.
   * @returns Its bytes. Do not change them afterwards: they may be sent later, and a link in memory delivers them uncopied.
   */
  serialize(message: Message): Uint8Array;

  /**
   * Turns bytes into a message. Throws if they are not one.
   *
   * @param bytes The bytes. They may be a view of a larger buffer, which is not written to any more.
   * @returns The message.
   */
  deserialize(bytes: Uint8Array): Message;
}

/** A serializer of any message, so that it fits every method. It does not check that what it reads has the method's type. */
export interface UniversalSerializer {
  /**
   * Turns a message into bytes.
   *
   * @param message The message.
   * @returns Its bytes.
   */
  serialize(message: unknown): Uint8Array;

  /**
   * Turns bytes into a message. Throws if they are not one.
   *
   * @typeParam Message The type that the message is trusted to have. Only a schema checks it.
   * @param bytes The bytes.
   * @returns The message.
   */
  deserialize<Message>(bytes: Uint8Array): Message;
}

/**
 * The default serializer: CBOR, for numbers, bigint, text, bytes and typed arrays, dates, maps, sets, arrays, plain objects,
 * `null`, `undefined` and booleans. It reads a strict profile of CBOR. A message that is an `ArrayBuffer`, a `Blob` or a
 * `File` is sent as its bytes, and arrives as a `Uint8Array`.
 *
 * Messages share no memory with each other, so their bytes may be transferred. Byte strings and typed arrays of 4 KiB or more
 * have an `ArrayBuffer` of their own. Smaller ones may share one with others of the same message.
 *
 * @example There and back
 * ```ts
 * import { cborSerializer } from "@ticketlink/ticketlink";
 * import { assertEquals } from "@std/assert";
 *
 * const message = { when: new Date(0), tags: new Set(["a"]) };
 * assertEquals(cborSerializer.deserialize(cborSerializer.serialize(message)), message);
 * ```
 */
export const cborSerializer: UniversalSerializer = /* @__PURE__ */ Object.freeze({
  serialize: (message: unknown): Uint8Array => encodeValue(message),
  deserialize: <Message>(bytes: Uint8Array): Message => decodeValue(bytes) as Message, // trusted, as documented
});

/**
 * Makes a {@linkcode cborSerializer} with other options. Do not allow an untrusted peer more than a message needs: SECURITY.md
 * says what each limit is for. Both sides of a method need the same options.
 *
 * @param options The limits of one message, and whether byte strings have buffers of their own.
 * @returns The serializer, frozen.
 * @throws {RangeError} If a limit is not an integer in its range.
 *
 * @example A large set of numbers
 * ```ts
 * import { cborSerializer, cborSerializerWith } from "@ticketlink/ticketlink";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const ids = new Set(Array.from({ length: 100_000 }, (_, i) => i));
 * assertThrows(() => cborSerializer.serialize(ids), Error, "maxNumericKeys");
 * const serializer = cborSerializerWith({ maxNumericKeys: 200_000 });
 * assertEquals(serializer.deserialize(serializer.serialize(ids)), ids);
 * ```
 */
export function cborSerializerWith(options: CborOptions): UniversalSerializer {
  const decoder = new Decoder(cborLimits(options), options.ownBuffers);
  return Object.freeze({
    serialize: (message: unknown): Uint8Array => encodeValue(message, decoder.limits),
    deserialize: <Message>(bytes: Uint8Array): Message => decodeValue(bytes, decoder) as Message, // as above
  });
}

/**
 * Bytes, unchanged. An `ArrayBuffer`, a `Blob` and a `File` are sent as the bytes that they hold. What is sent is copied, so
 * the sender may reuse its buffer. A received message of 4 KiB or more has an `ArrayBuffer` of its own. A smaller one is a
 * view of memory that it may share with messages of other calls: copy it before you transfer its buffer (`postMessage`,
 * `structuredClone`). The default serializer gives each message memory of its own, which takes ten times as long for 100
 * bytes.
 *
 * @example A buffer that is used again
 * ```ts
 * import { bytesSerializer } from "@ticketlink/ticketlink";
 * import { assertEquals } from "@std/assert";
 *
 * const buffer = new Uint8Array([1, 2, 3]);
 * const sent = bytesSerializer.serialize(buffer);
 * buffer.fill(0);
 * assertEquals(sent, new Uint8Array([1, 2, 3]));
 * ```
 */
export const bytesSerializer: Serializer<Uint8Array> = /* @__PURE__ */ Object.freeze({
  serialize(message: Uint8Array | ArrayBuffer): Uint8Array {
    if (isBytes(message)) return copyBytes(message);
    if (Object.prototype.toString.call(message) === "[object ArrayBuffer]") return copyBytes(new Uint8Array(message));
    throw wrongType("expected a Uint8Array, got a", message);
  },
  // Not a copy by `slice()`, which does not copy a `Buffer`.
  deserialize: (bytes: Uint8Array): Uint8Array =>
    bytes.length < LEAST_OWN_BYTES || hasOwnBuffer(bytes) ? bytes : new Uint8Array(bytes),
});

function wrongType(why: string, message: unknown): TypeError {
  return new TypeError(`Cannot serialize the message: ${why} value of type ${typeof message}`);
}

// `ignoreBOM` keeps a leading U+FEFF, which is part of the text. `fatal` refuses invalid UTF-8.
const DECODER = /* @__PURE__ */ new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const ENCODER = /* @__PURE__ */ new TextEncoder();

/**
 * Text as UTF-8.
 *
 * @example There and back
 * ```ts
 * import { textSerializer } from "@ticketlink/ticketlink";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(textSerializer.serialize("ä"), new Uint8Array([0xc3, 0xa4]));
 * ```
 */
export const textSerializer: Serializer<string> = /* @__PURE__ */ Object.freeze({
  serialize(message: string): Uint8Array {
    if (typeof message === "string") return ENCODER.encode(message);
    throw wrongType("expected a string, got a", message);
  },
  deserialize: (bytes: Uint8Array): string => DECODER.decode(bytes),
});

/** What holds bytes, of whichever realm. */
const BINARY = / (ArrayBuffer|Blob|File)]$/;

/**
 * JSON, for peers that have nothing else. It refuses a message that JSON does not have: `undefined`, and bytes of any kind, of
 * which `JSON.stringify()` would leave an object.
 *
 * @example There and back
 * ```ts
 * import { jsonSerializer } from "@ticketlink/ticketlink";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(jsonSerializer.deserialize(jsonSerializer.serialize({ n: 1 })), { n: 1 });
 * ```
 */
export const jsonSerializer: UniversalSerializer = /* @__PURE__ */ Object.freeze({
  serialize(message: unknown): Uint8Array {
    if (isBytes(message) || BINARY.test(Object.prototype.toString.call(message))) {
      throw wrongType("JSON has no bytes, got a", message);
    }
    // The declared type leaves out that the result may be `undefined`.
    const text: string | undefined = JSON.stringify(message);
    if (text !== undefined) return ENCODER.encode(text);
    throw wrongType("JSON has no", message);
  },
  deserialize: <Message>(bytes: Uint8Array): Message => JSON.parse(DECODER.decode(bytes)), // trusted, as documented
});
