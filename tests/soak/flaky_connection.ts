import type { SeededRandom } from "../seeded_random.ts";
import type { Fate } from "./flaky_proxy.ts";

const BUFFER_BYTES = 65_536;
/** Milliseconds that a paused connection carries nothing: less than a heartbeat. */
const PAUSE_MS = 400;
/** Milliseconds that a silenced one carries nothing: more than two heartbeats. */
const SILENCE_MS = 5_000;

/** A connection through a proxy, which something may happen to. */
export class FlakyConnection {
  readonly #near: Deno.TcpConn;
  readonly #far: Deno.TcpConn;
  readonly #random: SeededRandom;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Settles when bytes may go on; there is none while they may. */
  #held: PromiseWithResolvers<void> | undefined;
  #cutsWithinChunk = false;
  #isCut = false;

  constructor(near: Deno.TcpConn, far: Deno.TcpConn, random: SeededRandom) {
    this.#near = near;
    this.#far = far;
    this.#random = random;
  }

  /** Carries bytes both ways until both sides have ended or it is cut. */
  async run(): Promise<void> {
    await Promise.all([this.#carry(this.#near, this.#far), this.#carry(this.#far, this.#near)]);
    this.cut();
  }

  /** Lets something happen to it. */
  suffer(fate: Fate): void {
    switch (fate) {
      case "cut":
        return this.cut();
      case "cut within a chunk":
        this.#cutsWithinChunk = true;
        return;
      case "half closed":
        void this.#random.pick([this.#near, this.#far]).closeWrite().catch(() => "it is closed already");
        return;
      case "paused":
        return this.#hold(PAUSE_MS, () => this.#release());
      case "silenced, then cut":
        return this.#hold(SILENCE_MS, () => this.cut());
    }
  }

  /** Closes both sides at once. */
  cut(): void {
    if (this.#isCut) return;
    this.#isCut = true;
    clearTimeout(this.#timer);
    this.#release();
    for (const side of [this.#near, this.#far]) side.close();
  }

  #hold(ms: number, then: () => void): void {
    this.#held = Promise.withResolvers();
    this.#timer = setTimeout(then, ms);
  }

  #release(): void {
    this.#held?.resolve();
    this.#held = undefined;
  }

  async #carry(from: Deno.TcpConn, to: Deno.TcpConn): Promise<void> {
    const buffer = new Uint8Array(BUFFER_BYTES);
    try {
      for (let read = await from.read(buffer); read !== null; read = await from.read(buffer)) {
        if (this.#held !== undefined) await this.#held.promise;
        const cutsHere = this.#cutsWithinChunk;
        await writeAll(to, buffer.subarray(0, cutsHere ? this.#random.integer(0, read - 1) : read));
        if (cutsHere) return this.cut();
      }
      await to.closeWrite();
    } catch {
      // One side has gone, or it was cut; then the other goes as well.
      this.cut();
    }
  }
}

async function writeAll(to: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.byteLength;) written += await to.write(bytes.subarray(written));
}
