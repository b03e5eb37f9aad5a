import { ExchangeKind } from "../wire/mod.ts";

/**
 * Picks the kind of exchange for a link.
 *
 * Duplex does not exist in browsers: in Chromium 156 the promise of `fetch` settled only after the upload had ended,
 * and streamed uploads over HTTP/1.1 were refused outright.
 *
 * @throws {TypeError} If the kind is not supported.
 */
export function chooseExchange(asked: "auto" | ExchangeKind): ExchangeKind {
  if (asked === "auto") return isBrowser(globalThis) ? ExchangeKind.SINGLE : ExchangeKind.DUPLEX;
  const kinds = Object.values(ExchangeKind);
  if (kinds.includes(asked)) return asked;
  throw new TypeError(
    `Cannot make an invocation link: expected exchange "auto" or one of ${kinds.join(", ")}, got "${asked}"`,
  );
}

/** Tells whether a global scope is a browser's: a window has a document, a worker of any kind can import scripts. */
export function isBrowser(scope: object): boolean {
  if ("Deno" in scope || "Bun" in scope) return false;
  return "document" in scope || "importScripts" in scope;
}
