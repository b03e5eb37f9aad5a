import { type Metadata, type OperationId, Subscription, Termination, type Ticket } from "../links/ticket.ts";
import { addAllowance, IMPLICIT_ALLOWANCE } from "./direction.ts";
import { Fifo } from "./fifo.ts";
import type { Completion, Step } from "./types.ts";

/** The fields that only the first ticket of a direction carries (S1, S2). */
export type Opening = Pick<Ticket, "group" | "method" | "methodKind" | "subscription" | "protocol">;

/** The last ticket of a direction: an abort, or the completion of a direction that was still open (S31, S33). */
interface FinalTicket {
  readonly termination: Termination;
  readonly terminalMetadata?: Metadata | undefined;
  readonly code: unknown;
  readonly message: unknown;
}

/**
 * The state of a sending direction:
 *
 * ```text
 *  open ──completion queued──▶ completing ──its ticket is taken──▶ completed
 *    │                             │                                  │
 *    └─────────────────────────────┴── abort(), completeSend() ───────┴──▶ closing ──its ticket is taken──▶ closed
 *                                  └── closeSend() ─────────────────────────────────────────────────────▶ closed
 * ```
 *
 * After a completion, only grants, timeouts and an abort follow.
 */
type State = "open" | "completing" | "completed" | "closing" | "closed";

/** Queues what an application sends in one operation, and merges it into tickets (S15 to S18). */
export class SendQueue {
  readonly operationId: OperationId;
  /** Payloads that the peer allows this side to send now. */
  #window = IMPLICIT_ALLOWANCE;
  #state: State = "open";
  #opening: Opening | undefined;
  #openingIsDue: boolean;
  #sequenceNumber = 0;
  #peerSubscription: Subscription = Subscription.FULL;
  #suppressed = false;
  #initialMetadata: Metadata | undefined;
  /** The next payload. Most payloads are sent before there is another. */
  #payload: unknown;
  #laterPayloads: Fifo<unknown> | undefined;
  #completion: Completion | undefined;
  #allowance = 0;
  #timeout: number | undefined;
  #clampedTimeout: number | undefined;
  #finalTicket: FinalTicket | undefined;

  /** `openingIsDue` says whether the first ticket is sent even if it carries nothing but the opening (S1). */
  constructor(operationId: OperationId, opening: Opening | undefined, openingIsDue: boolean) {
    this.operationId = operationId;
    this.#opening = opening;
    this.#openingIsDue = openingIsDue;
  }

  /** Which tickets the peer wants; all of them until it has said. */
  get peerSubscription(): Subscription {
    return this.#peerSubscription;
  }

  /** Whether the completion has been taken. */
  get completed(): boolean {
    return this.#state === "completed";
  }

  /** Whether the last ticket is queued. */
  get hasFinalTicket(): boolean {
    return this.#state === "closing";
  }

  /** Whether nothing at all is sent to this peer (S13). */
  get suppressed(): boolean {
    return this.#suppressed;
  }

  /** Sets the fields of the first ticket, where they are known only later (S2). */
  setOpening(opening: Opening): void {
    this.#opening = opening;
  }

  /**
   * Sets which tickets the peer wants (S13). With `canSuppress`, a peer that wants none gets none. This holds for an
   * invocation: a service that wants none still needs grants, timeouts and aborts.
   */
  setPeerSubscription(subscription: Subscription, canSuppress: boolean): void {
    this.#peerSubscription = subscription;
    this.#suppressed = canSuppress && subscription === Subscription.NONE;
    if (subscription === Subscription.FULL) return;
    this.#initialMetadata = undefined;
    this.#dropPayloads();
    if (subscription === Subscription.NONE) this.#completion = undefined;
  }

  /** Queues a step of the application. Its order has been checked. */
  enqueue({ initialMetadata, payload, completion, allowance }: Step): void {
    if (allowance !== undefined) this.#allowance = addAllowance(this.#allowance, allowance);
    if (this.#peerSubscription === Subscription.FULL) {
      if (initialMetadata !== undefined) this.#initialMetadata = initialMetadata;
      if (payload !== undefined) this.#pushPayload(payload);
    }
    if (completion !== undefined && this.#peerSubscription !== Subscription.NONE) {
      this.#completion = completion;
      this.#state = "completing";
    }
  }

