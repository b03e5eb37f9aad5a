import type { ExchangeKind, FetchFunction, WebSocketFunction } from "../../src/client.ts";

/** Where the suite is to run: which client calls which server, over which kind of exchange. */
export interface ConformanceTarget {
  /** The client's name in the table of runtimes. */
  readonly client: string;
  /** The server's name there. */
  readonly server: string;
  /** The kind of exchange that is forced, or that none is. */
  readonly exchange: "auto" | ExchangeKind;
  /** Where the server has mounted the handler. */
  readonly url: string;
  /** The same server by a way that can be cut. */
  readonly cuttable: Cuttable;
  /** What carries the requests, where the global `fetch` cannot. */
  readonly fetch?: FetchFunction | undefined;
  /** What opens WebSockets, where the global constructor cannot. */
  readonly webSocket?: WebSocketFunction | undefined;
  /** Whether the cases of losing exchanges are run instead of those of the table. */
  readonly suite?: "loss" | undefined;
  /** A part of the names of the cases that are wanted; all without it. */
  readonly only?: string | undefined;
}

/**
 * What becomes of a way to a server: its connections break, its bodies end as if all were well, nothing passes any more,
 * or the server's process dies.
 */
export type Loss = "break" | "end" | "silence" | "death";

/** A way to a server that breaks when it is told to. */
export interface Cuttable {
  /** Where the handler is, on this way. */
  readonly url: string;
  /** A POST here cuts all connections on it. */
  readonly cutUrl: string;
  /** How it is cut; by breaking, if nothing else is said. */
  readonly loss?: Loss | undefined;
}
