import { type ControlItem, FrameWriter, type Hello } from "../wire/mod.ts";
import { type Duty, DutyTimer } from "./duty_timer.ts";
import { disordered, type ExchangeFailure, notTaken, textOf, wireDown } from "./exchange_failure.ts";
import type { ExchangeOwner } from "./exchange_owner.ts";
import type { ExchangeRole } from "./exchange_role.ts";
import type { ExchangeSettings } from "./exchange_settings.ts";
import { ExchangeTickets } from "./exchange_tickets.ts";
import { IncomingFrames } from "./incoming_frames.ts";
import { IncomingPump } from "./incoming_pump.ts";
import { Liveness } from "./liveness.ts";
import { OutgoingBody } from "./outgoing_body.ts";

/**
 * Heartbeats that a peer has to take what waits before the last frame, a window of payloads perhaps, and to say its own: a
 * minute, in which 20 KiB a second carry a mebibyte.
 */
const LINGER_HEARTBEATS = 4;
/** Milliseconds that a forced end waits for the peer to take the last frame and to say its own. */
export const FORCED_LINGER_MS = 1_000;
/** How many times as long as it may be silent a peer may go on sending when nobody listens any more. */
const MOST_LINGERS = 4;

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
  readonly #liveness: Liveness;
  #pump: IncomingPump | undefined;
  #state: ExchangeState = { kind: "connecting" };
  #bytesIn = 0;
  #bytesOut = 0;

  constructor(role: ExchangeRole, owner: ExchangeOwner, settings: ExchangeSettings, duties: readonly Duty[]) {
    this.#role = role;
    this.#settings = settings;
    this.#writer = new FrameWriter(settings.wire);
    this.body = this.#newBody();
    this.tickets = this.#newTickets(owner);
    this.#frames = this.#newFrames();
    this.#liveness = this.#newLiveness();
    const linger = { dueAt: () => this.#lingersUntil(), run: () => this.#close() };
    this.timer = new DutyTimer(settings.clock, [this.#liveness, linger, ...duties]);
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

  /** The peer has said all that it can: signs of life come from here alone, and so do its grants (S46). */
  speakForPeer(): void {
    this.#liveness.expectSilence();
    this.tickets.grantOnBehalf();
  }

  /** Sends a control item. */
  write(item: ControlItem): void {
    if (!this.#writable) return;
    this.#writer.writeControl(item);
    this.#written();
  }

  /** Begins no more operations. */
  drain(): void {
    if (this.#state.kind === "connecting" || this.#state.kind === "open") this.#state = { kind: "draining" };
  }

  /**
   * Says that nothing follows, and closes when the peer has said so too or nothing moves for that long. Said again, it can
   * only make it sooner.
   */
  end(lingerMs: number = LINGER_HEARTBEATS * this.#settings.heartbeatMs): void {
    if (this.#state.kind === "ending") {
      this.#state = { ...this.#state, lingerMs: Math.min(this.#state.lingerMs, lingerMs) };
    }
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
    this.#role.holds(0);
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
    this.#liveness.received();
    const { delivery } = this.tickets;
    delivery.received(this.#frames.partialBytes + bytes.byteLength);
    this.#frames.push(bytes);
    this.#pauseOrResume();
    const { maxBufferedBytes } = this.#settings;
    if (delivery.disorderedBytes > maxBufferedBytes) this.fail(disordered(delivery.disorderedBytes, maxBufferedBytes));
    this.#role.progressed(this.#bytesIn);
  }

  #written(): void {
    this.body.written();
    this.#countHeld();
  }

  /** Tells what is held here, which is bounded for all exchanges together. */
  #countHeld(): void {
    if (this.#state.kind === "closed") return;
    const { heldBytes, disorderedBytes } = this.tickets.delivery;
    this.#role.holds(this.body.waitingBytes + this.#frames.partialBytes + heldBytes + disorderedBytes);
  }

  /** Bounds what waits for the mate's grants (S46). */
  #pauseOrResume(): void {
    if (this.tickets.delivery.heldBytes > this.#settings.maxBufferedBytes) this.#pump?.pause();
    else this.#pump?.resume();
    this.#countHeld();
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
    this.#liveness.sent();
    this.#countHeld();
    this.tickets.grants?.handedOver();
    this.#role.progressed(this.#bytesOut);
  }

  #cancelled(reason: unknown): void {
    if (this.#state.kind === "ending") this.#closeIfThrough();
    else this.#role.abandoned(reason);
  }

  #newBody(): OutgoingBody {
    const { maxBufferedBytes } = this.#settings;
    return new OutgoingBody(this.#writer, this.#role.side, maxBufferedBytes, {
      pulled: () => this.tickets.grants?.taken(),
      handedOver: (bytes) => this.#handedOver(bytes),
      overflowed: (waiting) => this.fail(notTaken(waiting, maxBufferedBytes)),
      finished: () => this.#closeIfThrough(),
      cancelled: (reason) => this.#cancelled(reason),
    });
  }

  #newTickets(owner: ExchangeOwner): ExchangeTickets {
    const host = {
      isWritable: () => this.#writable,
      written: () => this.#written(),
      context: () => this.#role.context(),
      opening: this.#role.opening.bind(this.#role),
      unawaited: () => this.#role.unawaited(),
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

  #newLiveness(): Liveness {
    return new Liveness(this.#settings, {
      isBeating: () => this.#state.kind === "open" || this.#state.kind === "draining",
      ping: (value) => this.write({ kind: "ping", value }),
      lost: (silentMs) => this.fail(wireDown(`Lost the connection: the peer was silent for ${silentMs} ms`)),
    });
  }

  #lingersUntil(): number {
    if (this.#state.kind !== "ending") return Infinity;
    const { sinceMs, lingerMs } = this.#state;
    const { lastMoved, lastSent } = this.#liveness;
    // A peer that drips a byte now and then would otherwise keep its exchange, and whoever stops the link, for ever.
    return Math.min(Math.max(sinceMs, lastMoved) + lingerMs, Math.max(sinceMs, lastSent) + MOST_LINGERS * lingerMs);
  }
}
