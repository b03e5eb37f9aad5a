import { Code } from "../../links/code.ts";
import type { Protocol, Ticket } from "../../links/ticket.ts";
import { ExchangeKind } from "../../wire/exchange_kind.ts";
import type { Goaway, Hello } from "../../wire/control_item.ts";
import type { TicketFields } from "../../wire/ticket_fields.ts";
import { PROTOCOL_VERSION } from "../../wire/media_type.ts";
import { InvocationContext } from "./call_context.ts";
import {
  CANCELLED_BY_CLOSE,
  type Carrier,
  checkServerHello,
  type ClientExchange,
  type ClientExchangeLink,
  type ClientTransport,
  LINK_CLOSED,
  type ProbeEvents,
} from "./client_exchange.ts";
import { Deadline } from "../../exchange/deadline_timer.ts";
import { Exchange, type PeerLimits } from "../../exchange/exchange.ts";
import {
  type ExchangeFailure,
  helloTimedOut,
  notAccepted,
  refusedUnstarted,
  violation,
  wireDown,
} from "../../exchange/exchange_failure.ts";
import { transportFailure, unsent } from "../../exchange/transport_failure.ts";
import { ExchangeOperation } from "../../exchange/exchange_operation.ts";
import type { ExchangeSettings } from "../../exchange/exchange_settings.ts";
import { FORCED_CLOSE_TIMEOUT_MS } from "../../exchange/keep_alive.ts";
import { newAttemptId } from "./repetition.ts";
import type { ExchangeCallbacks } from "../../exchange/types.ts";

/** What an exchange of many operations needs of the link's settings. */
export interface StreamExchangeSettings extends ExchangeSettings {
  /** Milliseconds that it is kept without operations. */
  readonly idleMs: number;
  /** Bytes sent after which it takes no more operations. */
  readonly maxSentBytes: number;
}

/** Why no hello comes although the server works. */
const READS_ALL =
  "; a proxy that buffers, or a middleware that reads the body (bodyLimit), waits for the request's end";

/** How a probe ends that is no longer needed: nothing is learned of the origin. */
const GIVEN_UP: ExchangeFailure = Object.freeze({ ...LINK_CLOSED, tellsPeer: false, retry: "later" });

/**
 * The client's side of an exchange whose directions are both open streams, whatever carries them: any number of
 * operations, both ways at once.
 */
export class StreamExchange implements ClientExchange, ExchangeCallbacks {
  readonly side = "invocation";
  readonly readsRequest = false;
  readonly mayPeerBegin = false;
  readonly kind: ExchangeKind;
  readonly #link: ClientExchangeLink;
  readonly #settings: StreamExchangeSettings;
  readonly #transport: ClientTransport;
  readonly #exchange: Exchange;
  readonly response = new InvocationContext();
  readonly #helloDue: Deadline;
  readonly #idleUntil: Deadline;
  /** The exchange is for one operation, whose headers it has. */
  readonly #isDedicated: boolean;
  #isUsed = false;
  #greetedByServer = false;
  /** How long the end waits for the server, if not as long as usual. */
  #closeTimeoutMs: number | undefined;
  /** Is told whether the exchange works; until then it takes no operations. */
  #probe: ProbeEvents | undefined;

