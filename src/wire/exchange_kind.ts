/** How an exchange carries tickets (PROTOCOL.md §7). */
export const ExchangeKind: Readonly<{
  /** Both bodies are open streams. */
  DUPLEX: "duplex";
  /** The request is complete before the response begins. */
  SINGLE: "single";
  /** Many short requests up, one stream down. */
  PAIR: "pair";
  /** Frames in the messages of a WebSocket. Reserved. */
  SOCKET: "socket";
}> = Object.freeze({ DUPLEX: "duplex", SINGLE: "single", PAIR: "pair", SOCKET: "socket" });

/** One of the members of {@linkcode ExchangeKind}. */
export type ExchangeKind = typeof ExchangeKind[keyof typeof ExchangeKind];

/** The kinds in the order of their numbers on the wire. */
export const EXCHANGE_KINDS: readonly ExchangeKind[] = Object.values(ExchangeKind);
