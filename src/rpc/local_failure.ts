import type { Code } from "../links/mod.ts";
import { RpcError, type RpcErrorOptions } from "./rpc_error.ts";

/** The failures that this library has found out itself. What a peer says, and what users make, is not among them. */
const LOCAL_FAILURES: WeakSet<RpcError> = new WeakSet();

/**
 * Makes the error of a call that has failed in a way which its service has not told of: there was no way there, its time has
 * passed, its response cannot be read. The text is for those who run this program. It may name what lies behind, so where
 * the call was made by a handler, the handler's caller is not told (P11.6).
 *
 * @param code What kind of failure it is.
 * @param message What happened.
 * @param options What else it carries.
 * @returns The error.
 */
export function localFailure(code: Code, message: string, options?: RpcErrorOptions): RpcError {
  const error = new RpcError(code, message, options);
  LOCAL_FAILURES.add(error);
  return error;
}

/**
 * Tells whether an error is a {@linkcode localFailure}.
 *
 * @param error The error.
 * @returns Whether it is.
 */
export function isLocalFailure(error: RpcError): boolean {
  return LOCAL_FAILURES.has(error);
}
