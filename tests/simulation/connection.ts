import type { Clock } from "../../src/clock.ts";
import type { SeededRandom } from "../seeded_random.ts";
import type { Forger } from "./forger.ts";
import { Pipe, type Quality } from "./pipe.ts";

/** What a connection stands in. */
export interface ConnectionSetting {
  readonly clock: Clock;
  readonly random: SeededRandom;
  readonly quality: Quality;
  /** Whether one side sees the other's failure as a clean end of the body, as most HTTP/2 implementations show it. */
  readonly looksClean: boolean;
  /** What reads along or forges, in either direction. */
  readonly up: Forger | undefined;
  readonly down: Forger | undefined;
}

/** One request and its response on a simulated network: a pipe up, a pipe down, and what either end of one does to the other. */
export class Connection {
  readonly #setting: ConnectionSetting;
  readonly #up: Pipe;
  #down: Pipe | undefined;
  #rejectFetch: ((reason: Error) => void) | undefined;
  #isAnswered = false;
  #isLost = false;
  #isSilent = false;

  constructor(request: ReadableStream<Uint8Array>, setting: ConnectionSetting) {
    this.#setting = setting;
    this.#up = this.#pipe(request, setting.up, {
      sourceFailed: (reason) => this.#later(() => this.reset(reason)),
      outputCancelled: (reason) => this.#later(() => this.#isSilent || this.#up.cancelSource(reason)),
    });
  }

  /** The request's body as the server reads it. */
  get request(): ReadableStream<Uint8Array<ArrayBuffer>> {
    return this.#up.output;
  }

  /** Whether nothing is left of it. */
  get over(): boolean {
    return this.#isAnswered && this.#up.over && (this.#down?.over ?? true);
  }

  /** Waits for what the server answers, or for the connection to break before. */
  race<T>(answer: Promise<T>): Promise<T> {
    const broken = new Promise<never>((_, reject) => {
      this.#rejectFetch = reject;
      if (this.#isLost) reject(new TypeError("The connection was reset"));
    });
    return Promise.race([answer, broken]);
  }

  /** There is an answer, or never will be; one with a body is still to {@linkcode respond}. */
  answered(): void {
    this.#isAnswered = true;
  }

  /** The server's answer begins: returns its body as the client reads it. */
  respond(body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array<ArrayBuffer>> {
    const down = this.#pipe(body, this.#setting.down, {
      sourceFailed: (reason) => this.#later(() => this.#isSilent ? this.#dropServer(reason) : this.reset(reason)),
      outputCancelled: (reason) => this.#later(() => this.reset(reason)),
    });
    this.#down = down;
    if (this.#isSilent) down.swallow();
    if (this.#isLost) {
      down.cancelSource(new Error("The connection was reset"));
      down.breakOutput(new TypeError("The connection was reset"));
    }
    return down.output;
  }

  /** It breaks: both sides are told, each in a way of its own. */
  reset(reason: unknown): void {
    const error = new TypeError("The connection was reset", { cause: reason });
    this.#dropClient(error);
    if (!this.#isSilent) this.#dropServer(error);
  }

  /** It breaks so that every body seems to end in good order. */
  endClean(): void {
    this.#isLost = true;
    this.#rejectFetch?.(new TypeError("The connection was closed"));
    const reason = new Error("The connection was closed");
    for (const pipe of [this.#up, this.#down]) {
      pipe?.cancelSource(reason);
      pipe?.breakOutput(undefined);
    }
  }

  /** Only the request's body ends. */
  halfClose(): void {
    this.#up.breakOutput(undefined);
    this.#later(() => this.#up.cancelSource(new Error("Nobody reads the request")));
  }

  /** Nothing passes any more, and nobody is told: each side has to notice by itself. */
  swallow(): void {
    this.#isSilent = true;
    this.#up.swallow();
    this.#down?.swallow();
  }

  /** Nothing comes out of one direction or both before that moment. */
  stall(direction: "up" | "down" | "both", untilMs: number): void {
    if (direction !== "down") this.#up.stall(untilMs);
    if (direction !== "up") this.#down?.stall(untilMs);
  }

  #dropClient(error: Error): void {
    this.#isLost = true;
    this.#rejectFetch?.(error);
    this.#up.cancelSource(error);
    this.#down?.breakOutput(error);
  }

  #dropServer(error: unknown): void {
    this.#up.breakOutput(this.#setting.looksClean ? undefined : new TypeError("The connection was reset"));
    this.#down?.cancelSource(error);
  }

  #pipe(
    source: ReadableStream<Uint8Array>,
    forger: Forger | undefined,
    events: { sourceFailed(reason: unknown): void; outputCancelled(reason: unknown): void },
  ): Pipe {
    const { clock, random, quality } = this.#setting;
    return new Pipe(source, {
      clock,
      random,
      quality,
      events: {
        ...events,
        passing: (bytes) => forger === undefined ? [bytes] : forger.pass(bytes),
        isEnded: () => forger?.hasEnded === true,
        delivered: ({ byteLength }) => forger?.delivered(byteLength, clock.now()),
      },
    });
  }

  #later(action: () => void): void {
    const { clock, quality } = this.#setting;
    clock.setTimer(action, quality.latencyMs);
  }
}
