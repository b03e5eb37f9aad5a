import { Code } from "../links/code.ts";
import { type ExchangeFailure, violation, wireDown } from "./exchange_failure.ts";

/** Too much waits to be taken by the HTTP layer: the peer does not read. */
export function notTaken(waitingBytes: number, maxBufferedBytes: number): ExchangeFailure {
  const message = `Cannot go on with the exchange: ${waitingBytes} bytes wait to be taken, ${maxBufferedBytes} are ` +
    "allowed (maxBufferedBytes)";
  return { ...wireDown(message), code: Code.RESOURCE_EXHAUSTED };
}

/** Too much waits to be read, and the peer does not stop. */
export function notRead(waitingBytes: number, maxBufferedBytes: number): ExchangeFailure {
  const message = `Cannot go on with the exchange: ${waitingBytes} bytes wait to be read, ${maxBufferedBytes} are ` +
    "allowed (maxBufferedBytes)";
  return violation(Code.RESOURCE_EXHAUSTED, message);
}

/** The peer has sent more than it may before the application has consumed it (P9.20). */
export function overrun(deliveredBytes: number, windowBytes: number): ExchangeFailure {
  return violation(
    Code.RESOURCE_EXHAUSTED,
    `Cannot go on with the exchange: ${deliveredBytes} bytes of messages have come and are not consumed, ` +
      `${windowBytes} are allowed (windowBytes of the hello)`,
  );
}

/** The peer does not go on with what it has begun (P9.21). */
export function noProgress(what: string): ExchangeFailure {
  return violation(Code.RESOURCE_EXHAUSTED, `Cannot go on with the exchange: ${what}`);
}

/** Tickets wait for others that do not come (S8). */
export function disordered(waitingBytes: number, maxDisorderedBytes: number): ExchangeFailure {
  return violation(
    Code.RESOURCE_EXHAUSTED,
    `Cannot go on with the exchange: ${waitingBytes} bytes wait for tickets that are missing, ${maxDisorderedBytes} are ` +
      "allowed (maxDisorderedBytes)",
  );
}

/** All exchanges together hold too much, and this one holds the most. */
export function budgetExceeded(totalBytes: number, maxTotalBufferedBytes: number): ExchangeFailure {
  const message =
    `Cannot go on with the exchange: all exchanges hold ${totalBytes} bytes, ${maxTotalBufferedBytes} are ` +
    "allowed (maxTotalBufferedBytes), and this one holds the most";
  return { ...wireDown(message), code: Code.RESOURCE_EXHAUSTED };
}
