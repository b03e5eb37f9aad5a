import type { OperationId } from "./operation_id.ts";
import type { Protocol } from "./protocol.ts";
import type { Subscription } from "./subscription.ts";
import type { Termination } from "./termination.ts";

/**
 * An ordered list of key–value pairs whose keys may repeat (S44). Pairs with the same key keep their order on the way;
 * no value is ever altered.
 */
export type Metadata = ReadonlyArray<readonly [key: string, value: string | Uint8Array]>;

/**
 * One immutable message of an operation, the same type in both directions (SEMANTICS §1).
 *
 * An absent field is `undefined`. Falsy values are real values: `""`, `0`, `false`, `null`, an empty byte array and an
 * empty metadata list all travel.
 */
export interface Ticket {
  /** The operation that the ticket belongs to. */
  readonly operationId: OperationId;
  /** Integer from 0, per direction, per operation. */
  readonly sequenceNumber: number;
  /** Required on the first ticket from the invocation to the service side; ignored on every other. */
  readonly group?: string | undefined;
  /** As {@linkcode group}. */
  readonly method?: string | undefined;
  /** The sender's interest in what comes back. On the first ticket of either side; ignored later. */
  readonly subscription?: Subscription | undefined;
  /** Milliseconds for the whole operation from its beginning, more than 0. */
  readonly timeout?: number | undefined;
  /** Permission for that many more payloads towards this ticket's sender: a positive safe integer. */
  readonly allowance?: number | undefined;
  /** On at most one ticket per direction, no later than the first payload. */
  readonly initialMetadata?: Metadata | undefined;
  /** One customer object. */
  readonly payload?: unknown;
  /** End-of-operation metadata, only on the ticket that completes. */
  readonly terminalMetadata?: Metadata | undefined;
  /** A value communicated at completion, typically a `Code`. */
  readonly code?: unknown;
  /** A value communicated at completion, typically text for people. */
  readonly message?: unknown;
  /** How the operation ends in this direction. After a completion only grants, timeouts and an abort follow. */
  readonly termination?: Termination | undefined;
  /** Between the application and the ticket transport; never crosses a wire. */
  readonly protocol?: Protocol | undefined;
}
