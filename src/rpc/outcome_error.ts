import { Code, isCode } from "../links/mod.ts";
import { type Outcome, OutcomeKind } from "../ends/mod.ts";
import type { Trailer } from "./error_details.ts";
import { localFailure } from "./local_failure.ts";
import { type ErrorOrigin, RpcError } from "./rpc_error.ts";

/** What an outcome means to a caller or a handler, where the peer gives no code and message of its own. */
interface Meaning {
  readonly code: Code;
  readonly origin: ErrorOrigin;
  /** The end of a sentence that begins with the call. */
  readonly what: string;
}

/** Aborts by kind. A cancellation that this side asked for never gets here: its reason is known. */
const MEANINGS: Readonly<Record<Exclude<OutcomeKind, "completed">, Meaning>> = Object.freeze({
  [OutcomeKind.CANCELLED]: { code: Code.CANCELLED, origin: "peer", what: "was cancelled" },
  [OutcomeKind.EXPIRED]: { code: Code.DEADLINE_EXCEEDED, origin: "local", what: "expired: its timeout has passed" },
  [OutcomeKind.LOCAL_SHUTDOWN]: { code: Code.UNAVAILABLE, origin: "local", what: "was ended: this side stops" },
  [OutcomeKind.REMOTE_SHUTDOWN]: { code: Code.UNAVAILABLE, origin: "peer", what: "was ended: the other side stops" },
  [OutcomeKind.RECEPTION_FAILURE]: { code: Code.INTERNAL, origin: "peer", what: "broke a rule of the protocol" },
  [OutcomeKind.TRANSMISSION_FAILURE]: { code: Code.UNAVAILABLE, origin: "transport", what: "lost its link" },
  [OutcomeKind.LOCAL_FAILURE]: { code: Code.INTERNAL, origin: "local", what: "failed on this side" },
  [OutcomeKind.REMOTE_FAILURE]: { code: Code.INTERNAL, origin: "peer", what: "failed on the other side" },
});

/** Outcomes whose code and message the peer or the link may have given. */
const TOLD: ReadonlySet<OutcomeKind> = new Set([
  OutcomeKind.REMOTE_SHUTDOWN,
  OutcomeKind.RECEPTION_FAILURE,
  OutcomeKind.TRANSMISSION_FAILURE,
  OutcomeKind.LOCAL_FAILURE,
]);

/**
 * Tells how a call failed.
 *
 * @param outcome How its operation ended.
 * @param path The call, as `service/method`.
 * @param trailer What came with the completion.
 * @returns The error, or `undefined` if the call succeeded.
 */
export function outcomeError(outcome: Outcome, path: string, trailer: Trailer): RpcError | undefined {
  if (outcome.kind === OutcomeKind.COMPLETED) return completionError(outcome, trailer);
  const { code, origin, what } = MEANINGS[outcome.kind];
  const told = TOLD.has(outcome.kind) && isFailure(outcome.code);
  // The peer says LOCAL_FAILURE with a code where the method does not exist (S35).
  return localFailure(told ? outcome.code : code, textOf(outcome.message) ?? `Call ${path} ${what}`, {
    origin: told && origin === "local" ? "peer" : origin,
  });
}

/** What the service has told for its caller. The text is nothing but its own, as a caller that serves passes it on. */
function completionError({ code, message }: Outcome, trailer: Trailer): RpcError | undefined {
  if (code === undefined || code === Code.OK) return undefined;
  return new RpcError(isFailure(code) ? code : Code.UNKNOWN, textOf(message) ?? "Call failed", {
    origin: "peer",
    metadata: trailer.metadata,
    details: trailer.details,
  });
}

function isFailure(code: unknown): code is Code {
  return isCode(code) && code !== Code.OK;
}

function textOf(message: unknown): string | undefined {
  return typeof message === "string" && message !== "" ? message : undefined;
}
