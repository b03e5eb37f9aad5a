import type { Goaway, Hello } from "../wire/mod.ts";
import { Code } from "../links/mod.ts";
import { DutyTimer } from "./duty_timer.ts";
import { type ExchangeFailure, textOf, violation, wireDown } from "./exchange_failure.ts";
import type { ExchangeSettings } from "./exchange_settings.ts";
import { Heartbeat } from "./heartbeat.ts";
import { IncomingFrames, type TicketSink } from "./incoming_frames.ts";
import { IncomingPump } from "./incoming_pump.ts";
import { checkServerHello } from "./server_hello.ts";

/** What comes of a response. */
export interface SingleResponseEvents extends TicketSink {
  /** A chunk has come, whose tickets follow; with the bytes of earlier ones that belong to the first of them. */
  chunk(bytes: number): void;
  /** All tickets of a chunk have been read. */
  chunkDone(): void;
  /** The server takes no operations above one. */
  goaway(item: Goaway): void;
  /** The body has ended in good order. */
  ended(): void;
  /** It has not. */
  failed(failure: ExchangeFailure): void;
}

/** The response of a *single* exchange: read as far as the mate grants, and missed when it falls silent. */
export class SingleResponse {
  readonly #settings: ExchangeSettings;
  readonly #events: SingleResponseEvents;
  readonly #frames: IncomingFrames;
  readonly #pump: IncomingPump;
  readonly #heartbeat: Heartbeat;
  readonly #timer: DutyTimer;

  constructor(settings: ExchangeSettings, body: ReadableStream<Uint8Array>, events: SingleResponseEvents) {
    this.#settings = settings;
    this.#events = events;
    this.#frames = this.#newFrames();
    // Nothing can be asked: the request is complete. The server says in its hello how often it speaks.
    this.#heartbeat = new Heartbeat({ speakMs: Infinity, listenMs: Infinity }, settings.clock.now(), {
      ping: () => {},
      lost: (silentMs) => this.#lost(silentMs),
    });
    this.#timer = new DutyTimer(settings.clock, [this.#heartbeat]);
    this.#pump = new IncomingPump(body, {
      chunk: (bytes) => this.#received(bytes),
      ended: () => this.#bodyEnded("the body ended without an end frame"),
      failed: (error) => this.#bodyEnded(textOf(error)),
    });
  }

  /** Reads nothing until told to go on: a slow consumer pauses the producer through the wire itself (S46). */
  pause(): void {
    this.#pump.pause();
  }

  /** Reads on. */
  resume(): void {
    this.#pump.resume();
  }

  /** Reads nothing more, ever. */
  stop(): void {
    this.#timer.stop();
    this.#frames.stop();
    this.#pump.stop(new Error("The operation is over"));
  }

  #newFrames(): IncomingFrames {
    return new IncomingFrames(this.#settings, this.#events, {
      greeted: (hello) => this.#greeted(hello),
      answer: () => {},
      goaway: (item) => this.#events.goaway(item),
      peerEnded: () => {},
      failed: (failure) => this.#events.failed(failure),
    });
  }

  #greeted(hello: Hello): void {
    const problem = checkServerHello(hello);
    if (problem !== undefined) return this.#events.failed(violation(Code.INTERNAL, problem));
    if (hello.heartbeatMs === undefined) return;
    const listenMs = Math.max(hello.heartbeatMs, this.#settings.heartbeatMs);
    this.#heartbeat.setRhythm({ speakMs: Infinity, listenMs });
    this.#timer.arm();
  }

  #received(bytes: Uint8Array): void {
    this.#heartbeat.received(this.#settings.clock.now());
    this.#events.chunk(this.#frames.partialBytes + bytes.byteLength);
    this.#frames.push(bytes);
    this.#events.chunkDone();
  }

  #bodyEnded(how: string): void {
    this.#timer.stop();
    if (this.#frames.ended) this.#events.ended();
    else this.#events.failed(wireDown(`Lost the connection: ${how}`));
  }

  #lost(silentMs: number): void {
    // What is not read cannot be heard.
    if (this.#pump.paused) this.#heartbeat.received(this.#settings.clock.now());
    else this.#events.failed(wireDown(`Lost the connection: the server was silent for ${silentMs} ms`));
  }
}
