import type { Context } from "npm:hono@^4";
import { Code } from "../../links/code.ts";
import { newOperationId, type Protocol, Termination, type Ticket } from "../../links/ticket.ts";
import type { Hello } from "../../wire/control_item.ts";
import { ExchangeKind } from "../../wire/exchange_kind.ts";
import { PROTOCOL_VERSION } from "../../wire/media_type.ts";
import type { TicketFields } from "../../wire/ticket_fields.ts";
import { Deadline } from "../../exchange/deadline_timer.ts";
import { Exchange, type ExchangeProgress } from "../../exchange/exchange.ts";
import { NOT_TAKEN_MS, STALL_MS } from "../../limits.ts";
import { type ExchangeFailure, violation, wireDown } from "../../exchange/exchange_failure.ts";
import { clientLeft } from "../../exchange/transport_failure.ts";
import { budgetExceeded, notTaken } from "../../exchange/limit_failure.ts";
import { ExchangeOperation } from "../../exchange/exchange_operation.ts";
import { isAbort } from "../../exchange/ticket_count.ts";
import { checkClientHello, DRAINING, helloTimeout, type HttpRefusal, noHello } from "./http_refusal.ts";
import { ANSWER_LOOK_MS, headTimeoutMs } from "./handler_http.ts";
import { ImplicitCredit } from "./implicit_credit.ts";
import type { IncomingChunks } from "../../exchange/incoming_chunks.ts";
import type { BufferBudget, BufferHolder } from "./load_limits.ts";
import { AllowanceGate } from "../../exchange/allowance_gate.ts";
import type { BegunOperation, ServiceExchangeSettings, ServiceTransport } from "./service_transport.ts";
import type { ExchangeCallbacks, ExchangeLink } from "../../exchange/types.ts";

/** An exchange that is open, as the service link sees it. */
export interface OpenExchange {
  /** Begins no more operations, tells the client so, and ends when the last one has. */
  drain(why: string): void;
  /** Ends what still runs. */
  cutOff(): void;
  /** There is memory for operations of the client again. */
  reportPlaces?(): void;
}

/** What an exchange needs of the service link. */
export interface ServiceExchangeLink extends ExchangeLink {
  /** Bounds what all exchanges hold. */
  readonly budget: BufferBudget;
  /** An exchange is over. */
  closed(exchange: OpenExchange): void;
}

/** Milliseconds that a client has to send its end item after a goaway, and again to read the server's. */
const CLOSE_TIMEOUT_MS = 500;

/** Milliseconds after which an exchange that waits for memory looks again whether there is some. */
const BUDGET_LOOK_MS = 50;

const DROPPED = "Nobody gets the response: middleware has thrown after next(), or has set another one";

/** Bytes from which on it is watched whether the peer goes on, or takes them: less is not worth a timer. */
const WATCHED_BYTES = 65_536;

const NO_PROGRESS: ExchangeProgress = { messageBytes: 0, messageNumber: 0, sentBytes: 0, waitingBytes: 0 };

/** What the client is told of operations that a stop cuts off. */
const SHUT_DOWN = { termination: Termination.SHUTDOWN, code: Code.UNAVAILABLE, message: "The service has stopped" };

/** What the local end is told of them. */
const LINK_STOPPED = {
  termination: Termination.TRANSMISSION_FAILURE,
  code: Code.UNAVAILABLE,
  message: "The link has stopped",
};

/** What both are told of operations whose client has ended the exchange before it has completed them. */
const NEVER_COMPLETED = {
  termination: Termination.TRANSMISSION_FAILURE,
  code: Code.INTERNAL,
  message: "Cannot go on with the operation: the request has ended and the operation is not complete",
};

/** What a client is told whose request has come twice. What became of the operations is not known. */
const REPEATED = violation(
  Code.UNAVAILABLE,
  "Cannot begin the operations: the request has been repeated on its way, and they have begun already",
);

/**
 * The server's side of an exchange, whatever carries it. Until the client's hello has been read it is only a request,
 * and what is wrong is an ordinary HTTP answer.
 */
