import { Code } from "../../links/mod.ts";
import { foreignText } from "../../links/foreign_value.ts";
import type { Refusal } from "../../wire/mod.ts";
import { type ExchangeFailure, refusedUnbegun, wireDown } from "../exchange/exchange_failure.ts";

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
 * What an answer that is not an exchange means to the operations that wait for one. Whoever made it, and after what, a
 * status does not say: they may have begun.
 */
export function statusFailure(status: number, text: string): ExchangeFailure {
  const said = text === "" ? "" : `: ${foreignText(text)}`;
  const code = CODE_OF_STATUS.get(status) ?? Code.UNKNOWN;
  return { ...wireDown(`The server answered with status ${status}${said}`), code, status };
}

/**
 * What a refusal item means to them (P8.13).
 *
 * @param isRepeatable Whether the runtime may have sent them more than once.
 */
export function refusalFailure({ status, message }: Refusal, isRepeatable: boolean): ExchangeFailure {
  const failure = statusFailure(status, typeof message === "string" ? message : "");
  return refusedUnbegun(status === 503 ? { ...failure, retry: "later" } : failure, isRepeatable);
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
