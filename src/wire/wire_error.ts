import { CborError } from "../cbor/mod.ts";
import { Code } from "../links/mod.ts";

/** Who dies of a {@linkcode WireError}: one operation, or the exchange with all of its operations. */
export type WireErrorScope = "operation" | "exchange";

/** What was received breaks the protocol or a limit, or something cannot be sent. The cause never crosses the wire. */
export class WireError extends Error {
  /** The class name, for logs. */
  override readonly name = "WireError";
  /** What to tell the peer: `RESOURCE_EXHAUSTED` for a limit, `INTERNAL` for anything else. */
  readonly code: Code;
  /** Who dies. */
  readonly scope: WireErrorScope;

  /**
   * Makes the error.
   *
   * @param message What failed, what was got and what is allowed.
   * @param options The code, the scope and, for logs, the cause.
   */
  constructor(message: string, options: { code: Code; scope: WireErrorScope; cause?: unknown }) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = options.code;
    this.scope = options.scope;
  }
}

/**
 * Makes the error that bytes of a peer deserve.
 *
 * @param action What was to be done, as in "Cannot read the ticket of operation 7".
 * @param error What was found.
 * @param frameStart Where the frame's content starts, in the offsets of the error.
 * @param scope Who dies.
 * @returns The error, with the place counted from the start of the frame's content.
 */
export function peerError(action: string, error: CborError, frameStart: number, scope: WireErrorScope): WireError {
  const code = error.limit === undefined ? Code.INTERNAL : Code.RESOURCE_EXHAUSTED;
  const place = `byte ${error.offset - frameStart} of the frame`;
  return new WireError(`${action}: at ${place}, ${error.reason}`, { code, scope, cause: error });
}

/**
 * Makes an error of whatever reading has thrown.
 *
 * @param action As for {@linkcode peerError}.
 * @param error What was thrown.
 * @param frameStart As for {@linkcode peerError}.
 * @param scope Who dies.
 * @returns The error.
 */
export function asWireError(action: string, error: unknown, frameStart: number, scope: WireErrorScope): WireError {
  if (error instanceof CborError) return peerError(action, error, frameStart, scope);
  // Nothing else is expected of the decoder; if it happens it is ours, and the operation or exchange dies of it all the same.
  return new WireError(`${action}: the decoder failed`, { code: Code.INTERNAL, scope, cause: error });
}
