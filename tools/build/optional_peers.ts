/**
 * Packages of others that some programs need, and bring themselves. Built files import them and never hold them.
 *
 * @module
 */

/** A package of others. */
export interface OptionalPeer {
  readonly name: string;
  /** The versions that work. */
  readonly range: string;
  readonly licence: string;
  /** What it is for. */
  readonly use: string;
}

/** The packages, in the order of their names. */
export const OPTIONAL_PEERS: readonly OptionalPeer[] = [
  { name: "cbor-x", range: "^1.6.8", licence: "MIT", use: "`cbor-x.js` imports it" },
  { name: "hono", range: "^4", licence: "MIT", use: "declarations of servers name its types" },
];
