import { queueAfterEvents, type Timer } from "../../clock.ts";
import { Code } from "../../links/code.ts";
import { MethodKind, streamsResponses } from "../../links/method_kind.ts";
import { type OperationId, type Protocol, Subscription, Termination, type Ticket } from "../../links/ticket.ts";
import { isBytes } from "../../links/foreign_value.ts";
import { textOf } from "../../links/thrown.ts";
import { AllowanceGate } from "../../exchange/allowance_gate.ts";
import {
  type ExchangeFailure,
  failureOfEnd,
  helloTimedOut,
  notAccepted,
  refusedUnstarted,
  tooManyItems,
  unreadable,
  violation,
  wireDown,
  wireDownBy,
} from "../../exchange/exchange_failure.ts";
import type { Ending } from "../../exchange/exchange_tickets.ts";
import type { ByteSource } from "../../exchange/incoming_body.ts";
import { SecondMeter } from "../../exchange/rate_limit.ts";
import { isAbort, TicketCount } from "../../exchange/ticket_count.ts";
import { toTicket } from "../../exchange/to_ticket.ts";
import type { ControlItem, Hello } from "../../wire/control_item.ts";
import { ExchangeKind } from "../../wire/exchange_kind.ts";
import type { FrameHandler } from "../../wire/frame_handler.ts";
import { BareFrameReader } from "../../wire/bare_frame_reader.ts";
import { ItemReader } from "../../wire/item_reader.ts";
import { PROTOCOL_VERSION } from "../../wire/media_type.ts";
import type { TicketFields } from "../../wire/ticket_fields.ts";
import { WholeBodyWriter } from "../../wire/whole_body_writer.ts";
import { type TicketProblem, WireError } from "../../wire/wire_error.ts";
import { InvocationContext } from "../client/call_context.ts";
import { checkServerHello, LINK_CLOSED } from "../client/client_exchange.ts";
import { type RequestAborts, requestExchange } from "../client/client_request.ts";
import {
  ATTEMPT_ID_BYTES,
  isRepeatable,
  MAX_REFUSALS,
  newAttemptId,
  retryPauseMs,
  unrepeatedBody,
} from "../client/repetition.ts";
import { checkRequestLength, CollectedRequest, OPERATION, type SingleSettings } from "./collected_request.ts";
import { LONG_REQUEST_BYTES, RequestBudget, RequestEntry } from "./request_budget.ts";

/** Bytes that are read in one go, before other work of the process gets its turn. */
const SLICE_BYTES = 1_048_576;

/** What a frame counts for in such a slice beside its bytes: a thousand of the smallest make one. */
const FRAME_COST_BYTES = 1_024;

/** Bytes of a request that is collected before a way is looked for on which it leaves as it comes. */
const MAX_COLLECTED_BYTES = 65_536;
/** Milliseconds for the same. */
const MAX_COLLECTING_MS = 50;

/** An operation whose request has been collected in part, and goes on elsewhere. */
export interface OutgrownOperation {
  /** Its tickets so far. */
  readonly tickets: readonly [Ticket, ...Ticket[]];
  /** Payloads that the local end has been granted on the server's behalf (S46). */
  readonly granted: number;
  /** Tickets that the local end has been sent for that. */
  readonly injected: number;
  /** What the local end has got with the first of these. */
  readonly context: InvocationContext;
}

/** What a call on a request of its own needs of its link. */
export interface SingleCallHost {
  /** Gives up requests that have not been answered. */
  readonly aborts: RequestAborts;
  /** Hands a ticket to the local end. Throws what that throws. */
  deliver(ticket: Ticket): void;
  /** A payload of the local end has left, or waits encoded: as far as that end is concerned it is consumed (S48). */
  passedOn(operationId: OperationId): void;
  /** The operation is over, or given up: tickets of the local end for it are late. */
  forget(operationId: OperationId): void;
  /** The request of a call has become too long, or takes too long, to be collected, if there is another way. */
  outgrown(call: SingleCall): void;
  /** The server's hello has come and is accepted. */
  greeted(hello: Hello): void;
  /** Tells the user of an exchange. Never throws. */
  tell(kind: ExchangeKind, reason: "refused", message: string): void;
  /** The exchange is over; `failure` if not in good order. */
  closed(call: SingleCall, failure: ExchangeFailure | undefined): void;
  /** Takes an error that no operation can be told of. Never throws. */
  report(error: unknown): void;
}

