import type { ExchangeFailure } from "../exchange/exchange_failure.ts";

/**
 * Statuses that blame how the request was sent, which can be another way: a body without a length or one that did not come,
 * a kind of exchange that the server does not offer.
 */
const BLAMES_FORM: ReadonlySet<number> = new Set([400, 408, 411, 413, 501, 505]);
/** Statuses of proxies behind which nobody answers. */
const BLAMES_SERVER: ReadonlySet<number> = new Set([502, 504]);

/**
 * What the failure of an exchange before it had begun says of its kind:
 *
 * - `"fails"`: it does not work here;
 * - `"suspect"`: it may not work here, or the server is slow or away;
 * - `"unknown"`: nothing, and neither may the next try;
 * - `"passing"`: nothing, and the next try is welcome.
 */
export type Verdict = "fails" | "suspect" | "unknown" | "passing";

/**
 * Judges why an exchange did not begin.
 *
 * @param failure Why.
 * @param answered Whether the server has answered something else meanwhile.
 */
export function verdictOn({ status, isHelloTimeout, retry }: ExchangeFailure, answered: boolean): Verdict {
  if (retry !== undefined) return "passing";
  if (isHelloTimeout) return answered ? "fails" : "suspect";
  if (status !== undefined && BLAMES_FORM.has(status)) return "fails";
  // Some runtimes refuse to stream a request, and some proxies cut the connection.
  const isUnreached = status === undefined || BLAMES_SERVER.has(status);
  return isUnreached && answered ? "suspect" : "unknown";
}
