import { Code } from "../../links/mod.ts";
import { type ControlItem, FrameWriter, type Hello } from "../../wire/mod.ts";
import { DutyTimer } from "./duty_timer.ts";
import { disordered, type ExchangeFailure, notRead, notTaken, violation, wireDown } from "./exchange_failure.ts";
import type { ExchangeOwner } from "./exchange_owner.ts";
import type { ExchangeParts, ExchangeRole } from "./exchange_role.ts";
import type { ExchangeSettings } from "./exchange_settings.ts";
import { ExchangeTickets, type PeerGrants, type TicketsHost } from "./exchange_tickets.ts";
import { IncomingChunks } from "./incoming_chunks.ts";
import { MAX_UNHEARD_BYTES } from "../../limits.ts";
import { FORCED_LINGER_MS, LAST_LINGER_MS, Linger, LINGER_HEARTBEATS } from "./linger.ts";
import { Liveness } from "./liveness.ts";
import { type ChunkSink, OutgoingChunks } from "./outgoing_chunks.ts";

const NOT_SENT = "Cannot go on with the exchange: the peer says that it has taken more than it has been sent";

type ExchangeState = "connecting" | "open" | "draining" | "ending" | "closed";

/**
 * The life of one exchange in which both sides speak as long as they like, the same on both; what differs is in its
 * {@linkcode ExchangeRole}. Where its bytes come from and go to is none of its business.
 *
 * ```text
 *            open()         drain()           end()           both ways are through,
 * connecting ──────▶ open ─────────▶ draining ──────▶ ending ─ or nothing moves for lingerMs ─▶ closed
 *     │               │                  │              │
 *     └───────────────┴──────────────────┴──────────────┴──────────── fail() ────────────────▶ closed
 * ```
 *
 * A failure of which the peer is to be told goes through *ending* as well.
 *
 * - *connecting*: the peer's hello has not come. Tickets may be written all the same.
 * - *draining*: as open, but for new operations.
 * - *ending*: our end frame is written and nothing follows it. What the peer says is read to its end.
 *
 * `end()` may come in any state before *ending*.
 */
export class Exchange {
  /** The tickets of the exchange. */
  readonly tickets: ExchangeTickets;
  /** What comes. */
  readonly incoming: IncomingChunks;
  /** What is to be done and when. */
  readonly timer: DutyTimer;
  readonly #settings: ExchangeSettings;
  readonly #role: ExchangeRole;
  readonly #writer: FrameWriter;
  readonly #outgoing: OutgoingChunks;
  readonly #liveness: Liveness;
  readonly #linger: Linger;
  #state: ExchangeState = "connecting";
  #sentBytes = 0;
  /** Bytes that had come when it failed. */
  #heardBytes = Infinity;

