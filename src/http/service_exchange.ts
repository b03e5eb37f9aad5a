import { Code, newOperationId, type Protocol, Termination } from "../links/mod.ts";
import { chooseVersion, ExchangeKind, type Hello, PROTOCOL_VERSION, type TicketFields } from "../wire/mod.ts";
import { AllowanceGate } from "./allowance_gate.ts";
import type { BufferBudget, BufferHolder } from "./buffer_budget.ts";
import { Deadline } from "./duty_timer.ts";
import { Exchange } from "./exchange.ts";
import { clientLeft, type ExchangeFailure, overdrawn, violation, wireDown } from "./exchange_failure.ts";
import { ExchangeOperation, isAbort } from "./exchange_operation.ts";
import type { ExchangeOwner } from "./exchange_owner.ts";
import type { ExchangeRole } from "./exchange_role.ts";
import { DRAINING, helloTimeout, type HttpRefusal } from "./http_refusal.ts";
import { peerFrameProblem } from "./peer_limits.ts";
import { SecondMeter } from "./second_meter.ts";
import type { ServiceSettings } from "./service_options.ts";

/** The service link, as its exchanges see it. */
export interface ServiceOwner extends ExchangeOwner {
  /** Bounds what all exchanges hold. */
  readonly budget: BufferBudget;
  /** An exchange is over. */
  closed(exchange: ServiceExchange): void;
}

/** The request that may become an exchange. */
export interface ServiceRequest {
  /** Its body. */
  readonly body: ReadableStream<Uint8Array>;
  /** Aborts when the client has gone, on platforms where that can be listened to. */
  readonly signal: AbortSignal | undefined;
  /** What goes with ticket 0 of each operation. */
  readonly context: Protocol;
}

/** Milliseconds that a client has for its end item after a goaway, and again to take ours. */
const PATIENCE_MS = 500;
/** What the client is told of operations that a stop cuts off. */
const SHUT_DOWN = { termination: Termination.SHUTDOWN, code: Code.UNAVAILABLE, message: "The service has stopped" };
/** What the mate is told of them. */
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

/**
 * The server's side of an exchange, *duplex* or *single*. Until the client's hello has been read it is only a
 * request, and what is wrong is an ordinary HTTP answer.
 */
export class ServiceExchange implements ExchangeRole, BufferHolder {
  /** Resolves when the hello is there, or with the answer if the request does not become an exchange. */
  readonly opened: Promise<HttpRefusal | undefined>;
  readonly side = "service";
  readonly #owner: ServiceOwner;
  readonly #settings: ServiceSettings;
  readonly #request: ServiceRequest;
  readonly #exchange: Exchange;
  readonly #unawaited: SecondMeter;
  readonly #helloDue: Deadline;
  readonly #idleUntil = new Deadline(() => this.drain("it has been idle (idleMs)"));
  readonly #farewellDue = new Deadline(() => this.#exchange.end(PATIENCE_MS));
  readonly #oldAt = new Deadline(() => this.drain("it has reached its age (maxExchangeAgeMs)"));
  #kind: ExchangeKind | undefined;
  #refusal: HttpRefusal | undefined;
  #resolveOpened!: (refusal: HttpRefusal | undefined) => void;

  constructor(owner: ServiceOwner, settings: ServiceSettings, request: ServiceRequest) {
    this.#owner = owner;
    this.#settings = settings;
    this.#request = request;
    this.#unawaited = new SecondMeter(settings.maxUnawaitedPerSecond);
    this.opened = new Promise((resolve) => this.#resolveOpened = resolve);
    this.#helloDue = new Deadline(() => this.#refuse(helloTimeout(settings.helloTimeoutMs)));
    this.#exchange = new Exchange(this, owner, settings, [
      this.#helloDue,
      this.#idleUntil,
      this.#oldAt,
      this.#farewellDue,
    ]);
    this.#helloDue.set(settings.clock.now() + settings.helloTimeoutMs);
    this.#exchange.timer.arm();
    request.signal?.addEventListener("abort", this.#aborted);
    this.#exchange.read(request.body);
  }

  /** The response's body. */
  get body(): ReadableStream<Uint8Array> {
    return this.#exchange.body.stream;
  }

