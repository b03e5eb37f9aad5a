import type { ExchangeKind } from "./exchange_kind.ts";

/** The first item of both directions (PROTOCOL.md §6). */
export interface Hello {
  /** Tells control items apart. */
  readonly kind: "hello";
  /** From the client all versions that it speaks, from the server the one that it has chosen. */
  readonly versions: readonly number[];
  /** How the exchange carries tickets; the client says it. */
  readonly exchange?: ExchangeKind | undefined;
  /** Bytes of one frame's content that the sender of the hello accepts. */
  readonly maxFrameBytes?: number | undefined;
  /** Operations at once that the sender of the hello accepts on this exchange. */
  readonly maxOperations?: number | undefined;
  /** Milliseconds of silence after which the sender of the hello asks for a sign of life. */
  readonly heartbeatMs?: number | undefined;
  /** What the client names its further requests of a *pair* by; the server says it. */
  readonly exchangeId?: Uint8Array | undefined;
  /** The kinds of exchange that the server offers here. */
  readonly offers?: readonly ExchangeKind[] | undefined;
  /**
   * Bytes of tickets with payloads that the sender of the hello takes before its application has consumed earlier ones.
   * Whoever says it sends {@linkcode Credit}.
   */
  readonly windowBytes?: number | undefined;
  /** What the client's attempt to begin operations is known by; the same on whatever the runtime sends again. */
  readonly attempt?: Uint8Array | undefined;
}

/** Asks for a sign of life, or gives one. */
export interface Ping {
  /** Tells control items apart. */
  readonly kind: "ping" | "pong";
  /** An integer from 0; a pong repeats its ping's. */
  readonly value: number;
}

/** The sender takes no operation above one; those up to it go on. */
export interface Goaway {
  /** Tells control items apart. */
  readonly kind: "goaway";
  /** The last operation that is accepted, 0 for none. */
  readonly lastOperation: number;
  /** Why, typically a `Code`. */
  readonly code?: unknown;
  /** Why, for people. */
  readonly message?: unknown;
}

/** The last frame of a direction; a body that ends without it has failed. */
export interface ExchangeEnd {
  /** Tells control items apart. */
  readonly kind: "end";
  /** Why, if it is not in good order: typically a `Code`. */
  readonly code?: unknown;
  /** Why, for people. */
  readonly message?: unknown;
}

/** The first item of each request of a *pair*: which piece of the client's direction follows. */
export interface Part {
  /** Tells control items apart. */
  readonly kind: "part";
  /** The exchange that the piece belongs to; none on the request that opens one. */
  readonly exchangeId?: Uint8Array | undefined;
  /** 0 on the request that opens the exchange, one more on each other. */
  readonly number: number;
  /** Bytes that follow this item in the request. */
  readonly byteLength: number;
}

/** Fragments have been taken whose sender wants to hear of it, so that more may follow. */
export interface Taken {
  /** Tells control items apart. */
  readonly kind: "taken";
  /** Bytes of tickets that they had, beyond those of earlier such items. */
  readonly byteLength: number;
}

/** Lets the peer send more: other operations, and the bytes that the application has consumed. */
export interface Credit {
  /** Tells control items apart. */
  readonly kind: "credit";
  /** Operations that the peer may have begun in all; never fewer than an earlier item has said. */
  readonly operations?: number | undefined;
  /** Bytes that the application has consumed, or that are of no use any more, since the item before. */
  readonly consumedBytes?: number | undefined;
  /** Those of them that belong to operations that still run: a number of an operation and its bytes, in turns. */
  readonly ofOperations?: readonly number[] | undefined;
}

/** A server's whole answer to a request: it has begun nothing of it and will not. */
export interface Refusal {
  /** Tells control items apart. */
  readonly kind: "refusal";
  /** The status that HTTP has for it, which a WebSocket cannot show. */
  readonly status: number;
  /** Why, for people. */
  readonly message?: unknown;
}

/** A control item of a type that this version does not know. It counts as one and means nothing. */
export interface UnknownControlItem {
  /** Tells control items apart. */
  readonly kind: "unknown";
  /** Its type, a negative integer. */
  readonly type: number;
}

/** What a frame holds that is not a ticket (PROTOCOL.md §6). */
export type ControlItem = Hello | Ping | Goaway | ExchangeEnd | Part | Taken | Credit | Refusal | UnknownControlItem;
