import { Code } from "../../links/code.ts";
import { textOf } from "../../links/thrown.ts";
import type { Goaway, Hello } from "../../wire/control_item.ts";
import { checkServerHello } from "../client/client_exchange.ts";
import { DeadlineTimer } from "../../exchange/deadline_timer.ts";
import { type ExchangeFailure, violation, wireDown } from "../../exchange/exchange_failure.ts";
import type { ExchangeSettings } from "../../exchange/exchange_settings.ts";
import type { FairScheduler } from "../../exchange/fair_scheduler.ts";
import { type ByteSource, receiveFrom } from "../../exchange/incoming_body.ts";
import { IncomingChunks } from "../../exchange/incoming_chunks.ts";
import type { TicketSink } from "../../exchange/incoming_frames.ts";
import { KeepAlive } from "../../exchange/keep_alive.ts";

/** What comes of a response. */
export interface SingleResponseEvents extends TicketSink {
  /** When reading goes on if there is more than others can wait for. */
  readonly scheduler: FairScheduler;
  /** A chunk has come, whose tickets follow; with the bytes of earlier ones that belong to the first of them. */
  chunk(bytes: number): void;
  /** The next ticket has come in fragments, with these bytes. */
  joined(bytes: number): void;
  /** All tickets of a chunk have been read. */
  chunkDone(): void;
  /** The server's hello has come and is accepted. */
  greeted(hello: Hello): void;
  /** The server takes no operations above one. */
  goaway(item: Goaway): void;
  /** The body has ended in good order. */
  ended(): void;
  /** It has not. */
  failed(failure: ExchangeFailure): void;
  /** Takes an error of this side. */
  report(error: unknown): void;
}

/** The response of a *single* exchange. It is read as far as the local end grants, and fails when the server is silent. */
export class SingleResponse {
  readonly #settings: ExchangeSettings;
  readonly #body: ByteSource;
  readonly #events: SingleResponseEvents;
  readonly #incoming: IncomingChunks;
  readonly #keepAlive: KeepAlive;
  readonly #timer: DeadlineTimer;

  constructor(settings: ExchangeSettings, body: ByteSource, events: SingleResponseEvents) {
    this.#settings = settings;
    this.#events = events;
    this.#incoming = this.#newIncoming();
    // No pings can be sent: the request is complete. The hello of the server says how often it sends something.
    this.#keepAlive = new KeepAlive(settings.clock, { sendMs: Infinity, receiveMs: Infinity }, {
      isOpen: () => true,
      isReading: () => !this.#incoming.paused,
      ping: () => {},
      lost: (silentMs) => this.#lost(silentMs),
    });
    this.#timer = new DeadlineTimer(settings.clock, [this.#keepAlive]);
    this.#body = body;
    this.#incoming.receiveFrom({ receive: () => receiveFrom(body) });
  }

  /** Reads nothing until told to go on: a slow consumer pauses the producer through the wire itself (S46). */
  pause(): void {
    this.#incoming.pause("grants");
  }

  /** Reads on. */
  resume(): void {
    this.#incoming.resume("grants");
  }

  /** Reads nothing more, ever. */
  stop(): void {
    this.#timer.stop();
    this.#incoming.stop();
    this.#body.cancel(new Error("The operation is over")).catch(() => "it is not read any more");
  }

  #newIncoming(): IncomingChunks {
    return new IncomingChunks(this.#settings, this.#events.scheduler, this.#events, {
      arrived: () => this.#keepAlive.received(),
      reading: (bytes) => this.#events.chunk(bytes),
      joined: (bytes) => this.#events.joined(bytes),
      read: () => this.#events.chunkDone(),
      resumed: () => this.#keepAlive.received(),
      ended: () => this.#bodyEnded(),
      lost: (error) => this.#bodyEnded(textOf(error)),
      greeted: (hello) => this.#greeted(hello),
      answer: () => {},
      ponged: () => {},
      acked: () => {},
      credited: () => false,
      goaway: (item) => this.#events.goaway(item),
      peerEnded: () => {},
      failed: (failure) => this.#events.failed(failure),
      report: (error) => this.#events.report(error),
    });
  }

  #greeted(hello: Hello): void {
    const problem = checkServerHello(hello);
    if (problem !== undefined) return this.#events.failed(violation(Code.INTERNAL, problem));
    this.#events.greeted(hello);
    if (hello.heartbeatMs === undefined) return;
    const receiveMs = Math.max(hello.heartbeatMs, this.#settings.heartbeatMs);
    this.#keepAlive.setIntervals({ sendMs: Infinity, receiveMs });
    this.#timer.arm();
  }

  #bodyEnded(error = "the body ended without an end frame"): void {
    this.#timer.stop();
    if (this.#incoming.peerHasEnded) this.#events.ended();
    else this.#events.failed(wireDown(`Lost the connection: ${error}`));
  }

  #lost(silentMs: number): void {
    this.#events.failed(wireDown(`Lost the connection: the server was silent for ${silentMs} ms`));
  }
}
