import { Code } from "../links/code.ts";
import type { Transport } from "../links/transport.ts";
import type { ControlItem, Hello } from "../wire/control_item.ts";
import { FrameWriter } from "../wire/frame_writer.ts";
import { DeadlineTimer } from "./deadline_timer.ts";
import { textOf } from "../links/thrown.ts";
import { type ExchangeFailure, violation, wireDown } from "./exchange_failure.ts";
import { TransportError, transportFailure } from "./transport_failure.ts";
import { disordered, noProgress, notRead } from "./limit_failure.ts";
import type { ExchangeCallbacks, ExchangeLink, ExchangeParts, PeerGrants } from "./types.ts";
import { type ExchangeSettings, mostUnreadBytes } from "./exchange_settings.ts";
import { ExchangeTickets } from "./exchange_tickets.ts";
import { IncomingChunks } from "./incoming_chunks.ts";
import { EARLY_BYTES, EARLY_FRAME_BYTES, MAX_DISCARDED_BYTES, MAX_FRAME_BYTES } from "../limits.ts";
import {
  CLOSE_TIMEOUT_HEARTBEATS,
  CloseTimeout,
  FORCED_CLOSE_TIMEOUT_MS,
  KeepAlive,
  REQUEST_END_TIMEOUT_MS,
} from "./keep_alive.ts";
import { MessageProgress } from "./message_progress.ts";
import { OutgoingChunks } from "./outgoing_chunks.ts";

/** What a peer has said that it takes. */
export type PeerLimits = Pick<Hello, "maxFrameBytes" | "windowBytes" | "maxOperations">;

/** How far both directions have come. */
export interface ExchangeProgress {
  /** Bytes that have come of a message that is not complete. */
  readonly messageBytes: number;
  /** Which message that is. */
  readonly messageNumber: number;
  /** Bytes that have left. */
  readonly sentBytes: number;
  /** Bytes that wait to leave. */
  readonly waitingBytes: number;
}

/** What is held is reported when it has changed by so much, and with each chunk that comes or goes. */
const REPORTED_BYTES = 4_096;

const NOT_SENT = "Cannot go on with the exchange: the peer says that it has taken more than it has been sent";

type ExchangeState = "connecting" | "open" | "draining" | "ending" | "closed";

/**
 * One exchange whose two directions are open streams: its life from hello to end, the same on both sides. What the sides
 * do differently is in {@linkcode ExchangeCallbacks}. Its chunks go and come by a {@linkcode Transport}, which it closes.
 *
 * Here and in the other files of this folder, the *peer* is the other side of the wire, and the *local end* is what the
 * link is joined to.
 *
 * ```text
 *            open()         drain()           end()        both directions are done,
 * connecting ──────▶ open ─────────▶ draining ──────▶ ending ─ or nothing moves for timeoutMs ─▶ closed
 *     │               │                  │              │
 *     └───────────────┴──────────────────┴──────────────┴───────── fail() ────────────────────▶ closed
 * ```
 *
 * A failure that the peer is told of goes through *ending* as well.
 *
 * - *connecting*: the peer's hello has not come. Tickets may be written already.
 * - *draining*: as open, but no new operations begin.
 * - *ending*: our end frame is written and nothing follows it. What the peer sends is read to its end.
 *
 * `end()` may come in any state before *ending*.
 */
export class Exchange {
  /** The tickets of the exchange. */
  readonly tickets: ExchangeTickets;
  /** What the peer sends. */
  readonly incoming: IncomingChunks;
  /** Runs what is due at some time. Whoever brings a deadline forward calls `arm()`. */
  readonly timer: DeadlineTimer;
  readonly #settings: ExchangeSettings;
  readonly #callbacks: ExchangeCallbacks;
  readonly #transport: Transport;
  readonly #writer: FrameWriter;
  readonly #outgoing: OutgoingChunks;
  readonly #keepAlive: KeepAlive;
  readonly #closeTimeout: CloseTimeout;
  readonly #messageProgress: MessageProgress;
  #state: ExchangeState = "connecting";
  #sentBytes = 0;
  /** Bytes that tickets of the peer kept alive when that was last reported. */
  #heldBytes = 0;
  /** Bytes that had been received when the exchange failed. */
  #bytesAtFailure = Infinity;

