/**
 * Tells whether a value has to be awaited. What need not be is not: a call whose parts are all at hand costs one promise.
 *
 * @param value Anything.
 * @returns Whether it is a promise or looks like one.
 */
export function isPromise<Value>(value: Value | PromiseLike<Value>): value is PromiseLike<Value> {
  // Bytes are what most values are; to look for a property of an array of bytes takes twice as long as all the rest.
  if (value instanceof Promise) return true;
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return false;
  return "then" in value && typeof value.then === "function";
}
