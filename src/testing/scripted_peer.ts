import { type Link, NULL_LINK } from "../links/link.ts";
import { newOperationId, type OperationId, Subscription, type Ticket } from "../links/ticket.ts";
import { deepEqual } from "./_deep_equal.ts";
import { describeTicket } from "./_describe_ticket.ts";
import { nextTurn } from "./_next_turn.ts";
import { compact } from "./compact.ts";

/** What a {@linkcode ScriptedPeer} says in one ticket; it adds the ids that are not given. */
export type ScriptedTicket = Partial<Ticket>;

/** The far side of a conversation, played by a test. */
export interface ScriptedPeer extends Link {
  /** Everything that it was told, in order, without absent fields. */
  readonly received: readonly Ticket[];

  /**
   * Takes the next ticket and checks the fields that are named. Others may be there as well.
   *
   * @param expected The fields to check; `undefined` says that a field is absent.
   * @returns The whole ticket, without absent fields.
   * @throws {Error} If no ticket comes, its sequence number is not the next of its operation and not named here, or a
   * field differs.
   */
  expectTicket(expected?: ScriptedTicket): Promise<Ticket>;

  /**
   * Takes the next ticket and checks that it says this and nothing else. Its operation id and sequence number are
   * checked as by {@linkcode expectTicket}.
   *
   * @param expected All its fields, but for the operation id and the sequence number.
   * @returns The whole ticket, without absent fields.
   * @throws {Error} If no ticket comes, its sequence number is not the next, or it differs.
   */
  expectExactly(expected: ScriptedTicket): Promise<Ticket>;

  /**
   * Checks that everything it was told has been taken, and that nothing else is under way.
   *
   * @throws {Error} If there is a ticket that nobody expected.
   */
  expectNothing(): Promise<void>;

  /**
   * Begins an operation: says the first ticket, with a subscription to everything, a timeout of 10,000 ms, group
   * `"group"` and method `"method"` where nothing else is given.
   *
   * @param ticket What else it says, or says instead.
   * @returns The operation's id.
   */
  open(ticket?: ScriptedTicket): OperationId;

  /**
   * Says one ticket, at once.
   *
   * @param ticket What it says. Without an operation id it belongs to the operation that this peer sent or was told
   * something of last. Without a sequence number it has the one after the highest sent so far in that operation.
   * @returns The ticket as sent.
   * @throws {TypeError} If no operation id is given and there has been no operation yet.
   */
  send(ticket: ScriptedTicket): Ticket;
}

/** How a {@linkcode ScriptedPeer} waits. */
export interface ScriptedPeerOptions {
  /**
   * Milliseconds of real time that it waits for a ticket it expects. With 0 it waits for what needs no time: enough in
   * memory and with a virtual clock.
   *
   * @default {0}
   */
  readonly patienceMs?: number | undefined;
}

/**
 * Makes a peer that a test plays by hand: it expects tickets and sends tickets, one by one. It numbers its own and checks
 * the numbers of those that it is told.
 *
 * @param options How it waits.
 * @returns The peer, to be joined to what is tested.
 *
 * @example Play the service side
 * ```ts
 * import { invocationEnd, joinLinks } from "@ticketlink/ticketlink/links";
 * import { scriptedPeer } from "@ticketlink/ticketlink/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const end = invocationEnd();
 * const peer = scriptedPeer();
 * joinLinks(end, peer);
 * end.start();
 *
 * const { context } = end.operate("demo.Log", "write", { kind: "termination", terminationCallback() {} }, {
 *   timeout: 1_000,
 *   payload: "a line",
 * });
 * await peer.expectTicket({ group: "demo.Log", method: "write", payload: "a line" });
 * peer.send({ subscription: "full", termination: "shutdown" });
 * assertEquals(context.outcome()?.kind, "remote shutdown");
 * await end.stop(0);
 * ```
 */
