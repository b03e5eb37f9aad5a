/**
 * What `await using` takes, in projects that have `esnext.disposable` among their `lib`; elsewhere it asks for nothing.
 *
 * The global `AsyncDisposable` is not named, since a type that extends what a project does not know becomes `any`, which
 * `skipLibCheck` hides. Nor is the `lib` referenced: JSR refuses that, as it changes what the whole project knows.
 *
 * @example A channel can be disposed of
 * ```ts
 * import { connect } from "@ticketlink/ticketlink";
 * import type { AsyncDisposal } from "@ticketlink/ticketlink/links";
 * import { assertEquals } from "@std/assert";
 *
 * const channel: AsyncDisposal = connect("https://example.com/rpc");
 * assertEquals(await channel[Symbol.asyncDispose](), undefined);
 * ```
 */
export type AsyncDisposal = {
  readonly [
    Name in keyof SymbolConstructor as Name extends "asyncDispose" ? Extract<SymbolConstructor[Name], symbol> : never
  ]: () => Promise<void>;
};
