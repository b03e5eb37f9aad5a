import { Code } from "../links/mod.ts";
import { type ControlItem, FrameWriter, type Hello } from "../wire/mod.ts";
import { type Duty, DutyTimer } from "./duty_timer.ts";
import { type ExchangeFailure, textOf, violation, wireDown } from "./exchange_failure.ts";
import type { ExchangeOwner } from "./exchange_owner.ts";
import type { ExchangeRole } from "./exchange_role.ts";
import type { ExchangeSettings } from "./exchange_settings.ts";
import { ExchangeTickets } from "./exchange_tickets.ts";
import { Heartbeat } from "./heartbeat.ts";
import { IncomingFrames } from "./incoming_frames.ts";
import { IncomingPump } from "./incoming_pump.ts";
import { OutgoingBody } from "./outgoing_body.ts";

/** Milliseconds that a forced end waits for the peer to take the last frame and to say its own. */
export const FORCED_LINGER_MS = 1_000;

type ExchangeState =
  | { readonly kind: "connecting" }
  | { readonly kind: "open" }
  | { readonly kind: "draining" }
  | { readonly kind: "ending"; readonly sinceMs: number; readonly lingerMs: number }
  | { readonly kind: "closed" };

/**
 * The life of one exchange whose bodies are both streams, the same on both sides; what differs is in its
 * {@linkcode ExchangeRole}.
 *
 * ```text
 *            open()         drain()           end()           both bodies are through,
 * connecting ──────▶ open ─────────▶ draining ──────▶ ending ─ or nothing moves for lingerMs ─▶ closed
 *     │               │                  │              │
 *     └───────────────┴──────────────────┴──────────────┴──────────── fail() ────────────────▶ closed
 * ```
 *
 * A failure of which the peer is to be told goes through *ending* as well.
 *
 * - *connecting*: the peer's hello has not come. Tickets may be written all the same.
 * - *draining*: as open, but for new operations.
 * - *ending*: our end frame is written and nothing follows it. The peer's body is read to its end.
 *
 * `end()` may come in any state before *ending*.
 */
export class Exchange {
  /** The tickets of the exchange. */
  readonly tickets: ExchangeTickets;
  /** What leaves. */
  readonly body: OutgoingBody;
  /** What is to be done and when. */
  readonly timer: DutyTimer;
  readonly #settings: ExchangeSettings;
  readonly #role: ExchangeRole;
  readonly #writer: FrameWriter;
  readonly #frames: IncomingFrames;
  readonly #heartbeat: Heartbeat;
  #pump: IncomingPump | undefined;
  #state: ExchangeState = { kind: "connecting" };
  #bytesIn = 0;
  #bytesOut = 0;
  #pings = 0;

  constructor(role: ExchangeRole, owner: ExchangeOwner, settings: ExchangeSettings, duties: readonly Duty[]) {
    this.#role = role;
    this.#settings = settings;
    this.#writer = new FrameWriter(settings.wire);
    this.body = this.#newBody();
    this.tickets = this.#newTickets(owner);
    this.#frames = this.#newFrames();
    this.#heartbeat = this.#newHeartbeat();
    this.timer = new DutyTimer(settings.clock, [...this.#newDuties(), ...duties]);
  }

  /** Where the exchange stands. */
  get state(): ExchangeState["kind"] {
    return this.#state.kind;
  }

  /** Whether the peer's last frame has come. */
  get peerHasEnded(): boolean {
    return this.#frames.ended;
  }

  /** Bytes that have come. */
  get receivedBytes(): number {
    return this.#bytesIn;
  }

  /** Reads a body: the request's or the response's. */
  read(body: ReadableStream<Uint8Array>): void {
    this.#pump = new IncomingPump(body, {
      chunk: (bytes) => this.#received(bytes),
      ended: () => this.#bodyEnded(),
      failed: (error) => this.#bodyEnded(textOf(error)),
    });
  }

