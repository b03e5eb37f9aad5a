import type { Clock } from "../../clock.ts";
import type { ByteSource } from "../../exchange/incoming_body.ts";
import { DISCARD_MS, MAX_DISCARDED_REQUEST_BYTES } from "../../limits.ts";
import { BareFrameReader } from "../../wire/bare_frame_reader.ts";
import { ExchangeKind } from "../../wire/exchange_kind.ts";
import { ItemReader } from "../../wire/item_reader.ts";
import { DEFAULT_WIRE_LIMITS } from "../../wire/wire_limits.ts";

/**
 * Reads a request that is refused, and drops it: a proxy that passes requests on as they come, as nginx does with
 * `proxy_request_buffering off`, may drop the client's connection in place of an answer that comes before the end of the
 * request. What is long, comes slowly, or stays open as a *duplex* request does, is not read to its end.
 *
 * @param ahead What has been read already.
 * @returns Resolves when the request may be answered. Never rejects.
 */
export async function discardRequest(body: ByteSource, clock: Clock, ahead: Uint8Array): Promise<void> {
  const giveUp = (): void => void body.cancel().catch(() => "it is over either way");
  const timer = clock.setTimer(giveUp, DISCARD_MS);
  const beginning = new Beginning();
  let bytes = ahead.length;
  try {
    beginning.push(ahead);
    while (!beginning.isDuplex && bytes <= MAX_DISCARDED_REQUEST_BYTES) {
      const { done, value } = await body.read();
      if (done) return;
      bytes += value.length;
      beginning.push(value);
    }
    giveUp();
  } catch {
    // The client has left.
  } finally {
    clock.clearTimer(timer);
  }
}

/** Looks for the hello of a request. */
class Beginning {
  #isDuplex = false;
  readonly #reader = new BareFrameReader({
    ticket: () => this.#reader.stop(),
    badTicket: () => this.#reader.stop(),
    control: (item) => {
      this.#isDuplex = item.kind === "hello" && item.exchange === ExchangeKind.DUPLEX;
      this.#reader.stop();
    },
  }, new ItemReader(DEFAULT_WIRE_LIMITS));

  /** Whether the request stays open. */
  get isDuplex(): boolean {
    return this.#isDuplex;
  }

  push(chunk: Uint8Array): void {
    try {
      this.#reader.push(chunk);
    } catch {
      // What is no frame is refused anyway.
      this.#reader.stop();
    }
  }
}
