import type { ExchangeKind } from "../../wire/mod.ts";

/**
 * Why an exchange is of the kind that it is:
 *
 * - `"asked"`: the option `exchange` says so;
 * - `"browser"`: browsers have no *duplex*;
 * - `"unknown"`: whether *duplex* works here is not known yet, and this operation needs none;
 * - `"probe"`: it is to find out whether *duplex* works here, and carries operations if it does;
 * - `"works"`: it has worked here before;
 * - `"fallback"`: what would be better does not work here.
 */
export type ExchangeReason = "asked" | "browser" | "unknown" | "probe" | "works" | "fallback";

/** What an invocation link says when it opens an exchange. */
export interface ExchangeEvent {
  /** The kind of exchange. */
  readonly kind: ExchangeKind;
  /** The origin that it goes to; empty for a path alone outside of browsers. */
  readonly origin: string;
  /** Why it is of that kind. */
  readonly reason: ExchangeReason;
}
