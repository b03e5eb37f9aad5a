import { isBytes } from "../../links/foreign_value.ts";

/**
 * Makes plain bytes of what runtimes and libraries give as such: a `Buffer`, whose `slice()` does not copy, a view of
 * another kind, an `ArrayBuffer`, all of them also of another realm.
 *
 * @param value Anything.
 * @returns The very same memory as a `Uint8Array` and nothing more; `undefined` if the value is no bytes.
 */
export function plainBytes(value: unknown): Uint8Array | undefined {
  if (isBytes(value) && Object.getPrototypeOf(value) === Uint8Array.prototype) return value;
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  return isArrayBuffer(value) ? new Uint8Array(value) : undefined;
}

function isArrayBuffer(value: unknown): value is ArrayBuffer {
  return Object.prototype.toString.call(value) === "[object ArrayBuffer]";
}
