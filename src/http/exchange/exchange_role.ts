import type { Protocol } from "../../links/mod.ts";
import type { Goaway, Hello, TicketFields } from "../../wire/mod.ts";
import type { Duty } from "./duty_timer.ts";
import type { ExchangeFailure } from "./exchange_failure.ts";
import type { ExchangeOperation, Side } from "./exchange_operation.ts";
import type { ExchangeOwner } from "./exchange_owner.ts";
import type { ChunkSink } from "./outgoing_chunks.ts";

/** What the two sides of an exchange do differently. Nothing here may throw. */
export interface ExchangeRole {
  /** Which side it is. */
  readonly side: Side;
  /** Whether what comes is the body of one HTTP request. */
  readonly readsRequest: boolean;
  /** The peer's hello has come: the exchange is opened or failed. */
  greeted(hello: Hello): void;
  /** The peer has answered a ping. */
  ponged(): void;
  /** What goes with ticket 0 of each operation. */
  context(): Protocol | undefined;
  /** The peer begins an operation: returns it, or nothing if it is refused. */
  opening(wireId: number, fields: TicketFields | undefined): ExchangeOperation | undefined;
  /** The peer accepts no more operations. */
  goaway(item: Goaway): void;
  /** The peer's last frame has come. */
  peerEnded(): void;
  /** No operation is left. */
  idle(): void;
  /** Bytes have passed, this many in one of the directions. */
  progressed(bytes: number): void;
  /**
   * The peer gives an operation up, or else wants nothing back of it. Returns whether it may now; if not, the role has
   * paused what comes, and the question follows again when it goes on.
   */
  unawaited(isAbort: boolean): boolean;
  /** This many bytes are held: written and not taken, or received and waiting. */
  holds(bytes: number): void;
  /** Our last frame is written. */
  ending(): void;
  /** The HTTP layer takes nothing more of the outgoing body. */
  abandoned(reason: unknown): void;
  /** It is over; `failure` if not in good order. Its operations hear of it after this. */
  closed(failure: ExchangeFailure | undefined): void;
}

/** What a role brings to its exchange. */
export interface ExchangeParts {
  /** The link that it works for. */
  readonly owner: ExchangeOwner;
  /** What takes what leaves. What comes goes to the exchange's `incoming`. */
  readonly sink: ChunkSink;
  /** Whether what leaves is collected before it does, so that nothing is to be gained by small pieces of what is large. */
  readonly isCollected?: boolean;
  /** What its role has to do at some time. */
  readonly duties: readonly Duty[];
}
