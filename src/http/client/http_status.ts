import { Code } from "../../links/mod.ts";
import { type ExchangeFailure, wireDown } from "../exchange/exchange_failure.ts";

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
  const said = text === "" ? "" : `: ${text}`;
  const code = CODE_OF_STATUS.get(status) ?? Code.UNKNOWN;
  const failure = { ...wireDown(`The server answered with status ${status}${said}`), code, status };
  if (!isRefusal) return failure;
  return status === 503 ? { ...failure, neverStarted: true, retry: "later" } : { ...failure, neverStarted: true };
}

/** What an answer of success but of another kind means: something that is not a service link has answered. */
export function mediaTypeFailure(contentType: string | null): ExchangeFailure {
  const message = `The server answered with content type ${contentType === null ? "none" : `"${contentType}"`}, ` +
    "which is no exchange";
  return { ...wireDown(message), code: Code.UNKNOWN };
}