  /** Begins no more operations, tells the client so, and ends when the last one has. */
  drain(why: string): void {
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

  /** Ends what still runs. */
  cutOff(): void {
    this.#exchange.tickets.endAll(SHUT_DOWN, LINK_STOPPED);
    if (this.#exchange.state === "draining") this.idle();
    else this.#exchange.end(PATIENCE_MS);
  }

  greeted(hello: Hello): void {
    const problem = checkHello(hello);
    if (problem !== undefined) return this.#refuse({ status: 400, text: problem });
    const { clock, wire, heartbeatMs, maxOperations, maxExchangeAgeMs, idleMs } = this.#settings;
    this.#kind = hello.exchange;
    this.#helloDue.clear();
    this.#idleUntil.set(clock.now() + idleMs);
    if (this.#kind === ExchangeKind.SINGLE) {
      this.#exchange.speakForPeer();
    } else {
      this.#oldAt.set(clock.now() + maxExchangeAgeMs);
    }
    const { maxFrameBytes } = wire;
    this.#exchange.write({ kind: "hello", versions: [PROTOCOL_VERSION], maxFrameBytes, maxOperations, heartbeatMs });
    this.#exchange.open(hello);
    this.#resolveOpened(undefined);
  }

  context(): Protocol {
    return this.#request.context;
  }

  opening(wireId: number, fields: TicketFields | undefined): ExchangeOperation | undefined {
    const { state, tickets } = this.#exchange;
    // S6: nobody waits for an answer to an abort.
    if (state !== "open" && isAbort(fields?.termination)) return tickets.operations.use(wireId);
    if (state !== "open") return this.#refuseOperation(wireId, Code.UNAVAILABLE, "this exchange takes no more");
    const { maxOperations } = this.#settings;
    if (tickets.operations.size >= maxOperations) {
      return this.#refuseOperation(wireId, Code.RESOURCE_EXHAUSTED, `${maxOperations} run already (maxOperations)`);
    }
    const gate = this.#kind === ExchangeKind.SINGLE ? new AllowanceGate() : undefined;
    const operation = new ExchangeOperation(tickets, newOperationId(), wireId, "service", gate);
    tickets.operations.add(operation);
    this.#owner.begin(operation);
    this.#idleUntil.clear();
    return operation;
  }

  /** A client that says so begins no more; when it has nothing left it ends the exchange itself. */
  goaway(): void {}

  peerEnded(): void {
    this.#exchange.speakForPeer();
    this.#exchange.tickets.endIncomplete(NEVER_COMPLETED);
    if (this.#exchange.tickets.operations.size === 0) this.#exchange.end();
  }

  idle(): void {
    if (this.#exchange.peerHasEnded) return this.#exchange.end();
    const nowMs = this.#settings.clock.now();
    // Where the response ends before the request, HTTP/1.1 servers cut the connection, and what was said last may be
    // lost with it. A client that has been told ends its request at once.
    if (this.#exchange.state === "draining") this.#farewellDue.set(nowMs + PATIENCE_MS);
    else this.#idleUntil.set(nowMs + this.#settings.idleMs);
    this.#exchange.timer.arm();
  }

  progressed(bytes: number): void {
    if (bytes > this.#settings.maxExchangeBytes && this.#kind === ExchangeKind.DUPLEX) {
      this.drain("it has carried enough (maxExchangeBytes)");
    }
  }

  unawaited(): boolean {
    const { clock, maxUnawaitedPerSecond } = this.#settings;
    if (this.#unawaited.count(clock.now())) return true;
    const message =
      `Cannot go on with the exchange: more than ${maxUnawaitedPerSecond} operations in a second that the ` +
      "client gave up or wants nothing back of (maxUnawaitedPerSecond)";
    this.#exchange.fail(violation(Code.RESOURCE_EXHAUSTED, message));
    return false;
  }

  holds(bytes: number): void {
    this.#owner.budget.holds(this, bytes);
  }

  overdrawn(totalBytes: number): void {
    this.#exchange.fail(overdrawn(totalBytes, this.#settings.maxTotalBufferedBytes));
  }

  abandoned(): void {
    if (this.#exchange.state === "closed" || this.#exchange.state === "ending") return;
    const onPurpose = this.#kind === ExchangeKind.SINGLE || this.#exchange.peerHasEnded;
    this.#exchange.fail(
      onPurpose ? clientLeft("The client has left") : wireDown("Lost the connection: the client closed the response"),
    );
  }

  closed(failure: ExchangeFailure | undefined): void {
    this.#request.signal?.removeEventListener("abort", this.#aborted);
    this.#resolveOpened(this.#refusal ?? this.#refusalFor(failure));
    this.#owner.closed(this);
  }

  readonly #aborted = (): void => this.abandoned();

  #refuse(refusal: HttpRefusal): void {
    this.#refusal = refusal;
    this.#exchange.fail(violation(Code.INTERNAL, refusal.text));
  }

  /** The answer for a body that does not begin with a hello. */
  #refusalFor(failure: ExchangeFailure | undefined): HttpRefusal {
    if (failure?.code === Code.RESOURCE_EXHAUSTED) return { status: 413, text: String(failure.message) };
    let text = String(failure?.message);
    if (failure?.code === Code.UNAVAILABLE) {
      const { receivedBytes } = this.#exchange;
      const got = receivedBytes === 0 ? "an empty one" : `${receivedBytes} bytes of a frame that is longer`;
      text = `Cannot open an exchange: expected a body that begins with a hello, got ${got}`;
    }
    return { status: 400, text };
  }

  #refuseOperation(wireId: number, code: Code, why: string): undefined {
    const message = `Cannot begin the operation: ${why}`;
    // S40: it never started, so it is safe to retry it elsewhere.
    this.#exchange.tickets.refuse(wireId, { termination: Termination.SHUTDOWN, code, message });
  }
}

/** Finds what is wrong with a client's hello. */
function checkHello({ versions, exchange, maxFrameBytes }: Hello): string | undefined {
  if (chooseVersion(versions) === undefined) {
    return `Cannot open an exchange: expected a hello that offers version ${PROTOCOL_VERSION}, ` +
      `got one with ${versions.join(", ") || "none"}`;
  }
  if (exchange !== ExchangeKind.DUPLEX && exchange !== ExchangeKind.SINGLE) {
    return `Cannot open an exchange: expected a duplex or a single one, got ${exchange ?? "none"}`;
  }
  return peerFrameProblem(maxFrameBytes);
}
