import { type Metadata, type OperationId, Subscription, Termination, type Ticket } from "../links/mod.ts";
import { Fifo } from "./fifo.ts";
import type { Completion, Step } from "./operator.ts";
import { addAllowance, IMPLICIT_ALLOWANCE } from "./window.ts";

/** What only the first ticket of a direction carries (S1, S2). */
export type Opening = Pick<Ticket, "group" | "method" | "subscription" | "protocol">;

/** The last ticket of a direction: an abort, or the completion that closes what is still open (S31, S33). */
interface Farewell {
  readonly termination: Termination;
  readonly terminalMetadata?: Metadata | undefined;
  readonly code: unknown;
  readonly message: unknown;
}

/**
 * The sending side of one operation: what has been said and not yet left, and how it is merged into tickets (S15 to S18).
 *
 * ```text
 *  open ──completion said──▶ completing ──its ticket leaves──▶ completed
 *    │                           │                                │
 *    └───────────────────────────┴──── bidFarewell ───────────────┴──▶ leaving ──its ticket leaves──▶ silent
 *                                └──── fallSilent ────────────────────────────────────────────────▶ silent
 * ```
 *
 * After a completion only grants, timeouts and an abort follow.
 */
type State = "open" | "completing" | "completed" | "leaving" | "silent";

/** Merges what an operation's customer says into the tickets that leave. */
export class Transmission {
  /** The operation. */
  readonly operationId: OperationId;
  /** Payloads that the peer allows to leave now. */
  #window = IMPLICIT_ALLOWANCE;
  #state: State = "open";
  #opening: Opening | undefined;
  #openingIsDue: boolean;
  #sequenceNumber = 0;
  #audience: Subscription = Subscription.FULL;
  #muted = false;
  #initialMetadata: Metadata | undefined;
  /** The payload that leaves next; most leave before there is another. */
  #payload: unknown;
  #laterPayloads: Fifo<unknown> | undefined;
  #completion: Completion | undefined;
  #allowance = 0;
  #timeout: number | undefined;
  #clampedTimeout: number | undefined;
  #farewell: Farewell | undefined;

  /**
   * @param operationId The operation.
   * @param opening What only the first ticket carries.
   * @param openingIsDue Whether the first ticket leaves even with nothing to say (S1).
   */
  constructor(operationId: OperationId, opening: Opening | undefined, openingIsDue: boolean) {
    this.operationId = operationId;
    this.#opening = opening;
    this.#openingIsDue = openingIsDue;
  }

  /** Whether the completion has been handed to the link. */
  get completed(): boolean {
    return this.#state === "completed";
  }

  /** Whether there is a last ticket to send. */
  get leaving(): boolean {
    return this.#state === "leaving";
  }

  /** Whether nothing at all is sent to this peer (S13). */
  get muted(): boolean {
    return this.#muted;
  }

  /** Sets what the first ticket carries, where that is known only later (S2). */
  setOpening(opening: Opening): void {
    this.#opening = opening;
  }

  /**
   * Takes note of what the peer wants (S13).
   *
   * @param audience The peer's subscription.
   * @param mutable Whether a peer that wants nothing gets nothing at all. So it is for an invoker; a service that wants
   * nothing still needs grants, timeouts and aborts.
   */
  setAudience(audience: Subscription, mutable: boolean): void {
    this.#audience = audience;
    this.#muted = mutable && audience === Subscription.NONE;
    if (audience === Subscription.FULL) return;
    this.#initialMetadata = undefined;
    this.#dropPayloads();
    if (audience === Subscription.NONE) this.#dropCompletion();
  }

  /** Takes what the customer says; its order has been checked. */
  say({ initialMetadata, payload, completion, allowance }: Step): void {
    if (allowance !== undefined) this.#allowance = addAllowance(this.#allowance, allowance);
    if (this.#audience === Subscription.FULL) {
      if (initialMetadata !== undefined) this.#initialMetadata = initialMetadata;
      if (payload !== undefined) this.#pushPayload(payload);
    }
    if (completion !== undefined && this.#audience !== Subscription.NONE) {
      this.#completion = completion;
      this.#state = "completing";
    }
  }

  /** Takes a grant of the peer's. */
  credit(payloads: number): void {
    this.#window = addAllowance(this.#window, payloads);
  }

  /** Says which timeout holds from now on (S26). */
  sayTimeout(timeoutMs: number): void {
    this.#timeout = timeoutMs;
  }