  constructor(role: ExchangeRole, settings: ExchangeSettings, { owner, sink, duties, isCollected }: ExchangeParts) {
    this.#role = role;
    this.#settings = settings;
    this.#writer = new FrameWriter(isCollected ? settings.wire : { ...settings.wire, bulk: settings.bulk });
    this.#outgoing = this.#newOutgoing(sink);
    this.tickets = this.#newTickets(owner);
    this.incoming = this.#newIncoming(owner);
    this.#liveness = this.#newLiveness();
    this.#linger = new Linger(settings.clock, this.#liveness, () => this.#close());
    this.timer = new DutyTimer(settings.clock, [this.#liveness, this.#linger, ...duties]);
  }

  /** Where the exchange stands. */
  get state(): ExchangeState {
    return this.#state;
  }

  /** The peer's hello is accepted. */
  open({ maxFrameBytes }: Hello): void {
    if (maxFrameBytes !== undefined) this.#writer.maxFrameBytes = maxFrameBytes;
    if (this.#state !== "connecting") return;
    this.#state = "open";
    this.timer.arm();
  }

  /** The peer has said all that it can: signs of life come from here alone, and so do its grants (S46). */
  speakForPeer(grants: PeerGrants): void {
    this.#liveness.expectSilence();
    this.tickets.grants = grants;
  }

  /** The peer can say at once what it has taken (P9.15), so that no more is on its way than others can wait for. */
  boundBulk(): void {
    const { clock, bulk } = this.#settings;
    this.#outgoing.boundBulk(clock, bulk.fragmentBytes);
  }

  /** Sends a control item. */
  write(item: ControlItem): void {
    if (!this.#writable) return;
    this.#writer.writeControl(item);
    this.#written();
  }

  /** Begins no more operations. */
  drain(): void {
    if (this.#state === "connecting" || this.#state === "open") this.#state = "draining";
  }

  /**
   * Says that nothing follows, and closes when the peer has said so too or nothing moves for that long. Said again, it can
   * only make it sooner.
   */
  end(lingerMs: number = LINGER_HEARTBEATS * this.#settings.heartbeatMs): void {
    if (this.#state === "ending") this.#linger.limit(lingerMs);
    if (this.#writable) this.#sayEnd(lingerMs);
    this.timer.arm();
    this.#closeIfThrough();
  }

  /** Comes down: every operation on it ends, once, towards the mate (S45). */
  fail(failure: ExchangeFailure): void {
    if (!failure.tellsPeer || !this.#writable || this.#state === "connecting") return this.#close(failure);
    this.#heardBytes = this.incoming.receivedBytes;
    this.incoming.ignoreRest();
    this.#sayEnd(FORCED_LINGER_MS, failure);
    this.timer.arm();
    this.#closeIfThrough();
  }

  get #writable(): boolean {
    return this.#state !== "ending" && this.#state !== "closed" && !this.#outgoing.full;
  }

  #sayEnd(lingerMs: number, failure?: ExchangeFailure): void {
    this.write({ kind: "end", code: failure?.code, message: failure?.message });
    this.#state = "ending";
    this.#role.ending();
    this.#linger.limit(lingerMs);
    if (failure !== undefined) this.tickets.abandon(0, failure);
    // What the peer says of what it has taken is not read any more.
    if (failure !== undefined) this.#outgoing.unboundBulk();
    // It may be through at once, and then closes.
    this.#outgoing.close();
  }

  #close(failure?: ExchangeFailure): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.timer.stop();
    const reason = new Error(failure === undefined ? "The exchange is over" : String(failure.message));
    this.incoming.stop(reason);
    this.tickets.pacer.stop();
    this.#outgoing.cut(reason);
    this.#role.holds(0);
    this.#role.closed(failure);
    this.tickets.abandon(0, failure ?? wireDown("The exchange is over"));
  }

  #closeIfThrough(): void {
    if (this.#state !== "ending" || !this.#outgoing.done) return;
    if (this.incoming.done) return this.#close();
    if (this.#role.side !== "service" || !this.incoming.peerHasEnded) return;
    if (!this.#role.readsRequest) return this.#close();
    // A request that is given up before its end costs its connection, so the end gets time to come after the end item.
    // A server that has answered in full may never see it, though.
    this.#linger.limit(LAST_LINGER_MS);
    this.timer.arm();
  }

  #arrived(): void {
    const { holding, waitingBytes, receivedBytes } = this.incoming;
    const { maxBufferedBytes } = this.#settings;
    if (receivedBytes - this.#heardBytes > MAX_UNHEARD_BYTES) return this.#close();
    this.#liveness.received();
    this.#countHeld();
    if (holding && waitingBytes > maxBufferedBytes) this.fail(notRead(waitingBytes, maxBufferedBytes));
  }

  /** As much as could be read of a chunk has been. */
  #read(): void {
    const { delivery: { disorderedBytes } } = this.tickets;
    const { maxDisorderedBytes } = this.#settings;
    this.#pauseOrResume();
    if (disorderedBytes > maxDisorderedBytes) this.fail(disordered(disorderedBytes, maxDisorderedBytes));
    this.#role.progressed(this.incoming.receivedBytes);
  }

  #written(): void {
    this.#outgoing.written();
    this.#countHeld();
  }

  /** Tells what is held here, which is bounded for all exchanges together. */
  #countHeld(): void {
    if (this.#state === "closed") return;
    const { heldBytes, disorderedBytes } = this.tickets.delivery;
    this.#role.holds(this.#outgoing.waitingBytes + this.incoming.waitingBytes + heldBytes + disorderedBytes);
  }

  /** Bounds what waits for the mate's grants (S46). */
  #pauseOrResume(): void {
    if (this.tickets.delivery.heldBytes > this.#settings.maxBufferedBytes) this.incoming.pause("grants");
    else this.incoming.resume("grants");
    this.#countHeld();
  }

  #incomingEnded(error?: string): void {
    this.#outgoing.unboundBulk();
    if (this.#state === "ending") return this.#closeIfThrough();
    if (this.incoming.peerHasEnded) {
      // It has said all, but is gone: on Deno nothing else tells so of a request that is not at its end.
      if (error !== undefined && this.#role.side === "service") this.#role.abandoned(error);
      return;
    }
    const failure = wireDown(`Lost the connection: ${error ?? "the body ended without an end frame"}`);
    // A request may have been cut short on its way to us while the way back still stands.
    this.fail({ ...failure, tellsPeer: this.#role.side === "service" && error === undefined });
  }

  #taken(bytes: number): void {
    if (!this.#outgoing.taken(bytes)) this.fail(violation(Code.INTERNAL, NOT_SENT));
  }

  #peerEnded(): void {
    this.#outgoing.unboundBulk();
    this.#role.peerEnded();
  }

  #handedOver(bytes: number): void {
    this.#sentBytes += bytes;
    this.#liveness.sent();
    this.#countHeld();
    if (this.#outgoing.waitingBytes === 0) this.tickets.grants?.handedOver();
    this.tickets.pacer.drained();
    this.#role.progressed(this.#sentBytes);
  }

  #cancelled(reason: unknown): void {
    if (this.#state === "ending") this.#closeIfThrough();
    else this.#role.abandoned(reason);
  }

  #newOutgoing(sink: ChunkSink): OutgoingChunks {
    const { maxBufferedBytes } = this.#settings;
    return new OutgoingChunks(this.#writer, maxBufferedBytes, sink, {
      pulled: () => this.tickets.grants?.taken(),
      handedOver: (bytes) => this.#handedOver(bytes),
      overflowed: (waiting) => this.fail(notTaken(waiting, maxBufferedBytes)),
      finished: () => this.#closeIfThrough(),
      cancelled: (reason) => this.#cancelled(reason),
    });
  }

  #newTickets(owner: ExchangeOwner): ExchangeTickets {
    const host: TicketsHost = {
      highWaterBytes: this.#settings.highWaterBytes,
      endingsPerTurn: this.#settings.turn.endings,
      waitingBytes: () => this.#outgoing.queuedBytes,
      isWritable: () => this.#writable,
      written: () => this.#written(),
      context: () => this.#role.context(),
      opening: this.#role.opening.bind(this.#role),
      unawaited: (isAbort) => this.#role.unawaited(isAbort),
      released: () => this.#pauseOrResume(),
      idle: () => this.#role.idle(),
    };
    return new ExchangeTickets(host, owner, this.#writer);
  }

  #newIncoming({ turns, report }: ExchangeOwner): IncomingChunks {
    return new IncomingChunks(this.#settings, turns, this.tickets, {
      arrived: () => this.#arrived(),
      reading: (bytes) => this.tickets.delivery.received(bytes),
      joined: (bytes) => this.tickets.delivery.joined(bytes),
      read: () => this.#read(),
      resumed: () => this.#liveness.received(),
      ended: (error) => this.#incomingEnded(error),
      greeted: (hello) => this.#role.greeted(hello),
      answer: (item) => this.write(item),
      ponged: () => this.#role.ponged(),
      taken: (bytes) => this.#taken(bytes),
      goaway: (item) => this.#role.goaway(item),
      peerEnded: () => this.#peerEnded(),
      failed: (failure) => this.fail(failure),
      report,
    });
  }

  #newLiveness(): Liveness {
    return new Liveness(this.#settings, {
      isBeating: () => this.#state === "open" || this.#state === "draining",
      isListening: () => !this.incoming.paused,
      ping: (value) => this.write({ kind: "ping", value }),
      lost: (silentMs) => this.fail(wireDown(`Lost the connection: the peer was silent for ${silentMs} ms`)),
    });
  }
}
