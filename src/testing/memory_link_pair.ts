import { type Link, NULL_LINK } from "../links/link.ts";
import type { OperationId, Ticket } from "../links/ticket.ts";

/** How a {@linkcode MemoryLinkPair} hands tickets over. */
export interface MemoryLinkPairOptions {
  /**
   * `"synchronous"`: before `acceptTicket` returns, so that an exception of the link that receives it reaches the sender.
   * `"microtask"`: in order, soon after, as over a wire; an exception of the link that receives it is uncaught then.
   *
   * @default {"synchronous"}
   */
  readonly delivery?: "synchronous" | "microtask" | undefined;
}

/** One of the two links of a {@linkcode MemoryLinkPair}. The other link sends on what this one accepts. */
export interface MemoryLink extends Link {
  /** The tickets that it has accepted and that wait, oldest first. */
  readonly held: readonly Ticket[];

  /** Holds the tickets that it accepts from now on, until {@linkcode release}. */
  hold(): void;

  /**
   * Lets held tickets go, oldest first.
   *
   * @param count How many; then the link goes on holding. All, and it holds no more, if it is absent.
   * @throws {RangeError} If `count` is not a positive integer or more than are held.
   */
  release(count?: number): void;
}

/** Two links back to back: what is said to one comes out at the other. */
export interface MemoryLinkPair {
  /** To be joined to the invocation side. */
  readonly invocation: MemoryLink;
  /** To be joined to the service side. */
  readonly service: MemoryLink;
}

/**
 * Makes two links that stand for a wire, without one: the tickets that one accepts are emitted by the other, the very same
 * objects. Either direction can be held and released.
 *
 * @param options How tickets are handed over.
 * @returns The two links.
 *
 * @example Hold what one side says
 * ```ts
 * import { memoryLinkPair, recordingLink } from "@ticketlink/ticketlink/testing";
 * import { joinLinks } from "@ticketlink/ticketlink/links";
 * import { assertEquals } from "@std/assert";
 *
 * const pair = memoryLinkPair();
 * const service = recordingLink();
 * joinLinks(service, pair.service);
 *
 * pair.invocation.hold();
 * pair.invocation.acceptTicket({ operationId: 1, sequenceNumber: 0, payload: "hello" });
 * assertEquals(service.accepted, []);
 *
 * pair.invocation.release();
 * assertEquals(service.accepted, [{ operationId: 1, sequenceNumber: 0, payload: "hello" }]);
 * ```
 */
export function memoryLinkPair(options: MemoryLinkPairOptions = {}): MemoryLinkPair {
  const { delivery = "synchronous" } = options;
  if (delivery !== "synchronous" && delivery !== "microtask") {
    throw new TypeError(
      `Cannot make a memory link pair: option "delivery" must be "synchronous" or "microtask", got ${String(delivery)}`,
    );
  }
  const invocation = new OneOfTwo(delivery === "microtask");
  const service = new OneOfTwo(delivery === "microtask");
  invocation.other = service;
  service.other = invocation;
  return { invocation, service };
}

class OneOfTwo implements MemoryLink {
  other: OneOfTwo | undefined;
  readonly #deferred: boolean;
  #peerLink: Link = NULL_LINK;
  #holding = false;
  #held: Ticket[] = [];

  constructor(deferred: boolean) {
    this.#deferred = deferred;
  }

  get held(): readonly Ticket[] {
    return [...this.#held];
  }

  acceptTicket(ticket: Ticket): void {
    if (this.#holding) this.#held.push(ticket);
    else this.#pass(ticket);
  }

  joinLink(link: Link): void {
    this.#peerLink = link;
  }

  emit(ticket: Ticket): void {
    this.#peerLink.acceptTicket(ticket);
  }

  get peerLink(): Link {
    return this.#peerLink;
  }

  get reportsConsumption(): boolean {
    return this.other?.peerLink.reportsConsumption === true;
  }

  get keepsDeadlines(): boolean {
    return this.other?.peerLink.keepsDeadlines === true;
  }

  consumed(operationId: OperationId, payloads: number): void {
    this.other?.peerLink.consumed?.(operationId, payloads);
  }

  settled(operationId: OperationId): void {
    this.other?.peerLink.settled?.(operationId);
  }

  hold(): void {
    this.#holding = true;
  }

  release(count?: number): void {
    this.#checkCount(count);
    // What is sent meanwhile, in answer to a ticket let go, waits behind the rest, so that the order stays.
    let left = count ?? Infinity;
    for (let ticket = this.#next(left); ticket !== undefined; ticket = this.#next(left)) {
      left -= 1;
      this.#pass(ticket);
    }
    if (count === undefined) this.#holding = false;
  }

  #next(left: number): Ticket | undefined {
    return left > 0 ? this.#held.shift() : undefined;
  }

  #pass(ticket: Ticket): void {
    if (this.#deferred) queueMicrotask(() => this.other?.emit(ticket));
    else this.other?.emit(ticket);
  }

  #checkCount(count: number | undefined): void {
    if (count === undefined) return;
    if (!Number.isSafeInteger(count) || count < 1 || count > this.#held.length) {
      throw new RangeError(`Cannot release ${count} tickets: ${this.#held.length} are held`);
    }
  }
}
