import type { Context } from "npm:hono@^4";
import type { OperationId, Protocol } from "../../links/ticket.ts";
import type { Transport } from "../../links/transport.ts";
import type { Hello } from "../../wire/control_item.ts";
import type { ExchangeKind } from "../../wire/exchange_kind.ts";
import type { BegunAttempts } from "./begun_attempts.ts";
import type { ExchangeSettings } from "../../exchange/exchange_settings.ts";
import type { HttpRefusal } from "./http_refusal.ts";

/** What the server's side of an exchange needs of the link's settings. */
export interface ServiceExchangeSettings extends ExchangeSettings {
  readonly maxOperations: number;
  readonly idleMs: number;
  readonly maxExchangeAgeMs: number;
  readonly maxExchangeBytes: number;
  readonly maxTotalBufferedBytes: number;
  /** Names the caller of a request. */
  readonly callerOf: (context: Context) => string | undefined;
  /** The kinds of exchange that clients are told of. */
  readonly offers: readonly ExchangeKind[];
  /** Attempts that have begun operations, so that a repeated request begins none. */
  readonly attempts: BegunAttempts;
}

/** An operation that has begun before its exchange: the exchange takes it over with the first ticket of its request. */
export interface BegunOperation {
  /** The id between the link and the local end, which has been given the first ticket. */
  readonly operationId: OperationId;
  /** What the local end has thrown, if it has not taken the ticket. */
  readonly failure: { readonly error: unknown } | undefined;
  /** The exchange has the operation now. */
  takenOver(): void;
}

/** What becomes of a response: the HTTP layer takes it, it is still to come there, or middleware answers in its place. */
export type ResponseFate = "taken" | "waiting" | "dropped";

/** The server's side of a transport, and what it knows of the request that has opened it. */
export interface ServiceTransport extends Transport {
  /** The kinds of exchange that it can carry. */
  readonly kinds: readonly ExchangeKind[];
  /** The id that the client names in its further requests, if there can be any. */
  readonly exchangeId?: Uint8Array | undefined;
  /** When the request arrived, if not now. */
  readonly arrivedAtMs?: number | undefined;
  /** What goes with ticket 0 of each operation. */
  readonly context: Protocol;
  /** The operation that has begun already, if one has. */
  readonly begun?: BegunOperation | undefined;
  /** What has become of the response, if it is one. */
  readonly fate?: ResponseFate;
  /** The client's hello is accepted: from now on the traits are those of the kind that it names. */
  greeted?(hello: Hello): void;
  /** What the server has written may be sent. Called once or more often. */
  opened(): void;
  /** It does not become an exchange; {@linkcode close} follows. */
  refused(refusal: HttpRefusal): void;
}
