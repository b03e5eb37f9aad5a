/**
 * The key of the method that `await using` calls. Engines without explicit resource management, such as Firefox 140 and
 * WebKitGTK 2.50, lack the symbol; what compiles `await using` for them takes this one in its place.
 */
export const ASYNC_DISPOSE: typeof Symbol.asyncDispose = Symbol.asyncDispose ??
  Symbol.for("Symbol.asyncDispose") as typeof Symbol.asyncDispose; // where there is none, nothing else is of that type
