import { Code } from "../../links/mod.ts";
import { type ExchangeFailure, wireDown } from "../exchange/exchange_failure.ts";
import { foreignText } from "../../links/foreign_value.ts";

/** The statuses that say more than their hundreds do, after gRPC's table for HTTP statuses. */
const CODE_OF_STATUS: ReadonlyMap<number, Code> = new Map<number, Code>([
  [400, Code.INTERNAL],
  [401, Code.UNAUTHENTICATED],
  [403, Code.PERMISSION_DENIED],
  [404, Code.UNIMPLEMENTED],
  [405, Code.UNIMPLEMENTED],
  [408, Code.UNAVAILABLE],
  [413, Code.RESOURCE_EXHAUSTED],
  [415, Code.UNIMPLEMENTED],
  [429, Code.UNAVAILABLE],
  [500, Code.INTERNAL],
  [501, Code.UNIMPLEMENTED],
  [502, Code.UNAVAILABLE],
  [503, Code.UNAVAILABLE],
  [504, Code.UNAVAILABLE],
]);

/**
 * What an answer that is not an exchange means to the operations that wait for one.
 *
 * @param isRefusal Whether it is a service link's own, which has taken nothing then: only a proxy's leaves that open.
 */
export function statusFailure(status: number, text: string, isRefusal: boolean): ExchangeFailure {
  const said = text === "" ? "" : `: ${foreignText(text)}`;
  const code = CODE_OF_STATUS.get(status) ?? Code.UNKNOWN;
  const failure = { ...wireDown(`The server answered with status ${status}${said}`), code, status };
  if (!isRefusal) return failure;
  return status === 503 ? { ...failure, neverStarted: true, retry: "later" } : { ...failure, neverStarted: true };
}

/** What an answer of success but of another kind means: something that is not a service link has answered. */
export function mediaTypeFailure(contentType: string | null): ExchangeFailure {
  const got = contentType === null ? "none" : foreignText(contentType);
  return { ...wireDown(`The server answered with content type ${got}, which is no exchange`), code: Code.UNKNOWN };
}

/**
 * What a redirect means, which is not followed (P8.18).
 *
 * @param status The status; 0 where the runtime does not show it.
 * @param location Where it leads to, if the runtime shows that. Only the origin is told: the rest may be a secret.
 * @param url Where the request went.
 */
export function redirectFailure(status: number, location: string | null, url: string): ExchangeFailure {
  const base = URL.canParse(url) ? url : undefined;
  const isKnown = location !== null && URL.canParse(location, base);
  const where = isKnown ? ` to ${foreignText(new URL(location, base).origin)}` : "";
  const shown = status === 0 ? "" : ` with status ${status}`;
  return { ...wireDown(`The request was redirected${where}${shown}, and redirects are not followed`), status };
}

/** What `fetch` has brought is none that an exchange could be read from. */
export function unusableResponse(problem: string): ExchangeFailure {
  return { ...wireDown(`Cannot use the response of fetch: ${problem}`), code: Code.INTERNAL };
}