export class ServiceExchange implements ExchangeCallbacks, BufferHolder, OpenExchange {
  readonly side = "service";
  readonly #link: ServiceExchangeLink;
  readonly #settings: ServiceExchangeSettings;
  readonly #transport: ServiceTransport;
  readonly #exchange: Exchange;
  readonly #helloDue: Deadline;
  readonly #budgetLookDue = new Deadline(() => this.#lookAtBudget());
  readonly #progressDue = new Deadline(() => this.#lookAtProgress());
  #isWaiting = false;
  #bytesAtTurn = 0;
  #readBeforeTurn = 0;
  /** When the client was last seen to take something, while something waits. */
  #takenAtMs = -Infinity;
  #seen: ExchangeProgress = NO_PROGRESS;
  readonly #idleUntil = new Deadline(() => this.#idled());
  readonly #clientEndDue = new Deadline(() => this.#exchange.end(CLOSE_TIMEOUT_MS));
  readonly #headDue = new Deadline(() => this.#transport.opened());
  readonly #fateDue = new Deadline(() => this.#lookAtFate());
  readonly #oldAt = new Deadline(() => this.drain("it has reached its age (maxExchangeAgeMs)"));
  /** Operations that it has begun. */
  #begunOperations = 0;
  /** What the client has asked for, once that is accepted. */
  #hello: Hello | undefined;
  #refusal: HttpRefusal | undefined;
  /** How long the head of the response waits for the handler when the request has ended. */
  #headTimeoutMs = 0;
  /** The operation that has begun already, until the request's first ticket has been read. */
  #begun: BegunOperation | undefined;
  /** What waits for that. */
  readonly #postponed: (() => void)[] = [];

  constructor(link: ServiceExchangeLink, settings: ServiceExchangeSettings, transport: ServiceTransport) {
    this.#link = link;
    this.#settings = settings;
    this.#transport = transport;
    this.#helloDue = new Deadline(() => this.#refuse(helloTimeout(settings.helloTimeoutMs)));
    const tasks = [
      this.#helloDue,
      this.#budgetLookDue,
      this.#progressDue,
      this.#idleUntil,
      this.#oldAt,
      this.#clientEndDue,
      this.#headDue,
      this.#fateDue,
    ];
    this.#begun = transport.begun;
    const exchangeLink = this.#begun === undefined ? link : withBegun(link, this.#begun);
    this.#exchange = new Exchange(this, settings, { link: exchangeLink, transport, tasks });
    this.#helloDue.set((transport.arrivedAtMs ?? settings.clock.now()) + settings.helloTimeoutMs);
    this.#exchange.timer.arm();
  }

  get mayPeerBegin(): boolean {
    const { budget } = this.#link;
    if (!budget.mayBegin) budget.noteShortage();
    return budget.mayBegin;
  }

  reportPlaces(): void {
    this.#exchange.tickets.reportPlaces();
  }

  /** Looked up only when somebody has to go. */
  get caller(): string | undefined {
    try {
      // The link makes the context of its transports of that of Hono.
      return this.#settings.callerOf(this.#transport.context.value as Context);
    } catch (error) {
      this.#link.report(error);
      return undefined;
    }
  }

  get readsRequest(): boolean {
    return this.#kind === ExchangeKind.DUPLEX || this.#kind === ExchangeKind.SINGLE;
  }

  /** Whether the client's hello is accepted. */
  get isGreeted(): boolean {
    return this.#hello !== undefined;
  }

