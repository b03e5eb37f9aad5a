import { Hono } from "npm:hono@^4";
import { assert, assertEquals } from "@std/assert";
import {
  type InvocationLink,
  invocationLink,
  type InvocationLinkOptions,
  type ServiceLink,
  serviceLink,
  type ServiceLinkOptions,
} from "../../src/transport/mod.ts";
import { joinLinks, type Link, newOperationId, NULL_LINK, type OperationId, type Ticket } from "../../src/links/mod.ts";
import { CutWire } from "./cut_wire.ts";

/** How the two links of a bench are connected. */
export type Way = "app.request" | "a socket" | "a wire that can be cut";

/** More than any test sends. */
const PLENTY = 1_000_000;

/** Plays the service's end: answers operations by their method. */
export class EchoMate implements Link {
  /** Tickets by the operation's method, for those that a test wants to look at. */
  readonly aborts: Ticket[] = [];
  readonly #methods: Map<OperationId, string> = new Map();
  readonly #next: Map<OperationId, number> = new Map();
  #mate: Link = NULL_LINK;

  joinLink(link: Link): void {
    this.#mate = link;
  }

  acceptTicket(ticket: Ticket): void {
    const { operationId, payload, termination } = ticket;
    if (ticket.method !== undefined) {
      this.#methods.set(operationId, ticket.method);
      this.say(operationId, { subscription: "full", allowance: PLENTY });
    }
    if (termination !== undefined && termination !== "completion") this.aborts.push(ticket);
    switch (this.#methods.get(operationId)) {
      case "echo":
        if (payload !== undefined) this.say(operationId, { payload });
        if (termination === "completion") this.say(operationId, { termination });
        return;
      case "count":
        for (let i = 0; i < Number(payload); i++) this.say(operationId, { payload: i });
        return this.say(operationId, { termination: "completion" });
      case "fail":
        return this.say(operationId, { termination: "local failure", code: "internal" });
    }
  }

  /** Says a ticket. */
  say(operationId: OperationId, ticket: Partial<Ticket>): void {
    const sequenceNumber = this.#next.get(operationId) ?? 0;
    this.#next.set(operationId, sequenceNumber + 1);
    this.#mate.acceptTicket({ operationId, sequenceNumber, ...ticket });
  }
}

/** One operation that a {@linkcode CallerMate} has begun. */
export interface Call {
  readonly operationId: OperationId;
  /** The payloads that have come so far. */
  readonly payloads: unknown[];
  /** Resolves with the first ticket. */
  readonly begun: Promise<Ticket>;
  /** Resolves with the ticket that terminates what comes back. */
  readonly ended: Promise<Ticket>;
  /** Says a ticket. */
  say(ticket: Partial<Ticket>): void;
}

interface CallRecord {
  readonly payloads: unknown[];
  readonly begin: (ticket: Ticket) => void;
  readonly end: (ticket: Ticket) => void;
  next: number;
}

/** Plays the client's end: begins operations and collects what comes back. */
export class CallerMate implements Link {
  readonly #calls: Map<OperationId, CallRecord> = new Map();
  #mate: Link = NULL_LINK;

  joinLink(link: Link): void {
    this.#mate = link;
  }

  acceptTicket(ticket: Ticket): void {
    const call = this.#calls.get(ticket.operationId);
    assert(call !== undefined, "A ticket came of no call");
    assertEquals(ticket.sequenceNumber, call.next);
    call.next += 1;
    call.begin(ticket);
    if (ticket.payload !== undefined) call.payloads.push(ticket.payload);
    if (ticket.termination !== undefined) call.end(ticket);
  }

  /** Begins an operation. */
  call(method: string, ticket: Partial<Ticket> = {}): Call {
    const operationId = newOperationId();
    const begun = Promise.withResolvers<Ticket>();
    const ended = Promise.withResolvers<Ticket>();
    const payloads: unknown[] = [];
    this.#calls.set(operationId, { payloads, begin: begun.resolve, end: ended.resolve, next: 0 });
    let sequenceNumber = 0;
    const say = (said: Partial<Ticket>): void => {
      this.#mate.acceptTicket({ operationId, sequenceNumber, ...said });
      sequenceNumber += 1;
    };
    say({ group: "test", method, subscription: "full", timeout: 60_000, allowance: PLENTY, ...ticket });
    return { operationId, payloads, begun: begun.promise, ended: ended.promise, say };
  }
}

/** Both links, connected in one of the ways, on the platform's clock. Its disposal fails the test if anything is left. */
export class NetworkBench implements AsyncDisposable {
  readonly service: ServiceLink;
  readonly echo = new EchoMate();
  readonly caller = new CallerMate();
  readonly link: InvocationLink;
  readonly app: Hono;
  readonly wire: CutWire | undefined;
  /** Where the service is, if it has a socket. */
  readonly url: string;
  readonly #errors: unknown[] = [];
  readonly #server: Deno.HttpServer<Deno.NetAddr> | undefined;

  constructor(way: Way, options: InvocationLinkOptions = {}, serverOptions: ServiceLinkOptions = {}) {
    const onError = (error: unknown): void => void this.#errors.push(error);
    this.service = serviceLink({ onError, ...serverOptions });
    joinLinks(this.service, this.echo);
    this.app = new Hono().all("/tickets", this.service.handler);
    if (way !== "app.request") this.#server = Deno.serve({ ...LOOPBACK, onListen: () => {} }, this.app.fetch);
    if (way === "a wire that can be cut") this.wire = new CutWire(this.#server!.addr.port);
    const port = this.wire?.port ?? this.#server?.addr.port;
    this.url = port === undefined ? "/tickets" : `http://127.0.0.1:${port}/tickets`;
    this.link = invocationLink(this.url, {
      onError,
      ...(port === undefined ? { fetch: (url, init) => this.app.request(url, init) } : {}),
      ...options,
    });
    joinLinks(this.link, this.caller);
  }

  /** Errors that both links have reported since the last call. */
  takeErrors(): string[] {
    return this.#errors.splice(0).map(String);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.link.close();
    await this.service.stop(0);
    await this.#server?.shutdown();
    await this.wire?.close();
    const { link, service } = this;
    assertEquals([link.exchangeCount, link.operationCount], [0, 0], "The invocation link has something left");
    assertEquals([service.exchangeCount, service.operationCount], [0, 0], "The service link has something left");
    assertEquals(this.takeErrors(), []);
  }
}

const LOOPBACK = { hostname: "127.0.0.1", port: 0 };
