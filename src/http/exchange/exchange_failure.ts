import { Code, Termination } from "../../links/mod.ts";
import { foreignText } from "../../links/foreign_value.ts";
import type { WireError } from "../../wire/mod.ts";

/** Why an exchange came down, as its operations are told (S45). */
export interface ExchangeFailure {
  /** How its operations end. */
  readonly termination: Termination;
  /** The code that they end with. */
  readonly code: unknown;
  /** What happened. */
  readonly message: unknown;
  /** Whether the peer is told in an end frame, because the wire still stands and the fault may be its own. */
  readonly tellsPeer: boolean;
  /** Whether nothing of what was sent has been taken, so that no operation can have started (S40). */
  readonly neverStarted?: boolean;
  /** When the same is worth another try; never, if not said. */
  readonly retry?: "at once" | "later";
  /** Whether it is that the server's hello did not come in time. */
  readonly isLate?: boolean;
  /** The status of HTTP, where that was all the answer. */
  readonly status?: number;
}

/** The wire went down. */
export function wireDown(message: string): ExchangeFailure {
  return { termination: Termination.TRANSMISSION_FAILURE, code: Code.UNAVAILABLE, message, tellsPeer: false };
}

/** The server's hello did not come. */
export function late(ms: number): ExchangeFailure {
  return { ...wireDown(`No hello of the server in ${ms} ms`), isLate: true };
}

/** The peer broke the protocol or crossed a limit. */
export function violation(code: Code, message: string): ExchangeFailure {
  return { termination: Termination.TRANSMISSION_FAILURE, code, message, tellsPeer: true };
}

/** What came cannot be read. */
export function unreadable(error: WireError): ExchangeFailure {
  return violation(error.code, error.message);
}

/** The HTTP layer does not take what is written: the peer does not read. */
export function notTaken(waitingBytes: number, maxBufferedBytes: number): ExchangeFailure {
  const message = `Cannot go on with the exchange: ${waitingBytes} bytes wait to be taken, ${maxBufferedBytes} are ` +
    "allowed (maxBufferedBytes)";
  return { ...wireDown(message), code: Code.RESOURCE_EXHAUSTED };
}

/** The peer sends more than is read for now, and does not stop. */
export function notRead(waitingBytes: number, maxBufferedBytes: number): ExchangeFailure {
  const message = `Cannot go on with the exchange: ${waitingBytes} bytes wait to be read, ${maxBufferedBytes} are ` +
    "allowed (maxBufferedBytes)";
  return violation(Code.RESOURCE_EXHAUSTED, message);
}

/** Tickets wait for others that do not come (S8). */
export function disordered(waitingBytes: number, maxDisorderedBytes: number): ExchangeFailure {
  return violation(
    Code.RESOURCE_EXHAUSTED,
    `Cannot go on with the exchange: ${waitingBytes} bytes wait for tickets that are missing, ${maxDisorderedBytes} are ` +
      "allowed (maxDisorderedBytes)",
  );
}

/** All exchanges together hold too much, and this one the most. */
export function overdrawn(totalBytes: number, maxTotalBufferedBytes: number): ExchangeFailure {
  const message =
    `Cannot go on with the exchange: all exchanges hold ${totalBytes} bytes, ${maxTotalBufferedBytes} are ` +
    "allowed (maxTotalBufferedBytes), and this one holds the most";
  return { ...wireDown(message), code: Code.RESOURCE_EXHAUSTED };
}

/**
 * The server takes no operations above one: they never started (P9.6). Where it has taken some others are taken next time,
 * and a try that brought all further is none too many.
 */
export function notAccepted(message: unknown, lastOperation: number): ExchangeFailure {
  return {
    termination: Termination.SHUTDOWN,
    code: Code.UNAVAILABLE,
    message: saidBy("The server", message) ?? "The server takes no more operations on this exchange",
    tellsPeer: false,
    neverStarted: true,
    retry: lastOperation === 0 ? "later" : "at once",
  };
}

/** The client went away on purpose, as far as can be told (S45, S46). */
export function clientLeft(message: string): ExchangeFailure {
  return { termination: Termination.CANCELLATION, code: Code.CANCELLED, message, tellsPeer: false };
}

/**
 * What a peer has said, as foreign text (P8.11), if it is text with something in it: it may have sent a value of any kind.
 */
export function saidBy(who: string, message: unknown): string | undefined {
  return typeof message === "string" && message !== "" ? `${who} says: ${foreignText(message)}` : undefined;
}
