import { encodeValue } from "../cbor/encode.ts";
import type { Completion } from "../ends/types.ts";
import { MAX_METADATA_BYTES } from "../limits.ts";
import { Code } from "../links/code.ts";
import type { Metadata } from "../links/ticket.ts";
import { DETAILS_KEY, EMPTY_TRAILER } from "./error_mapping.ts";
import { isLocalFailure, isRpcError } from "./rpc_error.ts";

/**
 * Makes the completion of a call whose handler has thrown. The caller gets an `RpcError` without its cause. It gets only the
 * code of a failed call that the handler has made, unless the error is what that call's service has sent. Of any other error
 * it learns only that there was one. What it does not get is reported.
 */
export function errorCompletion(
  error: unknown,
  trailer: Metadata = EMPTY_TRAILER.metadata,
  report: (error: unknown) => void,
): Completion {
  if (!isRpcError(error)) {
    report(error);
    return { code: Code.UNKNOWN, message: "Handler failed", terminalMetadata: withDetails(trailer, []) };
  }
  const { code, message } = error;
  if (isLocalFailure(error)) {
    report(error); // its text may name the other service
    const text = `A call that the service made failed: ${code}`;
    return { code, message: text, terminalMetadata: withDetails(trailer, []) };
  }
  const metadata = [...trailer, ...error.metadata];
  try {
    return { code, message, terminalMetadata: withDetails(metadata, error.details) };
  } catch (cause) {
    report(cause); // details that cannot be encoded must not hide the error
    return { code, message, terminalMetadata: withDetails(metadata, []) };
  }
}

/** Details share the trailers with the application's metadata, so they get half of what a ticket may carry. */
const MAX_DETAILS_BYTES = MAX_METADATA_BYTES / 2;

/**
 * Makes the trailers of an error: metadata and details, or `undefined` if there are none. Throws if the details cannot be
 * encoded or are too large.
 */
export function withDetails(metadata: Metadata, details: readonly unknown[]): Metadata | undefined {
  if (details.length === 0) return metadata.length === 0 ? undefined : metadata;
  const bytes = encodeValue(details);
  if (bytes.byteLength > MAX_DETAILS_BYTES) {
    throw new RangeError(
      `Cannot send the details of the error: they take ${bytes.byteLength} bytes of ${MAX_DETAILS_BYTES} allowed`,
    );
  }
  return [...metadata, [DETAILS_KEY, bytes]];
}