/** The calls of a link that have a request of their own each: what all of them share. */
export class SingleCalls {
  readonly host: SingleCallHost;
  readonly settings: SingleSettings;
  /** Whether a stream has come as it was made, so that a response that is late to begin is not held back. */
  hasStreamed = false;
  /** Milliseconds in which the response to a stream has to begin. */
  headTimeoutMs: number;
  /** Bounds what is under way. */
  readonly budget = new RequestBudget();
  /** Reads the items of all responses. */
  readonly items: ItemReader;
  readonly #writer: WholeBodyWriter;

  constructor(host: SingleCallHost, settings: SingleSettings) {
    this.host = host;
    this.settings = settings;
    this.headTimeoutMs = settings.probeTimeoutMs;
    this.items = new ItemReader(settings.wire);
    this.#writer = this.newWriter();
  }

  /** Makes a call, whose request has headers of its own or none. It begins with {@linkcode SingleCall.begin}. */
  call(operationId: OperationId, headers: HeadersInit | undefined): SingleCall {
    return new SingleCall(this, operationId, headers);
  }

  /** Writes a request of one ticket. */
  write(ticket: Ticket): Uint8Array<ArrayBuffer> {
    const writer = this.#writer;
    writer.begin(newAttemptId());
    writer.add(OPERATION, ticket);
    checkRequestLength(writer.byteLength, this.settings);
    return writer.finish();
  }

  /** Makes a writer of requests. */
  newWriter(): WholeBodyWriter {
    const { wire, heartbeatMs } = this.settings;
    return new WholeBodyWriter({
      kind: "hello",
      versions: [PROTOCOL_VERSION],
      exchange: ExchangeKind.SINGLE,
      maxFrameBytes: wire.maxFrameBytes,
      heartbeatMs,
      attempt: new Uint8Array(ATTEMPT_ID_BYTES),
    }, wire);
  }
}

/**
 * An operation of any kind but bidirectional streaming on an exchange of its own, whose request is complete before it is
 * sent.
 *
 * ```text
 *            the end completes             the response            its body has ended
 * collecting ──────────────────▶ requested ───────────▶ responding ──────────────────▶ closed
 *      │                          ▲ │ └── it has not begun ─┤                            ▲
 *      │                          └─┼──── after a pause ────┘                            │
 *      └────────────────────────────┴────────────────────┴──an abort, a failure──▶───────┘
 * ```
 *
 * Once the request is sent only an abort still reaches the server, as a response that is closed (S46). Grants of the local
 * end act here: the response is read as they allow.
 */
export class SingleCall implements FrameHandler {
  readonly operationId: OperationId;
  readonly #calls: SingleCalls;
  readonly #headers: HeadersInit | undefined;
  readonly #context = new InvocationContext();
  readonly #abort = new AbortController();
  #state: "collecting" | "requested" | "responding" | "closed" = "requested";
  /** Whether the local end has been told all: what comes afterwards is only the end of the exchange. */
  #isOver = false;
  /** Whether nothing is ever sent back (S13). */
  #isOneWay = false;
  /** Whether the response is of use only as it comes. */
  #isStream = false;

  // The request.

  #request: CollectedRequest | undefined;
  /** The tickets so far, as long as the operation may go on elsewhere, and the timer for that. */
  #kept: [Ticket, ...Ticket[]] | undefined;
  #collecting: Timer = undefined;
  #hasOutgrown = false;
  #granted = 0;
  readonly #outgoing = new TicketCount();
  /** The request that has left, until it is answered. */
  #underWay: Promise<void> | undefined;
  /** The request, until a ticket of the operation has come back: it may have to be sent again (S40). */
  #unacknowledgedBody: Uint8Array<ArrayBuffer> | undefined;
  /** The request in the budget, until its response begins, if it is long. */
  #entry: RequestEntry | undefined;
  /** Whether the runtime may send the request again by itself. */
  #isRepeatable = false;
  #refusals = 0;
  #nextTry: Timer = undefined;

  // The response.

