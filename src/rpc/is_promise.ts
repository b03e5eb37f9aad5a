/**
 * Tells whether a value has to be awaited. What need not be is not: a call whose parts are all at hand costs one promise.
 *
 * @param value Anything.
 * @returns Whether it is a promise or looks like one.
 */
export function isPromise<Value>(value: Value | PromiseLike<Value>): value is PromiseLike<Value> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
