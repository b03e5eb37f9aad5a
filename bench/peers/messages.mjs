// @ts-check
/** @import { Message, Peer } from "./peer.ts" */

/**
 * What a stream is asked for: so many messages of so many bytes. After them it ends, or stays open and silent.
 *
 * @typedef {{ count: number, byteLength: number, staysOpen?: boolean }} StreamRequest
 */

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * A message of a size.
 *
 * @param {Peer["encoding"]} encoding
 * @param {number} byteLength
 * @returns {Message}
 */
export function messageOf(encoding, byteLength) {
  return encoding === "text" ? "x".repeat(byteLength) : new Uint8Array(byteLength).fill(120);
}

/**
 * @param {Peer["encoding"]} encoding
 * @param {unknown} value Anything that JSON can say.
 * @returns {Message}
 */
export function packed(encoding, value) {
  const text = JSON.stringify(value);
  return encoding === "text" ? text : encoder.encode(text);
}

/**
 * @param {Message} message What `packed` has made.
 * @returns {any}
 */
export function unpacked(message) {
  return JSON.parse(
    typeof message === "string" ? message : decoder.decode(message),
  );
}

/**
 * The same message over and over.
 *
 * @param {Message} message
 * @param {number} count
 * @returns {Iterable<Message>}
 */
export function* repeated(message, count) {
  for (let i = 0; i < count; i++) yield message;
}