  #body: ByteSource | undefined;
  #reader: BareFrameReader | undefined;
  /** Whether the response has been read to its end, so that there is nothing to abort. */
  #isRead = false;
  /** Whether the hello of this response has come, and that of any. */
  #isGreeted = false;
  #greetedByServer = false;
  readonly #incoming = new TicketCount();
  /** The number of the next ticket for the local end, the link's own tickets included, and how many those are. */
  #nextDelivered = 0;
  #injected = 0;
  /** Holds what has been read and the local end has not granted (S46). */
  readonly #gate = new AllowanceGate();
  #goOn: (() => void) | undefined;
  #controlItems: SecondMeter | undefined;
  #sliceBytes = 0;
  /** How long the server may be silent while something is expected of it, since when it is, and the timer for it. */
  #silenceMs: number;
  #silentSinceMs: number | undefined;
  #silence: Timer = undefined;
  /** Limits the time that the server has to end when the operation is over. */
  #serverEndTimer: Timer = undefined;

  constructor(calls: SingleCalls, operationId: OperationId, headers: HeadersInit | undefined) {
    this.#calls = calls;
    this.operationId = operationId;
    this.#headers = headers;
    this.#silenceMs = calls.settings.helloTimeoutMs;
  }

  /** Whether a hello of the server has come. */
  get greetedByServer(): boolean {
    return this.#greetedByServer;
  }

  /** Whether it waits for another way, on which its request leaves as it comes. */
  get hasOutgrown(): boolean {
    return this.#hasOutgrown && this.#state === "collecting";
  }

