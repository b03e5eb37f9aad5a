import { Code, isCode } from "../links/code.ts";
import { fieldOf, textOf } from "../links/thrown.ts";
import { Termination } from "../links/ticket.ts";
import type { TransportFailure } from "../links/transport.ts";
import { type ExchangeFailure, wireDownBy } from "./exchange_failure.ts";

/** The error of a transport that knows more than that the connection is lost. */
export class TransportError extends Error implements TransportFailure {
  /** What it knows. */
  readonly failure: ExchangeFailure;

  constructor(failure: ExchangeFailure) {
    super(textOf(failure.message));
    this.failure = failure;
  }

  get code(): Code {
    return isCode(this.failure.code) ? this.failure.code : Code.UNAVAILABLE;
  }

  get neverStarted(): boolean {
    return this.failure.unbegun === true;
  }
}

/** What the error of a transport means, see {@linkcode TransportFailure}. */
export function transportFailure(error: unknown): ExchangeFailure {
  if (error instanceof TransportError) return error.failure;
  const failure = wireDownBy("Lost the connection", error);
  return fieldOf(error, "neverStarted") === true ? { ...failure, unbegun: true, retry: "later" } : failure;
}

/** No operation was sent, not even in part, so that none can have begun. */
export function unsent(failure: ExchangeFailure): ExchangeFailure {
  return { ...failure, unbegun: true };
}

/** The client went away on purpose, as far as can be told (S45, S46). */
export function clientLeft(message: string): ExchangeFailure {
  return { termination: Termination.CANCELLATION, code: Code.CANCELLED, message, tellsPeer: false };
}