  /** Takes back a timeout that has not left, since the peer has named another; the first ticket keeps its own (S1). */
  withdrawTimeout(): void {
    if (!this.#openingIsDue) this.#timeout = undefined;
  }

  /** Says that the peer's timeout was clamped, in a ticket of its own (S24, S25). */
  announceClamp(timeoutMs: number): void {
    this.#clampedTimeout = timeoutMs;
  }

  /** Ends the direction with an abort (S22, S31). */
  abort(termination: Termination, code: unknown, message: unknown): void {
    if (this.#muted) this.fallSilent();
    else this.#bidFarewell({ termination, code, message });
  }

  /** Closes the direction if it is still open, discarding what waits for allowance (S33). */
  close(): void {
    if (this.#state === "completed" || this.#muted || this.#audience === Subscription.NONE) return this.fallSilent();
    const completion = this.#payload === undefined ? this.#completion : undefined;
    this.#bidFarewell({
      termination: Termination.COMPLETION,
      terminalMetadata: completion?.terminalMetadata,
      code: completion?.code,
      message: completion?.message,
    });
  }

  /** Ends the direction without another word. */
  fallSilent(): void {
    this.#state = "silent";
    this.#discard();
  }

  /** The next ticket to leave, or `undefined` if none can. */
  next(): Ticket | undefined {
    if (this.#state === "silent") return undefined;
    if (this.#farewell !== undefined) return this.#takeFarewell(this.#farewell);
    if (this.#muted) return undefined;
    if (this.#clampedTimeout !== undefined) return this.#takeClamp();
    const payload = this.#takePayload();
    const completion = this.#takeCompletion();
    if (
      payload === undefined && completion === undefined && !this.#openingIsDue && this.#allowance === 0 &&
      this.#initialMetadata === undefined && this.#timeout === undefined
    ) return undefined;
    return this.#takeTicket(payload, completion);
  }

  #pushPayload(payload: unknown): void {
    if (this.#payload === undefined) this.#payload = payload;
    else (this.#laterPayloads ??= new Fifo()).push(payload);
  }

  #takePayload(): unknown {
    const payload = this.#payload;
    if (payload === undefined || this.#window === 0) return undefined;
    this.#window -= 1;
    this.#payload = this.#laterPayloads?.shift();
    return payload;
  }

  #dropPayloads(): void {
    this.#payload = undefined;
    this.#laterPayloads = undefined;
  }

  #takeCompletion(): Completion | undefined {
    const completion = this.#completion;
    if (completion === undefined || this.#payload !== undefined) return undefined;
    this.#dropCompletion();
    this.#state = "completed";
    return completion;
  }

  #takeTicket(payload: unknown, completion: Completion | undefined): Ticket {
    const ticket = this.#ticket(
      this.#timeout,
      this.#allowance === 0 ? undefined : this.#allowance,
      this.#initialMetadata,
      payload,
      completion === undefined ? undefined : Termination.COMPLETION,
      completion,
    );
    this.#timeout = undefined;
    this.#allowance = 0;
    this.#initialMetadata = undefined;
    return ticket;
  }

  #takeClamp(): Ticket {
    const timeout = this.#clampedTimeout;
    this.#clampedTimeout = undefined;
    return this.#ticket(timeout, undefined, undefined, undefined, undefined, undefined);
  }

  /** Nothing of the opening travels with an abort (S31). */
  #takeFarewell(farewell: Farewell): Ticket {
    this.#opening = undefined;
    this.fallSilent();
    return this.#ticket(undefined, undefined, undefined, undefined, farewell.termination, farewell);
  }

  /** Every ticket has all fields, in one order, so that the engine sees one shape. */
  #ticket(
    timeout: number | undefined,
    allowance: number | undefined,
    initialMetadata: Metadata | undefined,
    payload: unknown,
    termination: Termination | undefined,
    completion: Completion | undefined,
  ): Ticket {
    const opening = this.#opening;
    this.#opening = undefined;
    this.#openingIsDue = false;
    return {
      operationId: this.operationId,
      sequenceNumber: this.#sequenceNumber++,
      group: opening?.group,
      method: opening?.method,
      subscription: opening?.subscription,
      timeout,
      allowance,
      initialMetadata,
      payload,
      terminalMetadata: completion?.terminalMetadata,
      code: completion?.code,
      message: completion?.message,
      termination,
      protocol: opening?.protocol,
    };
  }

  #bidFarewell(farewell: Farewell): void {
    this.#discard();
    this.#farewell = farewell;
    this.#state = "leaving";
  }

  #dropCompletion(): void {
    this.#completion = undefined;
  }

  #discard(): void {
    this.#initialMetadata = undefined;
    this.#dropPayloads();
    this.#completion = undefined;
    this.#allowance = 0;
    this.#timeout = undefined;
    this.#clampedTimeout = undefined;
    this.#farewell = undefined;
  }
}
