import type { Timer } from "../../clock.ts";
import { Code } from "../../links/code.ts";
import type { Ticket } from "../../links/ticket.ts";
import type { ExchangeSettings } from "../../exchange/exchange_settings.ts";
import type { WholeBodyWriter } from "../../wire/whole_body_writer.ts";
import { WireError } from "../../wire/wire_error.ts";
import type { RequestTarget } from "../client/client_request.ts";
import { newAttemptId } from "../client/repetition.ts";

/** The one operation of each exchange has this number on the wire. */
export const OPERATION = 1;

/** Payloads that the local end may send ahead of grants: enough for what it sends in one go. */
const INITIAL_CREDIT = 64;

/** The same where the operation may go on elsewhere, so that it is not far ahead of the server by then. */
const INITIAL_CREDIT_IF_OUTGROWN = 4;

/** Bytes that are collected in one go, before other work of the process gets its turn. */
const SLICE_BYTES = 1_048_576;

/** What an exchange of one request needs of the link's settings. */
export interface SingleSettings extends ExchangeSettings, RequestTarget {
  /** Chooses pauses, from 0 up to 1. */
  readonly random: () => number;
  readonly maxRequestBytes: number;
  /** Milliseconds in which the response to a stream begins. */
  readonly probeTimeoutMs: number;
}

/**
 * Holds the length of a request against the limit.
 *
 * @throws {WireError} If it is above.
 */
export function checkRequestLength(byteLength: number, { maxRequestBytes }: SingleSettings): void {
  if (byteLength <= maxRequestBytes) return;
  throw new WireError(
    `Cannot collect the request: it is above ${maxRequestBytes} bytes (maxRequestBytes); ` +
      "the other kinds of exchange have no such limit",
    { code: Code.RESOURCE_EXHAUSTED, scope: "operation" },
  );
}

/**
 * The request of a *single* exchange while it is put together. The server cannot grant before it has all of it, so this
 * grants in its place (S46), as long as the request stays within its limit of bytes.
 */
export class CollectedRequest {
  readonly #settings: SingleSettings;
  readonly #writer: WholeBodyWriter;
  readonly #grant: (payloads: number) => void;
  #ungranted = 0;
  #grantIsDue = false;
  #sliceStart = 0;
  #timer: Timer = undefined;
  #stopped = false;
  #isPaused = false;

  constructor(settings: SingleSettings, writer: WholeBodyWriter, grant: (payloads: number) => void) {
    this.#settings = settings;
    this.#grant = grant;
    this.#writer = writer;
    this.#writer.begin(newAttemptId());
  }

  /** Bytes that have been collected. */
  get byteLength(): number {
    return this.#writer.byteLength;
  }

  /** Gives the first grant. */
  start(mayOutgrow: boolean): void {
    this.#ungranted += mayOutgrow ? INITIAL_CREDIT_IF_OUTGROWN : INITIAL_CREDIT;
    this.#scheduleGrant();
  }

  /** Grants nothing for now. */
  pause(): void {
    this.#isPaused = true;
  }

  /** Grants what it has not granted in the meantime, and more. */
  resume(): void {
    this.#isPaused = false;
    this.#ungranted += INITIAL_CREDIT;
    this.#scheduleGrant();
  }

  /**
   * Adds a ticket.
   *
   * @throws {WireError} If it cannot be encoded, or if the request is longer than it may be.
   */
  add(ticket: Ticket): void {
    this.#writer.add(OPERATION, ticket);
    checkRequestLength(this.#writer.byteLength, this.#settings);
    if (ticket.payload === undefined) return;
    this.#ungranted += 1;
    this.#scheduleGrant();
  }

  /** Adds the end item and returns the whole. */
  finish(): Uint8Array<ArrayBuffer> {
    this.stop();
    return this.#writer.finish();
  }

  /** Grants no more. */
  stop(): void {
    this.#stopped = true;
    this.#settings.clock.clearTimer(this.#timer);
  }

  /** In a microtask, so that what is sent in one go is granted in one ticket. */
  #scheduleGrant(): void {
    if (this.#grantIsDue) return;
    this.#grantIsDue = true;
    if (this.#writer.byteLength - this.#sliceStart < SLICE_BYTES) return queueMicrotask(this.#grantNow);
    this.#sliceStart = this.#writer.byteLength;
    this.#timer = this.#settings.clock.setTimer(this.#grantNow, 0);
  }

  readonly #grantNow = (): void => {
    this.#grantIsDue = false;
    if (this.#stopped || this.#isPaused) return;
    const payloads = this.#ungranted;
    this.#ungranted = 0;
    this.#grant(payloads);
  };
}
