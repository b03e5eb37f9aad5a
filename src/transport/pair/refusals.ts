import { type HttpRefusal, RETRY_AFTER } from "../server/http_refusal.ts";

/** A request of a pair breaks the rules; nothing of it is applied. */
export function badPart(problem: string): HttpRefusal {
  return { status: 400, text: `Cannot take the part: ${problem}` };
}

/** The part did not come in time. */
export function partTimeout(helloTimeoutMs: number): HttpRefusal {
  return {
    status: 408,
    text: `Cannot take the part: it is not complete after ${helloTimeoutMs} ms (helloTimeoutMs)`,
  };
}

/** No such exchange: it never existed, it is over, or it is on another instance. The client is not told which. */
export const UNKNOWN_PAIR: HttpRefusal = Object.freeze({
  status: 404,
  text: "Cannot take the part: there is no such exchange here",
  isStated: true,
});

/** The exchange was opened by another caller. */
export const FOREIGN_PAIR: HttpRefusal = Object.freeze({
  status: 403,
  text: "Cannot take the part: another caller opened the exchange",
});

/** The server cannot join requests. */
export const NO_PAIRS: HttpRefusal = Object.freeze({
  status: 501,
  text: "Cannot open an exchange: this server offers no pairs",
});

/** The part comes too long before its turn. */
export function partTooEarly(number: number, next: number, maxPartsAhead: number): HttpRefusal {
  const text = `Cannot take part ${number}: part ${next} is next, ${maxPartsAhead} may be ahead of it (maxPartsAhead)`;
  return { status: 409, text };
}

/** The part is too long. */
export function partTooLong(byteLength: number, maxPartBytes: number): HttpRefusal {
  const text = `Cannot take the part: it announces ${byteLength} bytes, ${maxPartBytes} are allowed (maxPartBytes)`;
  return { status: 413, text };
}

/** So many requests of one exchange are read or wait already. */
export function tooManyParts(requests: number): HttpRefusal {
  const text = `Cannot take the part: ${requests} requests of the exchange wait already (twice maxPartsAhead)`;
  return { status: 429, text, headers: RETRY_AFTER };
}

/** All exchanges together hold too much, and this request the most. */
export function overdrawnPart(totalBytes: number, maxTotalBufferedBytes: number): HttpRefusal {
  const text = `Cannot take the part: all exchanges hold ${totalBytes} bytes, ${maxTotalBufferedBytes} are allowed ` +
    "(maxTotalBufferedBytes), and this request the most of them";
  return { status: 503, text, headers: RETRY_AFTER };
}
