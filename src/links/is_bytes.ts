/** What a typed array says that it is, from an internal slot: nothing else has it, and it is the same in every realm. */
const typedArrayName = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype),
  Symbol.toStringTag,
)?.get;

/**
 * Tells whether a value is a `Uint8Array`, also one of a subclass or of another realm, of which `instanceof` knows nothing.
 *
 * @param value Anything.
 * @returns Whether it is one.
 */
export function isBytes(value: unknown): value is Uint8Array {
  return typedArrayName?.call(value) === "Uint8Array";
}
