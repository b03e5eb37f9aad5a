import { Code } from "../links/mod.ts";
import { type ExchangeFailure, wireDown } from "./exchange_failure.ts";

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

/** What an answer that is not an exchange means to the operations that wait for one. */
export function statusFailure(status: number, text: string): ExchangeFailure {
  const said = text === "" ? "" : `: ${text}`;
  const code = CODE_OF_STATUS.get(status) ?? Code.UNKNOWN;
  return { ...wireDown(`The server answered with status ${status}${said}`), code };
}

/** What an answer of success but of another kind means: something that is not a service link has answered. */
export function mediaTypeFailure(contentType: string | null): ExchangeFailure {
  const message = `The server answered with content type ${contentType === null ? "none" : `"${contentType}"`}, ` +
    "which is no exchange";
  return { ...wireDown(message), code: Code.UNKNOWN };
}
