import { ExchangeKind } from "../../wire/mod.ts";

/**
 * Checks the kind of exchange that is asked for.
 *
 * @throws {TypeError} If it is not supported.
 */
export function checkExchange(asked: "auto" | ExchangeKind): "auto" | ExchangeKind {
  const kinds = Object.values(ExchangeKind);
  if (asked === "auto" || kinds.includes(asked)) return asked;
  throw new TypeError(
    `Cannot make an invocation link: expected exchange "auto" or one of ${kinds.join(", ")}, got "${asked}"`,
  );
}

/**
 * Tells whether a global scope is a browser's: a window has a document, a worker of any kind can import scripts.
 *
 * *Duplex* does not exist there: in Chromium 156 the promise of `fetch` settled only after the upload had ended, and
 * streamed uploads over HTTP/1.1 were refused outright.
 */
export function isBrowser(scope: object): boolean {
  if ("Deno" in scope || "Bun" in scope) return false;
  return "document" in scope || "importScripts" in scope;
}

/** Tells whether a global scope is that of Node, and not of what only looks like it: Bun, Deno and Workers do. */
export function isNode(scope: object): boolean {
  if ("Deno" in scope || "Bun" in scope || "WebSocketPair" in scope || isBrowser(scope)) return false;
  return "process" in scope && Object.prototype.toString.call(scope.process) === "[object process]";
}