  constructor(
    callbacks: ExchangeCallbacks,
    settings: ExchangeSettings,
    { link, transport, tasks, isCollected }: ExchangeParts,
  ) {
    this.#callbacks = callbacks;
    this.#settings = settings;
    this.#transport = transport;
    this.#writer = new FrameWriter(isCollected ? settings.wire : { ...settings.wire, bulk: settings.bulk });
    this.#outgoing = this.#newOutgoing();
    this.tickets = this.#newTickets(link);
    this.incoming = this.#newIncoming(link);
    this.#keepAlive = this.#newKeepAlive();
    this.#closeTimeout = new CloseTimeout(settings.clock, this.#keepAlive, () => this.#close());
    this.#messageProgress = new MessageProgress(settings.clock, this.incoming, (what) => this.fail(noProgress(what)));
    this.timer = new DeadlineTimer(settings.clock, [
      this.#keepAlive,
      this.#closeTimeout,
      this.#messageProgress,
      ...tasks,
    ]);
    void transport.lost?.then((reason) => this.#outgoing.cancel(reason));
    this.incoming.receiveFrom(transport);
  }

  /** Which state the exchange is in. */
  get state(): ExchangeState {
    return this.#state;
  }

  /** The peer's hello is accepted. */
  open(hello: Hello): void {
    this.tickets.isEarly = false;
    this.#writer.maxFrameBytes = hello.maxFrameBytes ?? MAX_FRAME_BYTES;
    this.tickets.window.assume(hello);
    if (this.#state !== "connecting") return;
    this.#state = "open";
    this.timer.arm();
    this.tickets.sendWaiting();
  }

  /** Before the peer's hello only as much is sent as it says here; little, if that is nothing (P6.5). */
  expect(limits: PeerLimits | undefined): void {
    this.tickets.isEarly = limits === undefined;
    const known = limits?.maxFrameBytes ?? MAX_FRAME_BYTES;
    this.#writer.maxFrameBytes = limits === undefined ? EARLY_FRAME_BYTES : known;
    if (limits !== undefined) this.tickets.window.assume(limits);
  }

  /** What is delivered counts until the application has consumed it, and the peer is told (P9.20, P9.11). */
  giveCredit(maxOperations: number): void {
    this.tickets.countDelivered(this.#settings.windowBytes, maxOperations);
  }

  /** The peer can send nothing more: from now on only this side pings, and grants come from here (S46). */
  grantForPeer(grants: PeerGrants): void {
    this.#keepAlive.setIntervals({ sendMs: this.#settings.heartbeatMs, receiveMs: Infinity });
    this.tickets.grants = grants;
  }

  /** The peer acknowledges large messages at once (P9.15), so the bytes of them that are on their way are limited. */
  limitLargeMessages(): void {
    const { clock, bulk } = this.#settings;
    this.#outgoing.limitLargeMessages(clock, bulk.fragmentBytes);
  }

  /** Sends no ticket in fragments: there is one operation (P3.14). */
  sendWhole(): void {
    this.#writer.mayFragment = false;
  }

  /** Sends a control item. */
  write(item: ControlItem): void {
    if (!this.#writable) return;
    this.#writer.writeControl(item);
    this.#written();
  }

  /** Begins no new operations. */
  drain(): void {
    if (this.#state === "connecting" || this.#state === "open") this.#state = "draining";
  }

  /**
   * Sends the end frame, and closes when the peer's has come or nothing has moved for that long. A later call can only
   * shorten the wait.
   */
  end(timeoutMs: number = CLOSE_TIMEOUT_HEARTBEATS * this.#settings.heartbeatMs): void {
    if (this.#state === "ending") this.#closeTimeout.limit(timeoutMs);
    if (this.#writable) this.#sendEnd(timeoutMs);
    this.timer.arm();
    this.#closeIfDone();
  }

  /** Fails the exchange: the local end is told once that each of its operations has ended (S45). */
  fail(failure: ExchangeFailure): void {
    if (!failure.tellsPeer || !this.#writable || this.#state === "connecting") return this.#close(failure);
    this.#bytesAtFailure = this.incoming.receivedBytes;
    this.incoming.ignoreRest();
    this.#sendEnd(FORCED_CLOSE_TIMEOUT_MS, failure);
    this.timer.arm();
    this.#closeIfDone();
  }

  /** Bytes that have left. */
  get sentBytes(): number {
    return this.#sentBytes;
  }

  /** How far it has come. */
  get progress(): ExchangeProgress {
    return {
      messageBytes: this.incoming.messageBytes,
      messageNumber: this.incoming.messageNumber,
      sentBytes: this.#sentBytes,
      waitingBytes: this.#outgoing.waitingBytes + this.tickets.waitingBytes,
    };
  }

  /** Sends no messages until {@linkcode goOn}. */
  pauseSending(): void {
    this.tickets.isPaused = true;
  }

  /**
   * Reads nothing until {@linkcode goOn}: where reading is only held, what comes is taken and counted. Once a response has
   * begun, Deno from 2.8.3 on buffers all of a request that is not read, without a limit, and moves the buffer at each read:
   * 400 MB in five seconds, and 40 ms a read.
   */
  pauseReading(how: "pause" | "hold"): void {
    this.incoming[how]("budget");
  }

  /** Goes on after {@linkcode pauseSending} and {@linkcode pauseReading}. */
  goOn(): void {
    this.tickets.isPaused = false;
    this.incoming.resumeScheduled("budget");
    this.tickets.creditScheduler.drained();
    this.tickets.sendWaiting();
  }

  get #writable(): boolean {
    return this.#state !== "ending" && this.#state !== "closed";
  }

  /** Bytes that have been written so far. */
  get #earlyBytes(): number {
    return this.#sentBytes + this.#outgoing.waitingBytes;
  }

  #sendEnd(timeoutMs: number, failure?: ExchangeFailure): void {
    this.write({ kind: "end", code: failure?.code, message: failure?.message });
    this.#state = "ending";
    this.#callbacks.ending();
    this.#closeTimeout.limit(timeoutMs);
    if (failure !== undefined) this.tickets.abandon(0, failure);
    // What the peer acknowledges is not read any more.
    if (failure !== undefined) this.#outgoing.unlimitLargeMessages();
    // This may be the last that was missing, and then the exchange closes.
    this.#outgoing.close();
  }

  #close(failure?: ExchangeFailure): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.timer.stop();
    const hasFailed = failure !== undefined || this.#bytesAtFailure !== Infinity;
    const isThrough = !hasFailed && this.#outgoing.ended && this.incoming.peerHasEnded;
    this.incoming.stop();
    this.tickets.creditScheduler.stop();
    this.#outgoing.stop();
    this.#callbacks.reportBuffered(0);
    this.#callbacks.closed(failure);
    this.#transport.close(isThrough ? undefined : new Error(textOf(failure?.message ?? "The exchange is over")));
    this.tickets.abandon(0, failure ?? wireDown("The exchange is over"));
  }

  #closeIfDone(): void {
    if (this.#state !== "ending" || !this.#outgoing.done) return;
    if (this.incoming.done) return this.#close();
    if (this.#callbacks.side !== "service" || !this.incoming.peerHasEnded) return;
    if (!this.#callbacks.readsRequest) return this.#close();
    // A request that is cancelled before its end costs its connection, so the end of the body gets time to follow the
    // end item. A server that has answered in full may never see it, though.
    this.#closeTimeout.limit(REQUEST_END_TIMEOUT_MS);
    this.timer.arm();
  }

  #arrived(): void {
    const { incoming } = this;
    if (incoming.receivedBytes - this.#bytesAtFailure > MAX_DISCARDED_BYTES) return this.#close();
    this.#keepAlive.received();
    if (!incoming.paused) return;
    this.#reportBuffered();
    const { holding, waitingBytes } = incoming;
    const maxBytes = mostUnreadBytes(this.#settings);
    if (holding && waitingBytes > maxBytes) this.fail(notRead(waitingBytes, maxBytes));
  }

  /** As much of a chunk has been read as possible. */
  #read(): void {
    const { delivery: { disorderedBytes } } = this.tickets;
    const { maxDisorderedBytes } = this.#settings;
    this.#pauseOrResume();
    if (this.#messageProgress.received()) this.timer.arm();
    if (disorderedBytes > maxDisorderedBytes) this.fail(disordered(disorderedBytes, maxDisorderedBytes));
    this.#callbacks.progressed(this.incoming.receivedBytes);
  }

  #written(): void {
    this.#outgoing.written();
    // Otherwise it leaves soon, and what is left is reported then.
    if (!this.#outgoing.hasRoom) this.#reportBuffered();
  }

  /** Operations have let go of what is held for them, or there was nothing. */
  #released(): void {
    // It is looked at after what has come, which may be many tickets.
    if (this.incoming.isReading) return;
    const { deliveredBytes, delivery: { heldBytes, disorderedBytes } } = this.tickets;
    const bytes = deliveredBytes + heldBytes + disorderedBytes;
    const isWorthIt = bytes === 0 || Math.abs(bytes - this.#heldBytes) >= REPORTED_BYTES;
    if (isWorthIt && bytes !== this.#heldBytes || this.incoming.paused) this.#pauseOrResume();
  }

  /** Reports what is held here, which is bounded for all exchanges together. */
  #reportBuffered(): void {
    if (this.#state === "closed") return;
    const { deliveredBytes, delivery: { heldBytes, disorderedBytes } } = this.tickets;
    this.#heldBytes = deliveredBytes + heldBytes + disorderedBytes;
    this.#callbacks.reportBuffered(this.#outgoing.waitingBytes + this.incoming.waitingBytes + this.#heldBytes);
  }

  /** Bounds what waits for grants of the local end (S46). */
  #pauseOrResume(): void {
    if (this.tickets.delivery.heldBytes > this.#settings.maxBufferedBytes) this.incoming.pause("grants");
    else if (this.incoming.paused) this.incoming.resume("grants");
    this.#reportBuffered();
  }

  #incomingEnded(): void {
    this.#outgoing.unlimitLargeMessages();
    if (this.#state === "ending") return this.#closeIfDone();
    if (this.incoming.peerHasEnded) return;
    const failure = wireDown("Lost the connection: the body ended without an end frame");
    // A request may have been cut short on its way to us while the response can still be sent.
    this.fail({ ...failure, tellsPeer: this.#callbacks.side === "service" });
  }

  #lost(error: unknown): void {
    this.#outgoing.unlimitLargeMessages();
    if (this.#state === "ending") return this.#closeIfDone();
    if (!this.incoming.peerHasEnded) return this.fail(transportFailure(error));
    // It has sent everything, but is gone. On Deno nothing else tells this of a request that has not ended.
    if (this.#callbacks.side === "service") this.#callbacks.abandoned(error);
  }

  #acked(bytes: number): void {
    if (!this.#outgoing.acked(bytes)) this.fail(violation(Code.INTERNAL, NOT_SENT));
  }

  #peerEnded(): void {
    this.#outgoing.unlimitLargeMessages();
    this.#callbacks.peerEnded();
  }

  #handedOver(bytes: number): void {
    this.#sentBytes += bytes;
    this.#keepAlive.sent();
    this.#reportBuffered();
    if (this.#outgoing.waitingBytes === 0) this.tickets.grants?.handedOver();
    this.tickets.creditScheduler.drained();
    this.tickets.sendWaiting();
    this.#callbacks.progressed(this.#sentBytes);
  }

  #finished(): void {
    // A response that ends before its request costs the connection: workerd resets it under the client's next request. So
    // while the end of the request is on its way, the response ends when the exchange closes.
    const { done, peerHasEnded } = this.incoming;
    if (!this.#callbacks.readsRequest || !peerHasEnded || done) this.#transport.closeSend();
    this.#closeIfDone();
  }

  #cancelled(reason: unknown): void {
    if (this.#state === "ending") this.#closeIfDone();
    else if (reason instanceof TransportError) this.fail(reason.failure);
    else this.#callbacks.abandoned(reason);
  }

  #newOutgoing(): OutgoingChunks {
    return new OutgoingChunks(this.#writer, this.#transport, {
      pulled: () => this.tickets.grants?.taken(),
      handedOver: (bytes) => this.#handedOver(bytes),
      finished: () => this.#finished(),
      cancelled: (reason) => this.#cancelled(reason),
    });
  }

  #newTickets(link: ExchangeLink): ExchangeTickets {
    return new ExchangeTickets({
      callbacks: this.#callbacks,
      link,
      settings: this.#settings,
      writer: this.#writer,
      isWritable: () => this.#writable,
      hasEarlyRoom: () => this.#earlyBytes <= EARLY_BYTES - EARLY_FRAME_BYTES,
      write: (item) => this.write(item),
      fail: (failure) => this.fail(failure),
      written: () => this.#written(),
      waits: () => this.#reportBuffered(),
      released: () => this.#released(),
    });
  }

  #newIncoming({ scheduler, report }: ExchangeLink): IncomingChunks {
    return new IncomingChunks(this.#settings, scheduler, this.tickets, {
      arrived: () => this.#arrived(),
      reading: (bytes) => this.tickets.delivery.received(bytes),
      joined: (bytes) => this.tickets.delivery.joined(bytes),
      read: () => this.#read(),
      resumed: () => this.#keepAlive.received(),
      ended: () => this.#incomingEnded(),
      lost: (error) => this.#lost(error),
      greeted: (hello) => this.#callbacks.greeted(hello),
      answer: (item) => this.write(item),
      ponged: () => this.#callbacks.ponged(),
      acked: (bytes) => this.#acked(bytes),
      credited: (item) => this.tickets.credited(item),
      goaway: (item) => this.#callbacks.goaway(item),
      peerEnded: () => this.#peerEnded(),
      failed: (failure) => this.fail(failure),
      report,
    });
  }

  #newKeepAlive(): KeepAlive {
    const { clock, heartbeatMs } = this.#settings;
    return new KeepAlive(clock, { sendMs: heartbeatMs, receiveMs: heartbeatMs }, {
      isOpen: () => this.#state === "open" || this.#state === "draining",
      isReading: () => !this.incoming.paused,
      ping: (value) => this.write({ kind: "ping", value }),
      lost: (silentMs) => this.fail(wireDown(`Lost the connection: the peer was silent for ${silentMs} ms`)),
    });
  }
}
