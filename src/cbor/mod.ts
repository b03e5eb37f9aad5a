/**
 * CBOR values: the strict profile of PROTOCOL.md §4 around cbor-x. What is common is checked while it
 * is read or written; of all else nothing is decoded that has not passed {@linkcode checkItem}, and nothing is encoded that
 * would not.
 *
 * @module
 */
export { CborError } from "./cbor_error.ts";
export { type CborLimits, cborLimits, DEFAULT_CBOR_LIMITS } from "./cbor_limits.ts";
export { checkItem } from "./check_item.ts";
export { copyBytes, HEADROOM_BYTES, takeHeadroom } from "./copy_bytes.ts";
export { decodeChecked, decodeValue } from "./decode_value.ts";
export { encodeTransient, encodeValue } from "./encode_value.ts";
export { recallName, rememberName } from "./name_cache.ts";
export { NOT_PLAIN, plainItemEnd, readPlainItem } from "./plain_items.ts";
export { invalidUtf8, readUtf8 } from "./utf8.ts";