export function scriptedPeer(options: ScriptedPeerOptions = {}): ScriptedPeer {
  const { patienceMs = 0 } = options;
  if (!Number.isFinite(patienceMs) || patienceMs < 0) {
    throw new RangeError(
      `Cannot use option "patienceMs": expected a finite number of milliseconds from 0, got ${patienceMs}`,
    );
  }
  return new Player(patienceMs);
}

class Player implements ScriptedPeer {
  readonly #patienceMs: number;
  readonly #received: Ticket[] = [];
  readonly #nextToSend: Map<OperationId, number> = new Map();
  readonly #nextToTake: Map<OperationId, number> = new Map();
  #taken = 0;
  #peerLink: Link = NULL_LINK;
  #operationId: OperationId | undefined;
  #wake: (() => void) | undefined;

  constructor(patienceMs: number) {
    this.#patienceMs = patienceMs;
  }

  get received(): readonly Ticket[] {
    return [...this.#received];
  }

  acceptTicket(ticket: Ticket): void {
    this.#operationId = ticket.operationId;
    this.#received.push(compact(ticket));
    this.#wake?.();
  }

  joinLink(link: Link): void {
    this.#peerLink = link;
  }

  async expectTicket(expected: ScriptedTicket = {}): Promise<Ticket> {
    const ticket = await this.#take(expected);
    const actual: Partial<Record<string, unknown>> = { ...ticket };
    for (const [field, value] of Object.entries(expected)) {
      if (!deepEqual(actual[field], value)) fail(`${field} of`, expected, ticket);
    }
    return ticket;
  }

  async expectExactly(expected: ScriptedTicket): Promise<Ticket> {
    const ticket = await this.#take(expected);
    const { operationId, sequenceNumber } = ticket;
    if (!deepEqual({ ...ticket }, { ...compact({ operationId, sequenceNumber, ...expected }) })) {
      fail("exactly", expected, ticket);
    }
    return ticket;
  }

  async expectNothing(): Promise<void> {
    await nextTurn();
    const ticket = this.#received[this.#taken];
    if (ticket !== undefined) throw new Error(`Expected no ticket, got ${describeTicket(ticket)}`);
  }

  open(ticket: ScriptedTicket = {}): OperationId {
    const first = { group: "group", method: "method", subscription: Subscription.FULL, timeout: 10_000 };
    return this.send({ operationId: newOperationId(), ...first, ...ticket }).operationId;
  }

  send(ticket: ScriptedTicket): Ticket {
    const operationId = ticket.operationId ?? this.#operationId;
    if (operationId === undefined) {
      throw new TypeError("Cannot send the ticket: no operation id was given and there has been no operation yet");
    }
    const next = this.#nextToSend.get(operationId) ?? 0;
    const sent: Ticket = { ...ticket, operationId, sequenceNumber: ticket.sequenceNumber ?? next };
    this.#nextToSend.set(operationId, Math.max(next, sent.sequenceNumber + 1));
    this.#operationId = operationId;
    this.#peerLink.acceptTicket(sent);
    return sent;
  }

  async #take(expected: ScriptedTicket): Promise<Ticket> {
    if (this.#received.length === this.#taken) await this.#waitForTicket();
    const ticket = this.#received[this.#taken];
    if (ticket === undefined) throw new Error(`Expected a ticket ${describeTicket(expected)}, got none`);
    this.#taken += 1;
    const next = this.#nextToTake.get(ticket.operationId) ?? 0;
    this.#nextToTake.set(ticket.operationId, ticket.sequenceNumber + 1);
    if (expected.sequenceNumber === undefined && ticket.sequenceNumber !== next) {
      throw new Error(`Expected a ticket with sequence number ${next}, got ${describeTicket(ticket)}`);
    }
    return ticket;
  }

  async #waitForTicket(): Promise<void> {
    await nextTurn();
    if (this.#patienceMs === 0 || this.#received.length > this.#taken) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, this.#patienceMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = undefined;
  }
}

function fail(what: string, expected: ScriptedTicket, ticket: Ticket): never {
  throw new Error(`Expected ${what} a ticket ${describeTicket(expected)}, got ${describeTicket(ticket)}`);
}