  constructor(
    link: ClientExchangeLink,
    settings: StreamExchangeSettings,
    callHeaders: HeadersInit | undefined,
    carrier: Carrier,
    peerLimits: PeerLimits | undefined,
    probe?: ProbeEvents,
  ) {
    const { clock, helloTimeoutMs, heartbeatMs, windowBytes, wire } = settings;
    this.#link = link;
    this.#settings = settings;
    this.kind = carrier.kind;
    this.#transport = carrier.open({
      headers: callHeaders,
      opened: (response) => this.response.fill(response),
      lastOperation: () => this.#exchange.tickets.operations.highestId,
      refusedAbove: (lastOperation, why) => this.#giveBack(lastOperation, why, FORCED_CLOSE_TIMEOUT_MS),
    });
    this.#probe = probe;
    this.#isDedicated = callHeaders !== undefined;
    const why = carrier.kind === ExchangeKind.DUPLEX ? READS_ALL : "";
    this.#helloDue = new Deadline(() => this.#exchange.fail(helloTimedOut(helloTimeoutMs, why)));
    this.#idleUntil = new Deadline(() => this.#exchange.end());
    const tasks = [this.#helloDue, this.#idleUntil];
    const isCollected = carrier.kind === ExchangeKind.PAIR;
    this.#exchange = new Exchange(this, settings, { link, transport: this.#transport, tasks, isCollected });
    if (!isCollected) this.#exchange.limitLargeMessages();
    this.#exchange.expect(peerLimits);
    this.#exchange.giveCredit(Infinity);
    this.#exchange.write({
      kind: "hello",
      versions: [PROTOCOL_VERSION],
      exchange: carrier.kind,
      maxFrameBytes: wire.maxFrameBytes,
      heartbeatMs,
      windowBytes,
      attempt: newAttemptId(),
    });
    this.#helloDue.set(clock.now() + helloTimeoutMs);
    this.#exchange.timer.arm();
  }

  get greetedByServer(): boolean {
    return this.#greetedByServer;
  }

  get sentBytes(): number {
    return this.#exchange.sentBytes;
  }

  get accepting(): boolean {
    if (this.#probe !== undefined) return false;
    const { state } = this.#exchange;
    if (state !== "connecting" && state !== "open") return false;
    return !this.#isDedicated || !this.#isUsed;
  }

  begin(ticket: Ticket): ExchangeOperation {
    const { tickets } = this.#exchange;
    const operation = new ExchangeOperation(tickets, ticket.operationId, 0, "invocation");
    operation.open(ticket.subscription);
    this.#isUsed = true;
    this.#link.begin(operation);
    this.#idleUntil.clear();
    tickets.begin(operation, ticket);
    return operation;
  }

  /** Fails at once. */
  giveUp(failure: ExchangeFailure): void {
    this.#exchange.fail(failure);
  }

  close(): void {
    if (this.#probe !== undefined) return this.giveUp(GIVEN_UP);
    this.#exchange.tickets.endAll(CANCELLED_BY_CLOSE, LINK_CLOSED);
    this.#exchange.end(FORCED_CLOSE_TIMEOUT_MS);
  }

  greeted(hello: Hello): void {
    this.#helloDue.clear();
    const problem = checkServerHello(hello);
    if (problem !== undefined) return this.#exchange.fail(violation(Code.INTERNAL, problem));
    this.#transport.greeted?.(hello);
    this.#greetedByServer = true;
    this.#exchange.open(hello);
    this.#link.greeted(this, hello);
    if (this.#probe !== undefined) this.#exchange.write({ kind: "ping", value: 0 });
  }

  ponged(): void {
    const probe = this.#probe;
    if (probe === undefined) return;
    this.#probe = undefined;
    this.idle();
    probe.proven();
  }

  context(): Protocol {
    return this.response.protocol;
  }

  /** Servers begin no operations; a ticket that looks so is a straggler (S11). */
  opening(): undefined {}

  goaway({ lastOperation, message }: Goaway): void {
    this.#giveBack(lastOperation, notAccepted(message, lastOperation));
  }

  #giveBack(lastOperation: number, why: ExchangeFailure, closeTimeoutMs?: number): void {
    const { tickets } = this.#exchange;
    this.#exchange.drain();
    this.#closeTimeoutMs ??= closeTimeoutMs;
    const unacknowledged = tickets.takeUnacknowledged(lastOperation);
    // S40: they never started either, so the caller may retry them.
    tickets.abandon(lastOperation, why);
    this.#link.takeBack(this, unacknowledged, why);
    if (tickets.isIdle) this.#exchange.end(this.#closeTimeoutMs);
  }

  /** Servers begin no operations. */
  refusing(): void {}

  refused(operation: ExchangeOperation, { code, message }: TicketFields): void {
    this.#link.takeBack(this, [operation], refusedUnstarted(code, message));
  }

  peerEnded(): void {
    if (this.#exchange.tickets.isIdle) this.#exchange.end();
    else this.#exchange.fail(wireDown("The server ended the exchange"));
  }

  idle(): void {
    if (this.#isDedicated || this.#exchange.state === "draining") return this.#exchange.end(this.#closeTimeoutMs);
    this.#idleUntil.set(this.#settings.clock.now() + this.#settings.idleMs);
    this.#exchange.timer.arm();
  }

  /** What runs may go on, and what begins goes on the next exchange. */
  progressed(): void {
    const { sentBytes, state, tickets } = this.#exchange;
    if (sentBytes < this.#settings.maxSentBytes || state !== "open") return;
    this.#exchange.drain();
    if (tickets.isIdle) this.#exchange.end();
  }

  reportBuffered(): void {}

  ending(): void {}

  abandoned(reason: unknown): void {
    // A server that refuses the request may not read it: then the response says why.
    if (this.#exchange.state !== "connecting") this.#exchange.fail(transportFailure(reason));
  }

  closed(failure: ExchangeFailure | undefined): void {
    this.#link.closed(this, failure);
    this.#probe?.failed(failure);
    if (failure === undefined) return;
    const why = this.#transport.isUnsent ? unsent(failure) : failure;
    if (why.unbegun) this.#link.takeBack(this, this.#exchange.tickets.takeUnacknowledged(0), why);
  }
}
