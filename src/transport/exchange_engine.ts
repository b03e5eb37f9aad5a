import type { Timer } from "../clock.ts";
import { MethodKind } from "../links/method_kind.ts";
import type { OperationId, Ticket } from "../links/ticket.ts";
import type { ExchangeFailure } from "../exchange/exchange_failure.ts";
import type { ExchangeOperation } from "../exchange/exchange_operation.ts";
import type { Ending } from "../exchange/exchange_tickets.ts";
import { FairScheduler } from "../exchange/fair_scheduler.ts";
import type { Hello } from "../wire/control_item.ts";
import { ExchangeKind } from "../wire/exchange_kind.ts";
import { CARRIERS, type Carriers } from "./carriers.ts";
import { readCallOptions } from "./client/call_context.ts";
import {
  type ClientExchange,
  type ClientExchangeLink,
  LINK_CLOSED,
  type ProbeEvents,
} from "./client/client_exchange.ts";
import type { RequestAborts } from "./client/client_request.ts";
import { originOf } from "./client/origin.ts";
import { memoryOf } from "./client/origin_memory.ts";
import { MAX_REFUSALS, retryPauseMs } from "./client/repetition.ts";
import type { StreamExchange } from "./client/stream_exchange.ts";
import type { AttachableEngine, AttachedEngine, EngineHost } from "./engine.ts";
import { type ChoosingLink, ExchangeChooser } from "./exchange_chooser.ts";
import { HeldOperations } from "./held_operations.ts";
import type { Engine, InvocationSettings } from "./invocation_options.ts";
import { OpenExchanges } from "./open_exchanges.ts";
import { OutgrownCall } from "./outgrown_call.ts";
import type { SingleCall } from "./single/client.ts";

/** Makes an engine that has these carriers. */
export function engineOf(carriers: Carriers): AttachableEngine {
  const kinds = Object.freeze(Object.keys(carriers) as ExchangeKind[]); // its keys are kinds
  return Object.freeze({
    kinds,
    attach: (settings: InvocationSettings, host: EngineHost): AttachedEngine =>
      new ExchangeEngine(settings, host, carriers),
  });
}

/** Carries several calls on one exchange, for the option `engine` of a client. */
export const engine: Engine = engineOf(CARRIERS);

/** What an operation needs that does not fit into a request of its own. */
const STREAMED = MethodKind.BIDI_STREAMING;

/** Carries the operations of one link on exchanges of several, where there are any, and chooses the kind of each. */
class ExchangeEngine implements AttachedEngine, ClientExchangeLink, ChoosingLink {
  readonly scheduler: FairScheduler;
  readonly report: (error: unknown) => void;
  readonly #host: EngineHost;
  readonly #settings: InvocationSettings;
  readonly #exchanges: OpenExchanges;
  readonly #chooser: ExchangeChooser;
  /** Operations that wait until it is known which kind of exchange works. */
  readonly #undecided = new HeldOperations(this);
  /** Operations that a server has refused, until the next try. */
  readonly #refused = new HeldOperations(this);
  /** Operations that have outgrown a request of their own. */
  readonly #outgrown = new Map<OperationId, OutgrownCall>();
  #nextTry: Timer = undefined;
  /** The exchange that takes the next operation of any kind without headers of its own, if it is the only one and accepts any. */
  #current: ClientExchange | undefined;
  #isClosing = false;