  /** Adds a grant of the peer to the window. */
  credit(payloads: number): void {
    this.#window = addAllowance(this.#window, payloads);
  }

  /** Queues the timeout that applies from now on (S26). */
  queueTimeout(timeoutMs: number): void {
    this.#timeout = timeoutMs;
  }

  /** Removes a queued timeout, because the peer has set another. The first ticket keeps its own (S1). */
  withdrawTimeout(): void {
    if (!this.#openingIsDue) this.#timeout = undefined;
  }

  /** Queues the value that the peer's timeout was clamped to, for a ticket of its own (S24, S25). */
  queueClampedTimeout(timeoutMs: number): void {
    this.#clampedTimeout = timeoutMs;
  }

  /** Queues an abort as the last ticket (S22, S31). */
  abort(termination: Termination, code: unknown, message: unknown): void {
    if (this.#suppressed) this.closeSend();
    else this.#queueFinalTicket({ termination, code, message });
  }

  /** Completes the direction if it is still open, and discards payloads that wait for allowance (S33). */
  completeSend(): void {
    if (this.#state === "completed" || this.#suppressed || this.#peerSubscription === Subscription.NONE) {
      return this.closeSend();
    }
    const completion = this.#payload === undefined ? this.#completion : undefined;
    this.#queueFinalTicket({
      termination: Termination.COMPLETION,
      terminalMetadata: completion?.terminalMetadata,
      code: completion?.code,
      message: completion?.message,
    });
  }

  /** Closes the direction without another ticket. */
  closeSend(): void {
    this.#state = "closed";
    this.#discard();
  }

  /** Takes the next ticket to send, or `undefined` if none can be sent now. */
  nextTicket(): Ticket | undefined {
    if (this.#state === "closed") return undefined;
    if (this.#finalTicket !== undefined) return this.#takeFinalTicket(this.#finalTicket);
    if (this.#suppressed) return undefined;
    if (this.#clampedTimeout !== undefined) return this.#takeClampedTimeout();
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
    this.#completion = undefined;
    this.#state = "completed";
    return completion;
  }

  #takeTicket(payload: unknown, completion: Completion | undefined): Ticket {
    if (this.#isBare && completion === undefined) {
      return { operationId: this.operationId, sequenceNumber: this.#sequenceNumber++, payload };
    }
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

  #takeClampedTimeout(): Ticket {
    const timeout = this.#clampedTimeout;
    this.#clampedTimeout = undefined;
    return this.#ticket(timeout, undefined, undefined, undefined, undefined, undefined);
  }

  /** The last ticket carries no opening fields (S31). */
  #takeFinalTicket(finalTicket: FinalTicket): Ticket {
    this.#opening = undefined;
    this.closeSend();
    return this.#ticket(undefined, undefined, undefined, undefined, finalTicket.termination, finalTicket);
  }

  /** Whether a payload has nothing to go with it, as most of a stream: their tickets have a hidden class of their own. */
  get #isBare(): boolean {
    return this.#opening === undefined && !this.#openingIsDue && this.#allowance === 0 && this.#timeout === undefined &&
      this.#initialMetadata === undefined;
  }

  /** Makes a ticket with all fields in one order, so that all such tickets have one hidden class in the engine. */
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
      methodKind: opening?.methodKind,
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

  #queueFinalTicket(finalTicket: FinalTicket): void {
    this.#discard();
    this.#finalTicket = finalTicket;
    this.#state = "closing";
  }

  #discard(): void {
    this.#initialMetadata = undefined;
    this.#dropPayloads();
    this.#completion = undefined;
    this.#allowance = 0;
    this.#timeout = undefined;
    this.#clampedTimeout = undefined;
    this.#finalTicket = undefined;
  }
}
