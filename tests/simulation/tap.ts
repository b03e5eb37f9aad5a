import { joinLinks, type Link, NULL_LINK, type OperationId, type Ticket } from "../../src/links/mod.ts";
import type { Journal } from "./journal.ts";
import type { World } from "./world.ts";
import type { Side } from "./payload.ts";

/** What one end has sent in one operation, and what it may still send. */
interface Sent {
  readonly journal: Journal;
  next: number;
  allowance: number;
  metadata: boolean;
  /** Whether its last ticket is an abort. One that never started here may begin again, as another operation (S40). */
  aborted: boolean;
}

/** Stands between an end and its link, keeps the journals, and checks each ticket that the end sends. */
export class Tap {
  readonly #world: World;
  readonly #side: Side;
  readonly #operations: Map<OperationId, Sent> = new Map();
  #toEnd: Link = NULL_LINK;
  #toLink: Link = NULL_LINK;
  /** Whether the end is handing a ticket over: what comes meanwhile is processed after that (S47). */
  #isLeaving = false;

  constructor(world: World, side: Side, end: Link, link: Link) {
    this.#world = world;
    this.#side = side;
    joinLinks(end, {
      acceptTicket: (ticket) => this.#leaves(ticket),
      joinLink: (peerLink) => this.#toEnd = peerLink,
      reportsConsumption: link.reportsConsumption === true,
      // What passes tickets on passes on what becomes of them, too (S48).
      consumed: (operationId, payloads) => this.#toLink.consumed?.(operationId, payloads),
      settled: (operationId) => this.#toLink.settled?.(operationId),
    });
    joinLinks({
      acceptTicket: (ticket) => this.#arrives(ticket),
      joinLink: (peerLink) => this.#toLink = peerLink,
      reportsConsumption: end.reportsConsumption === true,
      consumed: (operationId, payloads) => this.#toEnd.consumed?.(operationId, payloads),
      settled: (operationId) => this.#toEnd.settled?.(operationId),
      keepsDeadlines: end.keepsDeadlines === true,
    }, link);
  }

  #leaves(ticket: Ticket): void {
    const sent = this.#find(ticket);
    if (sent !== undefined) this.#checkSent(sent, ticket);
    this.#isLeaving = true;
    this.#toLink.acceptTicket(ticket);
    this.#isLeaving = false;
  }

  #arrives(ticket: Ticket): void {
    const sent = this.#find(ticket);
    const journal = sent?.journal;
    const ran = journal?.endedMs === undefined;
    if (sent !== undefined && ran) this.#noteArrival(sent, ticket);
    this.#toEnd.acceptTicket(ticket);
    if (journal?.gotAbort === undefined || !ran) return;
    if (this.#isLeaving) queueMicrotask(() => this.#checkEnded(journal));
    else this.#checkEnded(journal);
  }

  #checkEnded(journal: Journal): void {
    if (journal.served && journal.endedMs === undefined) this.#wrong(journal, "goes on after an abort (S7)");
  }

  /** The operation of a ticket; the kick-off says which of the scenario it is. */
  #find({ operationId, method }: Ticket): Sent | undefined {
    const known = this.#operations.get(operationId);
    if (known !== undefined || typeof method !== "string") return known;
    const journal = this.#world.journal(this.#side, method);
    if (journal === undefined) return undefined;
    const sent = { journal, next: 0, allowance: 1, metadata: false, aborted: false };
    this.#operations.set(operationId, sent);
    journal.startedMs ??= this.#world.clock.now();
    return sent;
  }

  #noteArrival(sent: Sent, ticket: Ticket): void {
    const { journal } = sent;
    const atMs = this.#world.clock.now();
    const { termination, allowance, timeout } = ticket;
    this.#world.trace.note(`${journal.name} <- ${describe(ticket)}`);
    if (termination === "completion") journal.gotCompletionMs ??= atMs;
    else if (termination !== undefined) journal.gotAbort ??= { termination, atMs };
    if (allowance !== undefined && Number.isSafeInteger(allowance)) sent.allowance += allowance;
    if (typeof timeout !== "number" || journal.gotAbort !== undefined) return;
    if (ticket.sequenceNumber === 0 && this.#side === "service") {
      journal.begin(atMs, timeout, this.#world.serviceMaximumMs);
    } else journal.changeTimeout(atMs, timeout, false);
  }

  #checkSent(sent: Sent, ticket: Ticket): void {
    const { journal } = sent;
    const { sequenceNumber, payload, initialMetadata, termination } = ticket;
    this.#world.trace.note(`${journal.name} -> ${describe(ticket)}`);
    if (sequenceNumber !== sent.next) this.#wrong(journal, `sends number ${sequenceNumber} as ${sent.next} (S1)`);
    sent.next += 1;
    if (sent.aborted) this.#wrong(journal, "sends a ticket after its abort (S31)");
    // A refusal may be on its way already when the peer gives up, and harms nothing.
    if (journal.gotAbort !== undefined && ticket.neverStarted !== true) {
      this.#wrong(journal, "sends a ticket after the peer's abort (S7, S47)");
    }
    if (payload !== undefined) this.#checkPayload(sent);
    if (initialMetadata !== undefined) {
      if (sent.metadata || journal.sentPayloads > (payload === undefined ? 0 : 1)) {
        this.#wrong(journal, "sends initial metadata too late (S10)");
      }
      sent.metadata = true;
    }
    if (termination !== undefined) this.#checkLast(sent, ticket);
  }

  #checkPayload(sent: Sent): void {
    const { journal } = sent;
    sent.allowance -= 1;
    journal.sentPayloads += 1;
    if (sent.allowance < 0) this.#wrong(journal, "sends a payload beyond its allowance (S15)");
    if (journal.sentCompletionMs !== undefined) this.#wrong(journal, "sends a payload after its completion (S10)");
  }

  #checkLast(sent: Sent, ticket: Ticket): void {
    const { journal } = sent;
    const { termination, payload, allowance, timeout, initialMetadata, group, neverStarted } = ticket;
    const atMs = this.#world.clock.now();
    if (termination === "completion") {
      if (journal.sentCompletionMs !== undefined) this.#wrong(journal, "completes twice (S10)");
      journal.sentCompletionMs = atMs;
      return;
    }
    sent.aborted = true;
    if (neverStarted === undefined) journal.sentAbort = { termination: termination!, atMs };
    else this.#checkRefusal(journal, ticket);
    const more = [payload, allowance, timeout, initialMetadata, group].filter((field) => field !== undefined);
    if (more.length > 0) this.#wrong(journal, "sends more than an abort in its abort (S31)");
  }

  #checkRefusal(journal: Journal, { termination, sequenceNumber }: Ticket): void {
    if (termination !== "shutdown" || sequenceNumber !== 0) this.#wrong(journal, "refuses in another way (S40)");
    if (journal.served) this.#wrong(journal, "never started and is served (S40)");
  }

  #wrong(journal: Journal, what: string): void {
    this.#world.wrong(`${journal.name} ${what}`);
  }
}

/** A ticket in a trace: without ids, which are not the same from run to run. */
function describe({ sequenceNumber, payload, allowance, timeout, termination, initialMetadata }: Ticket): string {
  const parts = [`#${sequenceNumber}`];
  if (initialMetadata !== undefined) parts.push("metadata");
  if (payload !== undefined) parts.push(payload instanceof Uint8Array ? `${payload.length} bytes` : "payload");
  if (allowance !== undefined) parts.push(`+${allowance}`);
  if (timeout !== undefined) parts.push(`${timeout} ms`);
  if (termination !== undefined) parts.push(termination);
  return parts.join(" ");
}