  /** Begins with the first ticket. If it may outgrow its request, that is told to the host. */
  begin(ticket: Ticket, mayOutgrow = false): void {
    if (mayOutgrow) this.#kept = [ticket];
    this.#isOneWay = ticket.subscription === Subscription.NONE;
    const { methodKind } = ticket;
    this.#isStream = methodKind === MethodKind.SERVER_STREAMING;
    // Where nothing is sent back or one payload is due no grant comes, and the local end refuses more (S10, S13).
    if (this.#isOneWay || !streamsResponses(methodKind)) this.#gate.grant(Infinity);
    if (methodKind === MethodKind.BIDI_STREAMING) this.#fail(NO_BIDI);
    else if (ticket.termination === Termination.COMPLETION) this.#sendInTurn(ticket);
    else this.#collect(ticket);
  }

  /** Takes a ticket of the local end. */
  send(ticket: Ticket): void {
    if (isAbort(ticket.termination)) return this.#leave();
    if (ticket.allowance !== undefined) this.#grant(ticket.allowance);
    const request = this.#request;
    if (request === undefined || this.#state !== "collecting") return;
    if (this.#kept?.[0] !== ticket) this.#kept?.push(ticket);
    try {
      request.add(ticket);
    } catch (error) {
      return this.#failToSend(error);
    }
    this.#sent(ticket);
    if (!this.#outgoing.complete) {
      if (request.byteLength > MAX_COLLECTED_BYTES) this.#outgrow();
      return;
    }
    this.#forgetKept();
    this.#request = undefined;
    const body = request.finish();
    this.#state = "requested";
    this.#inTurn(body.length, () => this.#finish(body));
  }

  /** The operation as far as it has come; `undefined` if its request is complete by now. */
  get outgrown(): OutgrownOperation | undefined {
    const tickets = this.#kept;
    if (tickets === undefined || this.#state !== "collecting") return undefined;
    return { tickets, granted: this.#granted, injected: this.#injected, context: this.#context };
  }

  /** The operation goes on elsewhere: nothing of it is here any more. */
  leave(): void {
    this.#forgetKept();
    this.#isOver = true;
    this.#state = "closed";
    this.#request?.stop();
    this.#calls.host.closed(this, undefined);
  }

  /** Collects the whole request, since there is no other way. */
  stay(): void {
    if (this.#kept !== undefined && this.#hasOutgrown) this.#request?.resume();
    this.#forgetKept();
  }

  #forgetKept(): void {
    this.#kept = undefined;
    this.#calls.settings.clock.clearTimer(this.#collecting);
  }

  /** Ends the operation, since its time is over and the local end does not say so (S43), and tells that end. */
  expire(): undefined {
    this.#fail({ termination: Termination.EXPIRATION, code: undefined, message: undefined });
  }

  /** Gives the operation up, since the link closes. */
  close(): void {
    this.#fail(LINK_CLOSED);
  }

  // The request.

  #collect(ticket: Ticket): void {
    const request = new CollectedRequest(
      this.#calls.settings,
      this.#calls.newWriter(),
      (payloads) => this.#grantOnBehalf(payloads),
    );
    this.#request = request;
    this.#state = "collecting";
    this.send(ticket);
    if (this.#state !== "collecting") return;
    request.start(this.#kept !== undefined);
    if (this.#kept === undefined) return;
    this.#collecting = this.#calls.settings.clock.setTimer(() => this.#outgrow(), MAX_COLLECTING_MS);
  }

  #outgrow(): void {
    if (this.#kept === undefined || this.#hasOutgrown) return;
    this.#hasOutgrown = true;
    this.#request?.pause();
    this.#calls.host.outgrown(this);
  }

  /** Sends a request of one ticket, as soon as there is room for it. */
  #sendInTurn(ticket: Ticket): void {
    const bytes = isBytes(ticket.payload) ? ticket.payload.length : 0;
    this.#inTurn(bytes, () => this.#sendWhole(ticket));
  }

  #inTurn(bytes: number, leave: () => void): void {
    if (bytes < LONG_REQUEST_BYTES) return leave();
    this.#entry = new RequestEntry(bytes, leave);
    this.#calls.budget.enter(this.#entry);
  }

  /** The server has read the request (P7.41), or will not. */
  #leaveBudget(): void {
    const entry = this.#entry;
    if (entry === undefined) return;
    this.#entry = undefined;
    this.#calls.budget.exit(entry);
  }

  #sendWhole(ticket: Ticket): void {
    if (ticket.allowance !== undefined) this.#gate.grant(ticket.allowance);
    let body: Uint8Array<ArrayBuffer>;
    try {
      body = this.#calls.write(ticket);
    } catch (error) {
      return this.#failToSend(error);
    }
    this.#sent(ticket);
    this.#finish(body);
  }

  #sent({ sequenceNumber, termination, payload }: Ticket): void {
    this.#outgoing.pass(this.#outgoing.number(sequenceNumber), termination);
    if (payload !== undefined) this.#calls.host.passedOn(this.operationId);
  }

  #failToSend(error: unknown): void {
    this.#fail({
      termination: Termination.TRANSMISSION_FAILURE,
      code: error instanceof WireError ? error.code : Code.INTERNAL,
      message: textOf(error),
    });
  }

  #finish(body: Uint8Array<ArrayBuffer>): void {
    this.#unacknowledgedBody = body;
    this.#post(body);
    if (this.#isOneWay) this.#operationEnded();
  }

  /** Sends the request again if the server states that nothing has begun and that it may soon; otherwise fails. */
  #tryLater(failure: ExchangeFailure): void {
    const body = this.#unacknowledgedBody;
    const isWorthIt = failure.unbegun && failure.retry !== undefined && this.#refusals < MAX_REFUSALS;
    if (!isWorthIt || body === undefined) return this.#fail(failure, failure);
    this.#stopReading();
    this.#isRead = false;
    this.#refusals += 1;
    this.#state = "requested";
    const { host, settings: { clock, random } } = this.#calls;
    host.tell(ExchangeKind.SINGLE, "refused", String(failure.message));
    this.#nextTry = clock.setTimer(() => this.#post(body), retryPauseMs(this.#refusals, random()));
  }

  #post(body: Uint8Array<ArrayBuffer>): void {
    const posted = this.#exchange(body, () => {
      this.#underWay = posted;
      // It is not known how long a request takes that is long.
      if (this.#isStream && !this.#calls.hasStreamed && body.length < LONG_REQUEST_BYTES) this.#expectHead();
    });
  }

  async #exchange(bytes: Uint8Array<ArrayBuffer>, leaving: () => void): Promise<void> {
    const body = unrepeatedBody(bytes);
    this.#isRepeatable = isRepeatable(body);
    const answer = await requestExchange(this.#calls.settings, {
      body,
      isRepeatable: this.#isRepeatable,
      headers: this.#headers,
      signal: this.#abort.signal,
      leaving,
    });
    this.#underWay = undefined;
    this.#stopListening();
    if (answer.kind === "refused") return this.#tryLater(tooLong(answer.failure, bytes.length));
    if (this.#isClosed()) return void await answer.body.cancel().catch(() => "nobody waits for it any more");
    if (this.#isStream && answer.isStreamed) this.#calls.hasStreamed = true;
    this.#context.fill(answer.response);
    this.#leaveBudget();
    this.#state = "responding";
    this.#body = answer.body;
    try {
      await this.#respond(answer.body, answer.isWhole === true);
    } catch (error) {
      if (this.#body !== answer.body) return;
      const failure = error instanceof WireError ? unreadable(error) : wireDownBy("Lost the connection", error);
      this.#fail(failure, failure);
    }
  }

  // The response.

  /** Reads a response, no further than the local end has granted: so a slow consumer pauses the producer (S46). */
  async #respond(source: ByteSource, isWhole: boolean): Promise<void> {
    const { items, settings } = this.#calls;
    const reader = new BareFrameReader(this, items, settings.payloads);
    this.#reader = reader;
    while (!reader.ended) {
      const chunk = await this.#receive(source);
      if (this.#body !== source) return;
      if (chunk === undefined) {
        this.#isRead = true;
        const failure = wireDown("Lost the connection: the body ended without an end frame");
        return this.#fail(failure, failure);
      }
      this.#isRead = isWhole;
      for (let isDone = reader.push(chunk); !isDone && this.#body === source; isDone = reader.resume()) {
        await new Promise<void>(queueAfterEvents);
        this.#sliceBytes = 0;
      }
      if (!this.#gate.empty) await new Promise<void>((resolve) => this.#goOn = resolve);
      if (this.#body !== source) return;
    }
    if (!this.#isOver) return this.#fail(wireDown("The server ended the exchange"));
    try {
      this.#isRead = isWhole || (await source.read()).done;
    } catch {
      // The exchange is complete, whatever becomes of the connection.
    }
    if (this.#body === source) this.#leave();
  }

  /** Receives the next chunk; `undefined` at the end of the body. */
  async #receive(source: ByteSource): Promise<Uint8Array | undefined> {
    this.#listen();
    let isOver = true;
    try {
      const { done, value } = await source.read();
      isOver = done;
      return value;
    } finally {
      this.#silentSinceMs = undefined;
      if (isOver) source.releaseLock();
    }
  }

  /**
   * The server begins the response to a stream at once. It begins any other when its handler has answered. Where a server is
   * only slow to begin, no stream would ever work: the next one has twice the time.
   */
  #expectHead(): void {
    const calls = this.#calls;
    const { clock, helloTimeoutMs } = calls.settings;
    const timeoutMs = calls.headTimeoutMs;
    this.#silence = clock.setTimer(() => {
      calls.headTimeoutMs = Math.max(timeoutMs, Math.min(2 * timeoutMs, helloTimeoutMs));
      const failure = helloTimedOut(timeoutMs, BUFFERED);
      this.#fail(failure, failure);
    }, timeoutMs);
  }

  /** From now on something has to come. */
  #listen(): void {
    const { clock } = this.#calls.settings;
    this.#silentSinceMs = clock.now();
    if (this.#silence === undefined && this.#silenceMs < Infinity) {
      this.#silence = clock.setTimer(this.#checkSilence, this.#silenceMs);
    }
  }

  #stopListening(): void {
    this.#calls.settings.clock.clearTimer(this.#silence);
    this.#silence = undefined;
  }

  readonly #checkSilence = (): void => {
    this.#silence = undefined;
    // Where nothing is read, silence proves nothing (P9.3).
    if (this.#silentSinceMs === undefined) return;
    const { clock } = this.#calls.settings;
    const silentMs = clock.now() - this.#silentSinceMs;
    if (silentMs < this.#silenceMs) {
      this.#silence = clock.setTimer(this.#checkSilence, this.#silenceMs - silentMs);
      return;
    }
    const failure = this.#isGreeted
      ? wireDown(`Lost the connection: the server was silent for ${silentMs} ms`)
      : helloTimedOut(silentMs);
    this.#fail(failure, failure);
  };

  // FrameHandler.

  ticket(operation: number, sequence: number | undefined, fields: TicketFields | undefined, payload: unknown): void {
    this.#spend(this.#reader?.ticketBytes ?? 0);
    if (!this.#isGreeted) return this.#failEarly(`a ticket of operation ${operation}`);
    // An empty ticket costs its receiver as much as another one, and its sender five bytes.
    if (fields === undefined && payload === undefined && !this.#tolerates()) return;
    if (operation === OPERATION) this.#take(sequence, fields, payload);
    else this.#tolerates();
  }

  badTicket(operation: number, { code, message }: TicketProblem): void {
    this.#spend(this.#reader?.ticketBytes ?? 0);
    if (!this.#isGreeted) return this.#failEarly(`a ticket of operation ${operation}`);
    if (!this.#tolerates() || operation !== OPERATION) return;
    this.#fail({ termination: Termination.RECEPTION_FAILURE, code, message });
  }

  control(item: ControlItem): void {
    this.#spend(0);
    const { kind } = item;
    const failure = kind === "end" ? failureOfEnd(item) : undefined;
    if (failure !== undefined) return this.#fail(failure, failure);
    if (kind === "hello" && !this.#isGreeted) return this.#greeted(item);
    if (!this.#isGreeted) return this.#failEarly(`an item "${kind}"`);
    if (kind === "end" || !this.#tolerates()) return;
    if (kind === "goaway") return this.#goaway(item.lastOperation, item.message);
    if (kind !== "hello" && kind !== "part" && kind !== "refusal") return;
    this.#violated(
      `Cannot go on with the exchange: got ${kind === "hello" ? "a second hello" : `a ${kind} within it`}`,
    );
  }

  #greeted(hello: Hello): void {
    const problem = checkServerHello(hello);
    if (problem !== undefined) return this.#violated(problem);
    const { heartbeatMs } = hello;
    // No pings can be sent: the request is complete. The hello of the server says how often it sends something.
    this.#silenceMs = heartbeatMs === undefined
      ? Infinity
      : 2 * Math.max(heartbeatMs, this.#calls.settings.heartbeatMs);
    this.#stopListening();
    this.#isGreeted = true;
    this.#greetedByServer = true;
    this.#calls.host.greeted(hello);
  }

  #goaway(lastOperation: number, message: unknown): void {
    if (lastOperation === 0) this.#tryLater(notAccepted(message, lastOperation, this.#isRepeatable));
  }

  #failEarly(what: string): void {
    this.#violated(`Cannot begin the exchange: got ${what} before the hello`);
  }

  #violated(message: string): void {
    const failure = violation(Code.INTERNAL, message);
    this.#fail(failure, failure);
  }

  /** Lets other work of the process have its turn when a slice of reading is over. */
  #spend(bytes: number): void {
    this.#sliceBytes += bytes + FRAME_COST_BYTES;
    if (this.#sliceBytes > SLICE_BYTES) this.#reader?.pause();
  }

  /** Counts what is cheap to send and costs work, and tells whether that is within the limit. */
  #tolerates(): boolean {
    const { clock, maxControlItemsPerSecond } = this.#calls.settings;
    this.#controlItems ??= new SecondMeter(maxControlItemsPerSecond);
    if (this.#controlItems.count(clock.now())) return true;
    const failure = tooManyItems(maxControlItemsPerSecond);
    this.#fail(failure, failure);
    return false;
  }

  /** Takes a ticket of the server. */
  #take(named: number | undefined, fields: TicketFields | undefined, payload: unknown): void {
    if (this.#isOver) return;
    if (fields?.neverStarted && this.#unacknowledgedBody !== undefined) {
      return this.#tryLater(refusedUnstarted(fields.code, fields.message, this.#isRepeatable));
    }
    this.#unacknowledgedBody = undefined;
    const number = this.#incoming.number(named);
    // An abort overtakes what is held (S7).
    if (isAbort(fields?.termination)) this.#dropHeld();
    else if (!this.#gate.admit(payload)) return this.#gate.hold({ number, fields, payload, bytes: 0 });
    this.#pass(number, fields, payload);
  }

  /** The local end grants payloads, of which some may wait. Reads on when none does any more. */
  #grant(payloads: number): void {
    const gate = this.#gate;
    gate.grant(payloads);
    for (let held = gate.release(); held !== undefined; held = gate.release()) {
      this.#pass(held.number, held.fields, held.payload);
    }
    if (gate.empty) this.#goOn?.();
  }

  #dropHeld(): void {
    this.#gate.clear();
    this.#goOn?.();
  }

  #pass(number: number, fields: TicketFields | undefined, payload: unknown): void {
    const termination = fields?.termination;
    this.#incoming.pass(number, termination);
    const sequenceNumber = number + this.#injected;
    this.#nextDelivered = Math.max(this.#nextDelivered, sequenceNumber + 1);
    // P7.16: what the server grants has been granted on its behalf already.
    this.#deliver(
      toTicket(this.operationId, sequenceNumber, fields, payload, undefined, this.#protocol(sequenceNumber)),
    );
    if (isAbort(termination) || this.#incoming.complete) this.#operationEnded();
  }

  /** Grants in the place of the server, while the request is collected (S46). */
  #grantOnBehalf(allowance: number): void {
    if (this.#isOver) return;
    this.#granted += allowance;
    const sequenceNumber = this.#inject();
    const protocol = this.#protocol(sequenceNumber);
    this.#deliver({ operationId: this.operationId, sequenceNumber, allowance, protocol });
  }

  #protocol(sequenceNumber: number): Protocol | undefined {
    return sequenceNumber === 0 ? this.#context.protocol : undefined;
  }

  /** The number of a ticket that the link itself inserts. */
  #inject(): number {
    this.#injected += 1;
    this.#nextDelivered += 1;
    return this.#nextDelivered - 1;
  }

  #deliver(ticket: Ticket): void {
    const { host } = this.#calls;
    try {
      host.deliver(ticket);
    } catch (error) {
      host.report(error);
      this.#leave();
    }
  }

  // The end.

  /** The operation has ended in good order, or nothing is expected of it. The server has to end the exchange soon. */
  #operationEnded(): void {
    if (this.#isOver) return;
    this.#over();
    if (this.#isRead || this.#isClosed()) return;
    const { clock, helloTimeoutMs } = this.#calls.settings;
    this.#serverEndTimer = clock.setTimer(() => this.#leave(), helloTimeoutMs);
  }

  /** Closes, and ends the operation if it still runs. */
  #fail({ termination, code, message }: Ending, failure?: ExchangeFailure): void {
    const isOver = this.#isOver;
    this.#leave(failure);
    if (isOver) return;
    const operationId = this.operationId;
    this.#deliver({ operationId, sequenceNumber: this.#inject(), code, message, termination });
  }

  /** Closes everything; for the server the operation is CANCELLED (S45). */
  #leave(failure?: ExchangeFailure): void {
    this.#over();
    if (this.#isClosed()) return;
    this.#state = "closed";
    const { host, settings: { clock } } = this.#calls;
    this.#unacknowledgedBody = undefined;
    this.#forgetKept();
    this.#leaveBudget();
    clock.clearTimer(this.#serverEndTimer);
    clock.clearTimer(this.#nextTry);
    this.#request?.stop();
    this.#stopReading();
    if (!this.#isRead) {
      if (this.#underWay === undefined) this.#abort.abort();
      else host.aborts.giveUp(this.#abort, this.#underWay);
    }
    host.closed(this, failure);
  }

  /** Reads nothing more of this response. */
  #stopReading(): void {
    this.#stopListening();
    this.#isGreeted = false;
    this.#silenceMs = this.#calls.settings.helloTimeoutMs;
    this.#reader?.stop();
    const body = this.#body;
    this.#body = undefined;
    this.#dropHeld();
    if (!this.#isRead) body?.cancel(new Error("The operation is over")).catch(() => "it is not read any more");
  }

  #over(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#dropHeld();
    this.#calls.host.forget(this.operationId);
  }

  /** In a method of its own, since the compiler does not see that the state changes while a promise is awaited. */
  #isClosed(): boolean {
    return this.#state === "closed";
  }
}

/** Says how long a request is that has been refused for its length. */
function tooLong(failure: ExchangeFailure, requestBytes: number): ExchangeFailure {
  if (failure.status !== 413) return failure;
  return { ...failure, requestBytes, message: `${failure.message}; the request has ${requestBytes} bytes` };
}

const BUFFERED = " (probeTimeoutMs): something on the way may buffer responses until they are complete";

const NO_BIDI: Ending = Object.freeze({
  termination: Termination.TRANSMISSION_FAILURE,
  code: Code.UNIMPLEMENTED,
  message: "Cannot carry a bidirectional stream on a single exchange, whose request is complete before it is sent; " +
    'exchange: "auto" finds one that can',
});
