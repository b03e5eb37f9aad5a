import type { Code } from "./code.ts";

/** What a {@linkcode Transport} can do, for the exchange that it carries. */
export interface TransportTraits {
  /** Whether a request is complete before anything of the answer comes, so that it carries one operation. */
  readonly requestIsWhole: boolean;
  /** Whether the peer can still grant while it receives. If not, the transport's back-pressure grants in its place. */
  readonly peerGrants: boolean;
  /**
   * Whether a peer that sends is slowed down when {@linkcode Transport.receive} is not called. If not, chunks that nobody
   * has asked for wait in memory.
   */
  readonly canPauseReceive: boolean;
}

/**
 * What carries the bytes of one exchange: two directions of chunks between a client and a server.
 *
 * One exchange uses a transport. It calls `send` only when the promise of the last call has settled, and `receive` only
 * when that of the last call has. How bytes are cut into chunks means nothing, and a transport may cut them anew.
 *
 * @example One in memory
 * ```ts
 * import type { Transport } from "@ticketlink/ticketlink/links";
 * import { assertEquals } from "@std/assert";
 *
 * function side(outgoing: TransformStream<Uint8Array>, incoming: TransformStream<Uint8Array>): Transport {
 *   const writer = outgoing.writable.getWriter();
 *   const reader = incoming.readable.getReader();
 *   return {
 *     traits: { requestIsWhole: false, peerGrants: true, canPauseReceive: true },
 *     send: (chunk) => writer.write(chunk),
 *     receive: () => reader.read().then(({ value }) => value),
 *     closeSend: () => void writer.close().catch(() => "the peer has gone"),
 *     close(reason) {
 *       if (reason === undefined) return;
 *       writer.abort(reason).catch(() => "the peer has gone");
 *       reader.cancel(reason).catch(() => "the peer has gone");
 *     },
 *   };
 * }
 *
 * const up = new TransformStream<Uint8Array>();
 * const down = new TransformStream<Uint8Array>();
 * const client = side(up, down);
 * const server = side(down, up);
 * const sent = client.send(Uint8Array.of(1, 2));
 * assertEquals(await server.receive(), Uint8Array.of(1, 2));
 * await sent;
 * client.closeSend();
 * assertEquals(await server.receive(), undefined);
 * ```
 */
export interface Transport {
  /** What it can do. */
  readonly traits: TransportTraits;

  /**
   * Resolves with the reason when the peer is known to be lost, also while nothing is sent or received. A transport that
   * learns of this only by sending and receiving has no such promise.
   */
  readonly lost?: Promise<Error>;

  /**
   * Sends a chunk. The transport keeps no more than one that the layer below has not taken, so nothing piles up in it.
   *
   * @param chunk The bytes, at least one. They belong to the transport from now on.
   * @returns Nothing if the next chunk may be sent at once, else a promise that resolves when it may. It rejects if
   * nothing more can be sent.
   */
  send(chunk: Uint8Array): void | Promise<void>;

  /**
   * Receives the next chunk.
   *
   * @returns Resolves with the chunk, or with `undefined` when the peer sends nothing more. That proves nothing, since
   * runtimes show aborts as clean ends: a direction is complete if its last frame says so. It rejects if the peer is lost;
   * the error may be a {@linkcode TransportFailure}.
   */
  receive(): Promise<Uint8Array | undefined>;

  /** Ends the outgoing direction after the last chunk, which may still wait. Receiving goes on. */
  closeSend(): void;

  /**
   * Ends both directions. A second call changes nothing.
   *
   * @param reason Why, if the exchange has failed or is given up: chunks that wait may be dropped, and the peer must not
   * take this for the end of {@linkcode Transport.closeSend} where the carrier can tell the two apart. Without a reason
   * both sides are done.
   */
  close(reason?: Error): void;
}

/** What the error may state with which a {@linkcode Transport} fails. */
export interface TransportFailure extends Error {
  /** The code that operations end with; `Code.UNAVAILABLE` if absent. */
  readonly code?: Code;
  /**
   * Whether no operation has begun and none will, so that all may begin elsewhere. To be stated only if nothing of an
   * operation has been sent, or if the peer has stated it: no status and no lost connection proves it.
   */
  readonly neverStarted?: boolean;
}
