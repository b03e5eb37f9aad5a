import { Code, isCode } from "../links/code.ts";
import { CausedMessage, fieldOf, reasonOf } from "../links/thrown.ts";
import { Termination } from "../links/ticket.ts";
import { foreignText } from "../links/foreign_value.ts";
import type { ExchangeEnd } from "../wire/control_item.ts";
import type { WireError } from "../wire/wire_error.ts";

/** Why an exchange has failed, as its operations are told (S45). */
export interface ExchangeFailure {
  /** How its operations end. */
  readonly termination: Termination;
  /** The code that they end with. */
  readonly code: unknown;
  /** What happened: text, or a {@linkcode CausedMessage}. */
  readonly message: unknown;
  /** Whether the peer is told in an end frame, because the connection still stands and the fault may be its own. */
  readonly tellsPeer: boolean;
  /** Whether no operation can have begun (S40). Only {@linkcode unsent} and {@linkcode refusedUnbegun} say so. */
  readonly unbegun?: boolean;
  /** When a retry makes sense, if nothing has begun; never, if absent. */
  readonly retry?: "at once" | "later";
  /** Whether the first part of a pair has not found its exchange, so that the next ones may not find it either. */
  readonly isMisrouted?: boolean;
  /** Whether the server's hello did not come in time. */
  readonly isHelloTimeout?: boolean;
  /** The HTTP status, if the server sent nothing else. */
  readonly status?: number;
  /** Whether the application's own part has failed before a request was made: that says nothing of the server. */
  readonly isOwn?: boolean;
  /** Bytes of the request, if it may have failed for its length. */
  readonly requestBytes?: number;
}

/** The connection is lost. */
export function wireDown(message: string | CausedMessage): ExchangeFailure {
  return { termination: Termination.TRANSMISSION_FAILURE, code: Code.UNAVAILABLE, message, tellsPeer: false };
}

/**
 * The connection is lost, or was never had, because of an error. If that has a code of ours, as what the application's own
 * functions throw may have, the code counts, and the error is the cause of what callers on this side get.
 */
export function wireDownBy(what: string, cause: unknown): ExchangeFailure {
  const message = `${what}: ${reasonOf(cause)}`;
  const code = fieldOf(cause, "code");
  return isCode(code) ? { ...wireDown(new CausedMessage(message, cause)), code } : wireDown(message);
}

/** The server's hello did not come in time; `why` says what may be the reason. */
export function helloTimedOut(ms: number, why = ""): ExchangeFailure {
  return { ...wireDown(`No hello of the server in ${ms} ms${why}`), isHelloTimeout: true };
}

/** The peer broke the protocol or crossed a limit. */
export function violation(code: Code, message: string): ExchangeFailure {
  return { termination: Termination.TRANSMISSION_FAILURE, code, message, tellsPeer: true };
}

/** What came cannot be read. */
export function unreadable(error: WireError): ExchangeFailure {
  return violation(error.code, error.message);
}

/**
 * The server states that it has not begun operations and will not: in a refusal item (P8.13) or by the number of a goaway
 * (P9.6). Nothing else that comes back is such a statement, and a status is none.
 *
 * A server speaks for itself alone. If the request `isRepeatable`, the runtime may have sent the operations to another
 * server before, by itself, and that one may have begun them (P7.39).
 */
export function refusedUnbegun(failure: ExchangeFailure, isRepeatable: boolean): ExchangeFailure {
  return isRepeatable ? failure : { ...failure, unbegun: true };
}

/**
 * The server takes no operations above `lastOperation` (P9.6). If it has taken some, it is expected to take others on the
 * next exchange, so a retry at once makes progress. `isRepeatable` as for {@linkcode refusedUnbegun}.
 */
export function notAccepted(message: unknown, lastOperation: number, isRepeatable = false): ExchangeFailure {
  const failure: ExchangeFailure = {
    termination: isRepeatable ? Termination.TRANSMISSION_FAILURE : Termination.SHUTDOWN,
    code: Code.UNAVAILABLE,
    message: saidBy("The server", message) ?? "The server takes no more operations on this exchange",
    tellsPeer: false,
    retry: lastOperation === 0 ? "later" : "at once",
  };
  return refusedUnbegun(failure, isRepeatable);
}

/** The peer has not begun an operation, and says so with a ticket (S40). `isRepeatable` as for {@linkcode refusedUnbegun}. */
export function refusedUnstarted(code: unknown, message: unknown, isRepeatable = false): ExchangeFailure {
  const isPassing = code === Code.UNAVAILABLE || code === Code.RESOURCE_EXHAUSTED;
  const failure: ExchangeFailure = {
    termination: isRepeatable ? Termination.TRANSMISSION_FAILURE : Termination.SHUTDOWN,
    code,
    message: saidBy("The peer", message) ?? "The peer did not begin the operation",
    tellsPeer: false,
  };
  return refusedUnbegun(isPassing ? { ...failure, retry: "later" } : failure, isRepeatable);
}

/** Why the peer has given the exchange up, in its own words; `undefined` if it has ended it in good order. */
export function failureOfEnd({ code, message }: ExchangeEnd): ExchangeFailure | undefined {
  if (code === undefined || code === Code.OK) return undefined;
  return { ...wireDown(saidBy("The peer", message) ?? "The peer gave up the exchange"), code };
}

/** The peer sends more that costs work and is cheap to send than a peer that works does. */
export function tooManyItems(maxPerSecond: number): ExchangeFailure {
  return violation(
    Code.RESOURCE_EXHAUSTED,
    `Cannot go on with the exchange: more than ${maxPerSecond} control items in a second ` +
      "(maxControlItemsPerSecond); tickets that are empty or malformed count as such",
  );
}

/** A peer's message as foreign text (P8.11); `undefined` if it is empty or no text, since a peer may send any value. */
export function saidBy(who: string, message: unknown): string | undefined {
  return typeof message === "string" && message !== "" ? `${who} says: ${foreignText(message)}` : undefined;
}