  constructor(settings: InvocationSettings, host: EngineHost, carriers: Carriers) {
    this.#settings = settings;
    this.#host = host;
    this.report = host.report;
    this.scheduler = new FairScheduler(settings.clock);
    const memory = memoryOf(originOf(settings.url), settings.fetch);
    this.#exchanges = new OpenExchanges(this, settings, carriers, {
      opened: (kind, reason, message) => host.tell(kind, reason, message),
      peerLimits: () => memory.peerLimits,
      requestLimit: memory.requestLimit,
    });
    this.#chooser = new ExchangeChooser(settings, memory, this);
  }

  // AttachedEngine.

  get preferred(): ExchangeKind {
    return this.#chooser.preferred;
  }

  get exchangeCount(): number {
    return this.#exchanges.size;
  }

  open(ticket: Ticket): void {
    const current = this.#current;
    // A server that has just refused operations would refuse this one, too.
    if (this.#refused.size > 0) this.#refused.hold([ticket]);
    else if (ticket.protocol === undefined && this.#exchanges.size === 1 && current?.accepting) current.begin(ticket);
    else this.#place([ticket]);
  }

  takeOver(call: SingleCall): boolean {
    const { outgrown, operationId } = call;
    if (outgrown === undefined) return false;
    const [first, ...later] = outgrown.tickets;
    const { headers } = readCallOptions(first.protocol);
    const choice = this.#chooser.choose({ methodKind: STREAMED, headers }, "probe");
    if (choice.verb !== "begin" || choice.kind === ExchangeKind.SINGLE) return false;
    call.leave();
    const operation = new OutgrownCall(outgrown);
    this.#outgrown.set(operationId, operation);
    operation.opened(first);
    this.#place([first], 0, "probe");
    for (const ticket of later) operation.send(ticket);
    return true;
  }

  probe(): void {
    this.#chooser.probe();
  }

  greetedSingly(hello: Hello): void {
    this.#chooser.greeted(ExchangeKind.SINGLE, hello);
  }

  failedSingly(failure: ExchangeFailure, greeted: boolean): void {
    this.#chooser.failed(ExchangeKind.SINGLE, greeted, failure);
  }

  close(): Promise<void> {
    this.#isClosing = true;
    this.#chooser.stop();
    this.#settings.clock.clearTimer(this.#nextTry);
    for (const held of [this.#undecided, this.#refused]) {
      for (const operation of held.take()) this.#end(operation.localId, LINK_CLOSED);
    }
    return this.#exchanges.close();
  }

  // ClientExchangeLink.

  get aborts(): RequestAborts {
    return this.#host.aborts;
  }

  get peerReports(): boolean {
    return this.#host.peerReports;
  }

  begin(operation: ExchangeOperation): void {
    const outgrown = this.#outgrown.get(operation.localId);
    outgrown?.goesOnAs(operation);
    this.#host.register(operation.localId, outgrown ?? operation);
  }

  forget({ localId }: ExchangeOperation): void {
    this.#outgrown.delete(localId);
    this.#host.forget(localId);
  }

  passedOn({ localId }: ExchangeOperation): void {
    if (this.#outgrown.get(localId)?.passedOn() !== false) this.#host.passedOn(localId);
  }

  deliver(ticket: Ticket): void {
    const { operationId, allowance } = ticket;
    // What is no number of payloads is for the local end to judge (S10).
    const outgrown = typeof allowance === "number" && allowance > 0 ? this.#outgrown.get(operationId) : undefined;
    if (outgrown === undefined || allowance === undefined) return this.#host.deliver(ticket);
    this.#host.deliver({ ...ticket, allowance: outgrown.granted(allowance) });
    outgrown.release();
  }

  tellEnd(operation: ExchangeOperation, ending: Ending): void {
    this.#tellEnd(operation.localId, ending);
  }

  greeted({ kind }: ClientExchange, hello: Hello): void {
    this.#chooser.greeted(kind, hello);
  }

  closed(exchange: ClientExchange, failure: ExchangeFailure | undefined): void {
    if (failure === undefined) this.#chooser.ended(exchange.kind, exchange.sentBytes);
    else this.#chooser.failed(exchange.kind, exchange.greetedByServer, failure);
    if (this.#current === exchange) this.#current = undefined;
    this.#exchanges.remove(exchange);
  }

  takeBack({ kind }: ClientExchange, operations: readonly ExchangeOperation[], why: ExchangeFailure): void {
    for (const operation of operations) {
      const { unacknowledgedTickets: tickets, refusals } = operation;
      if (tickets === undefined || this.#isClosing) this.#end(operation.localId, why);
      else if (why.retry === "at once") this.#place(tickets, refusals);
      else if (why.retry === "later" && refusals < MAX_REFUSALS) this.#tryLater(kind, tickets, refusals + 1, why);
      else if (why.retry === undefined && this.#chooser.hasRuledOut(kind)) {
        this.#place(tickets, refusals, "kind");
      } else this.#end(operation.localId, why);
    }
  }

  // ChoosingLink.

  openProbe(events: ProbeEvents): StreamExchange {
    return this.#exchanges.openProbe(events);
  }

  has(kind: ExchangeKind): boolean {
    return this.#exchanges.accepting(kind) !== undefined;
  }

  settled(): void {
    for (const { unacknowledgedTickets, refusals } of this.#undecided.take()) {
      if (unacknowledgedTickets !== undefined) this.#place(unacknowledgedTickets, refusals, "probe");
    }
  }

  /** Begins an operation where it can be carried, or holds it until that is known. */
  #place(
    tickets: readonly [Ticket, ...Ticket[]],
    refusals = 0,
    tried: "nothing" | "probe" | "kind" = "nothing",
  ): void {
    const [first, ...later] = tickets;
    const { operationId, methodKind, protocol } = first;
    const { headers } = readCallOptions(protocol);
    const outgrown = this.#outgrown.get(operationId);
    const needs = { methodKind: outgrown === undefined ? methodKind : STREAMED, headers };
    const choice = this.#chooser.choose(needs, tried);
    if (choice.verb === "wait") return this.#undecided.hold(tickets, refusals);
    if (choice.verb === "refuse") return this.#end(operationId, choice.ending);
    const { kind, reason } = choice;
    if (kind === ExchangeKind.SINGLE) return this.#host.carrySingly(tickets, reason, choice.message);
    this.#host.used(kind);
    const exchange = this.#exchanges.take({ kind, reason, isTrial: choice.isTrial === true }, headers);
    // Where there is a choice, another kind than duplex may be for operations that need it.
    if (headers === undefined && (kind === ExchangeKind.DUPLEX || this.#settings.kind === kind)) {
      this.#current = exchange;
    }
    const operation = exchange.begin(first);
    operation.refusals = refusals;
    if (outgrown !== undefined) exchange.response.lead(outgrown.context);
    const linked = outgrown ?? operation;
    for (const ticket of later) if (this.#host.registered(operationId) === linked) operation.send(ticket);
  }

  #tryLater(
    kind: ExchangeKind,
    tickets: readonly [Ticket, ...Ticket[]],
    refusals: number,
    why: ExchangeFailure,
  ): void {
    const { clock, random } = this.#settings;
    if (this.#refused.size === 0) {
      this.#host.tell(kind, "refused", String(why.message));
      this.#nextTry = clock.setTimer(this.#tryAgain, retryPauseMs(refusals, random()));
    }
    this.#refused.hold(tickets, refusals);
  }

  readonly #tryAgain = (): void => {
    for (const { unacknowledgedTickets, refusals } of this.#refused.take()) {
      if (unacknowledgedTickets !== undefined) this.#place(unacknowledgedTickets, refusals);
    }
  };

  #end(operationId: OperationId, ending: Ending): void {
    this.#host.forget(operationId);
    this.#tellEnd(operationId, ending);
    this.#outgrown.delete(operationId);
  }

  /** Ends an operation of which the local end has received no ticket. */
  #tellEnd(operationId: OperationId, { termination, code, message }: Ending): void {
    const sequenceNumber = this.#outgrown.get(operationId)?.injected ?? 0;
    this.#tell({ operationId, sequenceNumber, termination, code, message });
  }

  #tell(ticket: Ticket): void {
    try {
      this.deliver(ticket);
    } catch (error) {
      this.report(error);
    }
  }
}
