import type { OperationId, Ticket } from "../links/ticket.ts";
import type { ExchangeKind } from "../wire/exchange_kind.ts";
import type { Hello } from "../wire/control_item.ts";
import type { RequestAborts } from "./client/client_request.ts";
import type { ExchangeFailure } from "../exchange/exchange_failure.ts";
import type { Engine, ExchangeReason, InvocationSettings } from "./invocation_options.ts";
import type { SingleCall } from "./single/client.ts";

/** An engine, as links use it. */
export interface AttachableEngine extends Engine {
  /** Makes the part of one link that carries several calls on one exchange. Each link has one. */
  attach(settings: InvocationSettings, host: EngineHost): AttachedEngine;
}

/** An operation, as the link of its end knows it, whatever carries it. */
export interface LinkedOperation {
  /** Takes a ticket of the local end. */
  send(ticket: Ticket): void;
  /** The local end has consumed payloads. */
  consumed?(payloads: number): void;
  /**
   * Ends it, since its time is over and the local end does not say so (S43). Returns the number of the ticket with which that
   * end is to be told, unless it has been told.
   */
  expire(): number | undefined;
}

/** What an engine needs of its link. */
export interface EngineHost {
  /** Gives up requests that have not been answered. */
  readonly aborts: RequestAborts;
  /** Whether the local end says what its application has consumed; else that is all that it gets. */
  readonly peerReports: boolean;
  /** Hands a ticket to the local end. Throws what that throws. */
  deliver(ticket: Ticket): void;
  /** A payload of the local end has left, or waits encoded: as far as that end is concerned it is consumed (S48). */
  passedOn(operationId: OperationId): void;
  /** An operation has begun, or goes on elsewhere: tickets of the local end for it go there. */
  register(operationId: OperationId, operation: LinkedOperation): void;
  /** Where tickets of the local end for an operation go; `undefined` if it is over. */
  registered(operationId: OperationId): LinkedOperation | undefined;
  /** An operation is over, or given up: tickets of the local end for it are late. */
  forget(operationId: OperationId): void;
  /** Carries an operation, with its tickets so far, on a request of its own. */
  carrySingly(tickets: readonly [Ticket, ...Ticket[]], reason: ExchangeReason, message?: string): void;
  /** An exchange of a kind takes an operation. */
  used(kind: ExchangeKind): void;
  /** Tells the user of an exchange. Never throws. */
  tell(kind: ExchangeKind, reason: ExchangeReason, message?: string): void;
  /** Takes an error that no operation can be told of. Never throws. */
  readonly report: (error: unknown) => void;
}

/** The part of one link that carries several calls on one exchange. */
export interface AttachedEngine {
  /** The kind that the next operation would get of which nothing is known. */
  readonly preferred: ExchangeKind;
  /** How many exchanges are open. */
  readonly exchangeCount: number;
  /** Begins an operation with its first ticket. */
  open(ticket: Ticket): void;
  /** Goes on with an operation that has outgrown its request; returns whether there is a way. */
  takeOver(call: SingleCall): boolean;
  /** Finds out whether *duplex* works here, unless that is known. */
  probe(): void;
  /** The hello of a server has come on a request of one call. */
  greetedSingly(hello: Hello): void;
  /** A request of one call has failed, before the server's hello or after it. */
  failedSingly(failure: ExchangeFailure, greeted: boolean): void;
  /** Cancels what runs, and resolves when all exchanges are over. */
  close(): Promise<void>;
}

/**
 * Checks the engine that is given.
 *
 * @throws {TypeError} If it is none.
 */
export function checkEngine(engine: Engine): AttachableEngine {
  if (typeof engine === "object" && engine !== null && "attach" in engine) return engine as AttachableEngine; // only ours has it
  throw new TypeError(
    `Cannot make an invocation link: expected the export "engine" of the entry point ./engine, got a value of type ${typeof engine}`,
  );
}
