import { CborError } from "../cbor/cbor_error.ts";
import { Code } from "../links/code.ts";

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

/** What is wrong with a ticket: nobody throws it, and an error of it would cost nearly as much again as reading did. */
export interface TicketProblem {
  /** What to tell the peer, as for a {@linkcode WireError}. */
  readonly code: Code;
  /** What failed, what was got and what is allowed. */
  readonly message: string;
  /** What reading has thrown. It never crosses the wire. */
  readonly cause: unknown;
}

/**
 * Says what is wrong with bytes, by whatever reading has thrown.
 *
 * @param action What was to be done, as in "Cannot read the ticket of operation 7".
 * @param error What was thrown.
 * @param frameStart Where the frame's content starts, in the offsets of the error.
 * @returns What is wrong, with the place counted from the start of the frame's content.
 */
export function problemOf(action: string, error: unknown, frameStart: number): TicketProblem {
  // Nothing else is expected of the decoder; if it happens it is ours, and the operation or exchange dies of it all the same.
  if (!(error instanceof CborError)) {
    return { code: Code.INTERNAL, message: `${action}: the decoder failed`, cause: error };
  }
  const code = error.limit === undefined ? Code.INTERNAL : Code.RESOURCE_EXHAUSTED;
  const place = `byte ${(error.offset ?? frameStart) - frameStart} of the frame`;
  return { code, message: `${action}: at ${place}, ${error.explanation}`, cause: error };
}

/**
 * Makes the error of an exchange of whatever reading has thrown.
 *
 * @param action As for {@linkcode problemOf}.
 * @param error What was thrown.
 * @param frameStart As for {@linkcode problemOf}.
 * @returns The error.
 */
export function asWireError(action: string, error: unknown, frameStart: number): WireError {
  const { code, message } = problemOf(action, error, frameStart);
  return new WireError(message, { code, scope: "exchange", cause: error });
}
