import { type Protocol, ProtocolKind } from "../../links/mod.ts";

/** What an end may tell an invocation link about one operation, as CALL_OPTION on the first ticket. */
export interface HttpCallOptions {
  /**
   * Headers of the request that carries the operation. It then gets an exchange of its own, since headers belong to a
   * request and not to an operation.
   */
  readonly headers?: RequestInit["headers"] | undefined;
}

const NO_OPTIONS: HttpCallOptions = Object.freeze({});

/** Reads the options of an operation; whatever else the protocol value is, it is none of ours. */
export function readCallOptions(protocol: Protocol | undefined): HttpCallOptions {
  if (protocol?.kind !== ProtocolKind.CALL_OPTION) return NO_OPTIONS;
  const { value } = protocol;
  return typeof value === "object" && value !== null ? value : NO_OPTIONS;
}