  /** The peer's hello is accepted. */
  open({ maxFrameBytes }: Hello): void {
    if (maxFrameBytes !== undefined) this.#writer.maxFrameBytes = maxFrameBytes;
    if (this.#state.kind !== "connecting") return;
    this.#state = { kind: "open" };
    this.timer.arm();
  }

  /** The peer cannot answer, having said all it can: from now on only we give signs of life. */
  expectSilence(): void {
    this.#heartbeat.setRhythm({ speakMs: this.#settings.heartbeatMs, listenMs: Infinity });
  }

  /** Sends a control item. */
  write(item: ControlItem): void {
    if (!this.#writable) return;
    this.#writer.writeControl(item);
    this.body.written();
  }

  /** Begins no more operations. */
  drain(): void {
    if (this.#state.kind === "connecting" || this.#state.kind === "open") this.#state = { kind: "draining" };
  }

  /** Says that nothing follows, and closes when the peer has said so too or nothing moves for that long. */
  end(lingerMs: number = this.#settings.heartbeatMs): void {
    if (this.#state.kind === "ending") this.#state = { ...this.#state, lingerMs };
    if (this.#writable) this.#sayEnd(lingerMs);
    this.timer.arm();
    this.#closeIfThrough();
  }

  /** Comes down: every operation on it ends, once, towards the mate (S45). */
  fail(failure: ExchangeFailure): void {
    if (!failure.tellsPeer || !this.#writable || this.#state.kind === "connecting") return this.#close(failure);
    this.#frames.stop();
    this.#sayEnd(FORCED_LINGER_MS, failure);
    this.timer.arm();
    this.tickets.abandon(0, failure);
    this.#closeIfThrough();
  }

  get #writable(): boolean {
    return this.#state.kind !== "ending" && this.#state.kind !== "closed" && !this.body.full;
  }

  #sayEnd(lingerMs: number, { code, message }: Partial<ExchangeFailure> = {}): void {
    this.write({ kind: "end", code, message });
    this.#state = { kind: "ending", sinceMs: this.#settings.clock.now(), lingerMs };
    this.body.close();
  }

  #close(failure?: ExchangeFailure): void {
    if (this.#state.kind === "closed") return;
    this.#state = { kind: "closed" };
    this.timer.stop();
    this.#frames.stop();
    const reason = new Error(failure === undefined ? "The exchange is over" : String(failure.message));
    this.#pump?.stop(reason);
    this.body.cut(reason);
    this.#role.closed(failure);
    this.tickets.abandon(0, failure ?? wireDown("The exchange is over"));
  }

  #closeIfThrough(): void {
    if (this.#state.kind !== "ending" || !this.body.done) return;
    // A server that has answered in full may never see the end of the request, once it has seen the end item.
    if (this.#pump?.done || (this.#role.side === "service" && this.#frames.ended)) this.#close();
  }

  #received(bytes: Uint8Array): void {
    this.#bytesIn += bytes.byteLength;
    this.#heartbeat.received(this.#settings.clock.now());
    this.tickets.delivery.received(bytes.byteLength);
    this.#frames.push(bytes);
    this.#pauseOrResume();
    this.#role.progressed(this.#bytesIn);
  }

  /** Bounds what waits for the mate's grants (S46). */
  #pauseOrResume(): void {
    if (this.tickets.delivery.heldBytes > this.#settings.maxBufferedBytes) this.#pump?.pause();
    else this.#pump?.resume();
  }

  #bodyEnded(error?: string): void {
    if (this.#state.kind === "ending") return this.#closeIfThrough();
    if (this.#frames.ended) return;
    const failure = wireDown(`Lost the connection: ${error ?? "the body ended without an end frame"}`);
    // A request may have been cut short on its way to us while the way back still stands.
    this.fail({ ...failure, tellsPeer: this.#role.side === "service" && error === undefined });
  }

  #handedOver(bytes: number): void {
    this.#bytesOut += bytes;
    this.#heartbeat.sent(this.#settings.clock.now());
    this.tickets.grants?.handedOver();
    this.#role.progressed(this.#bytesOut);
  }

  #cancelled(reason: unknown): void {
    if (this.#state.kind === "ending") this.#closeIfThrough();
    else this.#role.abandoned(reason);
  }

  #ping(): void {
    this.#pings += 1;
    this.write({ kind: "ping", value: this.#pings });
  }

  #lost(silentMs: number): void {
    // What is not read cannot be heard.
    if (this.#pump?.paused) this.#heartbeat.received(this.#settings.clock.now());
    else this.fail(wireDown(`Lost the connection: the peer was silent for ${silentMs} ms`));
  }

  #overflowed(waiting: number): void {
    const { maxBufferedBytes } = this.#settings;
    const message = `Cannot go on with the exchange: ${waiting} bytes wait to be taken, ${maxBufferedBytes} are ` +
      "allowed (maxBufferedBytes)";
    this.fail(violation(Code.RESOURCE_EXHAUSTED, message));
  }

  #newBody(): OutgoingBody {
    return new OutgoingBody(this.#writer, this.#role.side, this.#settings.maxBufferedBytes, {
      pulled: () => this.tickets.grants?.taken(),
      handedOver: (bytes) => this.#handedOver(bytes),
      overflowed: (waiting) => this.#overflowed(waiting),
      finished: () => this.#closeIfThrough(),
      cancelled: (reason) => this.#cancelled(reason),
    });
  }

  #newTickets(owner: ExchangeOwner): ExchangeTickets {
    const host = {
      isWritable: () => this.#writable,
      written: () => this.body.written(),
      context: () => this.#role.context(),
      opening: this.#role.opening.bind(this.#role),
      released: () => this.#pauseOrResume(),
      idle: () => this.#role.idle(),
    };
    return new ExchangeTickets(host, owner, this.#writer);
  }

  #newFrames(): IncomingFrames {
    return new IncomingFrames(this.#settings, this.tickets, {
      greeted: (hello) => this.#role.greeted(hello),
      answer: (item) => this.write(item),
      goaway: (item) => this.#role.goaway(item),
      peerEnded: () => this.#role.peerEnded(),
      failed: (failure) => this.fail(failure),
    });
  }

  #newHeartbeat(): Heartbeat {
    const { heartbeatMs, clock } = this.#settings;
    return new Heartbeat({ speakMs: heartbeatMs, listenMs: heartbeatMs }, clock.now(), {
      ping: () => this.#ping(),
      lost: (silentMs) => this.#lost(silentMs),
    });
  }

  /** The heartbeat beats while there is someone to hear it; afterwards only {@linkcode #lingersUntil} counts. */
  #newDuties(): Duty[] {
    const beats = () => this.#state.kind === "open" || this.#state.kind === "draining";
    return [
      { dueAt: () => beats() ? this.#heartbeat.dueAt() : Infinity, run: (nowMs) => this.#heartbeat.run(nowMs) },
      { dueAt: () => this.#lingersUntil(), run: () => this.#close() },
    ];
  }

  #lingersUntil(): number {
    if (this.#state.kind !== "ending") return Infinity;
    return Math.max(this.#state.sinceMs, this.#heartbeat.lastMoved) + this.#state.lingerMs;
  }
}
