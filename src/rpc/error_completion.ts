import type { Completion } from "../ends/mod.ts";
import { Code, type Metadata } from "../links/mod.ts";
import { EMPTY_TRAILER, withDetails } from "./error_details.ts";
import { isLocalFailure } from "./local_failure.ts";
import { RpcError } from "./rpc_error.ts";

/**
 * Makes what the caller is told of what a handler threw. An `RpcError` is told as it is, but for its cause; of the failure of
 * a call that the handler has made itself only its code, unless the service called has said the rest; of anything else only
 * that it happened.
 *
 * @param error What was thrown.
 * @param trailer The handler's trailers.
 * @param report Told of what the caller is not told.
 * @returns The completion.
 */
export function errorCompletion(
  error: unknown,
  trailer: Metadata = EMPTY_TRAILER.metadata,
  report: (error: unknown) => void,
): Completion {
  if (!(error instanceof RpcError)) {
    report(error);
    return { code: Code.UNKNOWN, message: "Handler failed", terminalMetadata: withDetails(trailer, []) };
  }
  const { code, message } = error;
  if (isLocalFailure(error)) {
    report(error); // it may say where the other service is
    const told = `A call that the service made failed: ${code}`;
    return { code, message: told, terminalMetadata: withDetails(trailer, []) };
  }
  const metadata = [...trailer, ...error.metadata];
  try {
    return { code, message, terminalMetadata: withDetails(metadata, error.details) };
  } catch (cause) {
    report(cause); // details without CBOR, or with too much of it, must not hide the error itself
    return { code, message, terminalMetadata: withDetails(metadata, []) };
  }
}