  get #kind(): ExchangeKind | undefined {
    return this.#hello?.exchange;
  }

  /** Takes what comes from the client. */
  get incoming(): IncomingChunks {
    return this.#exchange.incoming;
  }

  drain(why: string): void {
    if (this.#begun !== undefined) return void this.#postponed.push(() => this.drain(why));
    const { state, tickets: { operations } } = this.#exchange;
    if (state === "connecting") return this.#refuse(DRAINING);
    if (state !== "open") return;
    this.#exchange.write({
      kind: "goaway",
      lastOperation: operations.highestId,
      code: Code.UNAVAILABLE,
      message: `The server takes no more operations on this exchange: ${why}`,
    });
    this.#exchange.drain();
    if (operations.size === 0) this.idle();
  }

  /** The transport is lost, or has received what is not allowed. */
  fail(failure: ExchangeFailure): void {
    this.#exchange.fail(failure);
  }

  cutOff(): void {
    if (this.#begun !== undefined) return void this.#postponed.push(() => this.cutOff());
    this.#exchange.tickets.endAll(SHUT_DOWN, LINK_STOPPED);
    // A client that is still to end its direction ends it when it has been told. Any other may not even read.
    if (this.#exchange.state === "draining" && !this.incoming.peerHasEnded) this.idle();
    else this.#exchange.end(CLOSE_TIMEOUT_MS);
  }

  greeted(hello: Hello): void {
    const problem = checkClientHello(hello, this.#transport.kinds);
    if (problem !== undefined) return this.#refuse({ status: 400, text: problem });
    const { clock, maxExchangeAgeMs, idleMs } = this.#settings;
    this.#hello = hello;
    this.#transport.greeted?.(hello);
    if (this.#transport.fate !== undefined) this.#awaitFate();
    this.#helloDue.clear();
    this.#idleUntil.set(clock.now() + idleMs);
    if (!this.#transport.traits.peerGrants) this.#grantForClient();
    else {
      this.#oldAt.set(clock.now() + maxExchangeAgeMs);
      this.#exchange.giveCredit(this.#settings.maxOperations);
    }
    // On other carriers the client cannot report what it has read, or needs a request for that.
    if (this.#kind === ExchangeKind.DUPLEX || this.#kind === ExchangeKind.SOCKET) this.#exchange.limitLargeMessages();
    else if (this.#kind === ExchangeKind.SINGLE) this.#exchange.sendWhole();
    const windowBytes = this.#transport.traits.requestIsWhole ? undefined : this.#settings.windowBytes;
    this.#exchange.write(serviceHello(this.#settings, this.#transport.exchangeId, windowBytes));
    this.#exchange.open(hello);
    if (!this.#transport.traits.requestIsWhole) this.#transport.opened();
  }

  /** A pong only shows that the client lives. */
  ponged(): void {}

  context(): Protocol {
    return this.#transport.context;
  }

  opening(wireId: number, fields: TicketFields | undefined): ExchangeOperation | undefined {
    const { state, tickets } = this.#exchange;
    // S6: an abort has no answer.
    if (state !== "open" && isAbort(fields?.termination)) return tickets.operations.use(wireId);
    if (state !== "open") return this.#refuseOperation(wireId, Code.UNAVAILABLE, "this exchange takes no more");
    if (fields?.unsupported !== undefined) {
      const why = `field ${fields.unsupported} of its first ticket is critical and not supported here`;
      return this.#refuseOperation(wireId, Code.UNIMPLEMENTED, why);
    }
    const { maxOperations } = this.#settings;
    if (tickets.runningOfPeer > maxOperations) {
      return this.#refuseOperation(wireId, Code.RESOURCE_EXHAUSTED, `${maxOperations} run already (maxOperations)`);
    }
    if (this.#begun === undefined && !this.mayPeerBegin) {
      return this.#refuseOperation(wireId, Code.RESOURCE_EXHAUSTED, "the server runs as many as it has memory for");
    }
    const begun = this.#begun;
    this.#begun = undefined;
    if (begun === undefined && !this.#isFirst()) return undefined;
    this.#begunOperations += 1;
    // That of a plain call has waited already.
    if (begun === undefined && this.#hello !== undefined && this.#transport.traits.requestIsWhole) {
      this.#headTimeoutMs = headTimeoutMs(fields?.methodKind, this.#settings.heartbeatMs, this.#hello);
    }
    if (this.#postponed.length > 0) queueMicrotask(() => this.#doPostponed());
    const gate = this.#transport.traits.requestIsWhole ? new AllowanceGate() : undefined;
    const operation = new ExchangeOperation(tickets, begun?.operationId ?? newOperationId(), wireId, "service", gate);
    tickets.operations.add(operation);
    this.#link.begin(operation);
    this.#idleUntil.clear();
    return operation;
  }

  /** A client that sends a goaway begins no more operations, and ends the exchange when none is left. */
  goaway(): void {}

  /** Clients begin no operations here that are refused by them. */
  refused(): void {}

  /** A request of which nothing has begun may come again (P7.42). */
  refusing(): void {
    this.#begunOperations -= 1;
    const attempt = this.#hello?.attempt;
    if (this.#begunOperations === 0 && attempt !== undefined) this.#settings.attempts.withdraw(attempt);
  }

  ending(): void {
    if (this.isGreeted) this.#transport.opened();
  }

  peerEnded(): void {
    // P7.41: not before, since some proxies send nothing more of a request whose response has begun.
    if (this.#headTimeoutMs === 0) this.#transport.opened();
    else this.#headDue.set(this.#settings.clock.now() + this.#headTimeoutMs);
    this.#exchange.timer.arm();
    this.#grantForClient();
    this.#endIncomplete();
    if (this.#exchange.tickets.operations.size === 0) this.#exchange.end();
  }

  idle(): void {
    // The rest of the request is not needed.
    this.#transport.opened();
    if (this.incoming.peerHasEnded) return this.#exchange.end();
    const nowMs = this.#settings.clock.now();
    // Where the response ends before the request, HTTP/1.1 servers cut the connection, and the last frames may be
    // lost with it. A client that has been told ends its request at once.
    if (this.#exchange.state === "draining") this.#clientEndDue.set(nowMs + CLOSE_TIMEOUT_MS);
    else this.#idleUntil.set(nowMs + this.#settings.idleMs);
    this.#exchange.timer.arm();
  }

  progressed(bytes: number): void {
    // One operation can begin on any exchange: the first ticket alone may have more bytes, at each try.
    const hasBegun = this.#exchange.tickets.operations.highestId > 0;
    if (hasBegun && bytes > this.#settings.maxExchangeBytes && !this.#transport.traits.requestIsWhole) {
      this.drain("it has carried enough (maxExchangeBytes)");
    }
  }

  reportBuffered(bytes: number): void {
    const { budget } = this.#link;
    budget.reportBuffered(this, bytes);
    // Whoever's turn it is has it for one message, or less: what is sent does not end it.
    if (budget.isOver && !this.incoming.isInMessage && this.#readBytes > this.#readBeforeTurn) budget.endTurn(this);
    if (budget.isOver && !budget.mayTake(this)) this.#waitForBudget();
    if (bytes + this.#exchange.tickets.waitingBytes >= WATCHED_BYTES && this.#progressDue.dueAt() === Infinity) {
      this.#watchProgress();
    }
  }

  /** All exchanges together hold far too much, and this one the most. */
  budgetExceeded(totalBytes: number): void {
    this.#exchange.fail(budgetExceeded(totalBytes, this.#settings.maxTotalBufferedBytes));
  }

  get #readBytes(): number {
    return this.incoming.receivedBytes - this.incoming.waitingBytes;
  }

  /**
   * Sends no messages until others have consumed what they hold, and reads none. Whoever has none to read reads on: what it
   * hears may be what others wait for.
   */
  #waitForBudget(): void {
    if (this.#exchange.state === "closed") return;
    const { isInMessage } = this.incoming;
    if (isInMessage || this.#exchange.tickets.deliveredBytes > WATCHED_BYTES) {
      this.#exchange.pauseReading(this.#transport.traits.canPauseReceive ? "pause" : "hold");
    }
    this.#exchange.pauseSending();
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    this.#budgetLookDue.set(this.#settings.clock.now() + BUDGET_LOOK_MS);
    this.#exchange.timer.arm();
  }

  #lookAtBudget(): void {
    const { budget } = this.#link;
    const { receivedBytes } = this.incoming;
    if (budget.mayTake(this) && !budget.hasTurn(this)) {
      this.#isWaiting = false;
      return this.#exchange.goOn();
    }
    if (budget.hasTurn(this)) {
      // Whoever hears nothing leaves its turn to others.
      if (receivedBytes === this.#bytesAtTurn) budget.endTurn(this);
    } else if (this.incoming.paused && budget.tryTurn(this)) {
      this.#readBeforeTurn = this.#readBytes;
      // What it holds may be consumed only when something is sent.
      this.#exchange.goOn();
    }
    this.#bytesAtTurn = receivedBytes;
    this.#budgetLookDue.set(this.#settings.clock.now() + BUDGET_LOOK_MS);
    this.#exchange.timer.arm();
  }

  #watchProgress(ms = STALL_MS): void {
    if (this.#takenAtMs === -Infinity) this.#takenAtMs = this.#settings.clock.now();
    this.#seen = this.#exchange.progress;
    this.#progressDue.set(this.#settings.clock.now() + ms);
    this.#exchange.timer.arm();
  }

  /** Looks whether the peer goes on with what it has begun, and takes what it has asked for. */
  #lookAtProgress(): void {
    const { budget } = this.#link;
    const before = this.#seen;
    const { progress } = this.#exchange;
    // What has come and is not read may be the rest of the message.
    const isUnread = this.incoming.paused && (!this.incoming.holding || this.incoming.unreadBytes > 0);
    const isGoingOn = progress.messageBytes !== before.messageBytes || progress.messageNumber !== before.messageNumber;
    const isSending = isGoingOn || progress.messageBytes === 0 || isUnread;
    const isTaking = progress.sentBytes > before.sentBytes || progress.waitingBytes === 0 ||
      this.#transport.traits.requestIsWhole;
    const isStalled = !(isSending && isTaking);
    const nowMs = this.#settings.clock.now();
    if (isTaking) this.#takenAtMs = nowMs;
    else if (nowMs - this.#takenAtMs >= NOT_TAKEN_MS && progress.waitingBytes > this.#settings.maxBufferedBytes) {
      return this.#exchange.fail(notTaken(progress.waitingBytes, this.#settings.maxBufferedBytes));
    }
    // Not at the first look: others that stall may not have looked yet, and hold more.
    if (isStalled && budget.mustGo(this)) return this.budgetExceeded(budget.totalBytes);
    budget.setStalled(this, isStalled);
    if (isStalled) budget.endTurn(this);
    if (progress.messageBytes === 0 && progress.waitingBytes === 0) {
      this.#takenAtMs = -Infinity;
      return;
    }
    this.#watchProgress(isStalled ? STALL_MS / 2 : STALL_MS);
  }

  abandoned(): void {
    if (this.#begun !== undefined) return void this.#postponed.push(() => this.abandoned());
    if (this.#exchange.state === "closed" || this.#exchange.state === "ending") return;
    const onPurpose = this.#transport.traits.requestIsWhole || this.incoming.peerHasEnded;
    this.#exchange.fail(
      onPurpose ? clientLeft("The client has left") : wireDown("Lost the connection: the client closed the response"),
    );
  }

  closed(failure: ExchangeFailure | undefined): void {
    if (!this.isGreeted) {
      this.#transport.refused(this.#refusal ?? noHello(failure, this.incoming.receivedBytes));
    }
    this.#link.closed(this);
  }

  #grantForClient(): void {
    const { tickets } = this.#exchange;
    this.#exchange.grantForPeer(tickets.grants ?? new ImplicitCredit(tickets, () => this.#responded()));
  }

  /** The handler has said something, with which the head of the response leaves. */
  #responded(): void {
    this.#headTimeoutMs = 0;
    if (this.incoming.peerHasEnded) this.#transport.opened();
  }

  /** The client sends nothing more, so operations that it has not completed never will be. */
  #endIncomplete(): void {
    const { tickets } = this.#exchange;
    for (const operation of tickets.operations.all()) {
      if (!operation.peerHasCompleted) tickets.end(operation, NEVER_COMPLETED);
    }
  }

  #awaitFate(): void {
    this.#fateDue.set(this.#settings.clock.now() + ANSWER_LOOK_MS);
    this.#exchange.timer.arm();
  }

  /** A response that is dropped is not cancelled, and its handler would run on. */
  #lookAtFate(): void {
    const { fate } = this.#transport;
    if (fate === "waiting") this.#awaitFate();
    else if (fate === "dropped") this.#exchange.fail(clientLeft(DROPPED));
  }

  #idled(): void {
    // A client whose frames are not read is not idle.
    if (this.incoming.paused) this.idle();
    else this.drain("it has been idle (idleMs)");
  }

  /** Whether operations of the request have begun on no other exchange; if they have, this one is over (P7.42). */
  #isFirst(): boolean {
    const attempt = this.#hello?.attempt;
    if (attempt === undefined || this.#begunOperations > 0 || this.#settings.attempts.begin(attempt)) return true;
    this.#exchange.fail(REPEATED);
    return false;
  }

  #doPostponed(): void {
    for (const action of this.#postponed.splice(0)) action();
  }

  #refuse(refusal: HttpRefusal): void {
    this.#refusal = refusal;
    this.#exchange.fail(violation(Code.INTERNAL, refusal.text));
  }

  #refuseOperation(wireId: number, code: Code, why: string): undefined {
    const message = `Cannot begin the operation: ${why}`;
    // S40: it never started, so it is safe to retry it elsewhere.
    this.#exchange.tickets.refuse(wireId, {
      termination: Termination.SHUTDOWN,
      code,
      message,
      neverStarted: true,
    });
  }
}

/** The hello of a server. */
export function serviceHello(
  settings: ServiceExchangeSettings,
  exchangeId?: Uint8Array,
  windowBytes?: number,
): Hello {
  const { wire: { maxFrameBytes }, maxOperations, heartbeatMs, offers } = settings;
  return {
    kind: "hello",
    versions: [PROTOCOL_VERSION],
    maxFrameBytes,
    maxOperations,
    heartbeatMs,
    exchangeId,
    offers,
    windowBytes,
  };
}

/** The link, but for the ticket that the local end has been given before. */
function withBegun(link: ExchangeLink, begun: BegunOperation): ExchangeLink {
  let isFirst = true;
  return {
    scheduler: link.scheduler,
    get peerReports() {
      return link.peerReports;
    },
    passedOn: (operation) => link.passedOn(operation),
    begin: (operation) => link.begin(operation),
    forget: (operation) => link.forget(operation),
    deliver(ticket: Ticket) {
      if (!isFirst) return link.deliver(ticket);
      isFirst = false;
      if (begun.failure !== undefined) throw begun.failure.error;
      begun.takenOver();
    },
    report: (error) => link.report(error),
  };
}
