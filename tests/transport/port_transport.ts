import type { Transport, TransportTraits } from "../../src/links/mod.ts";

/** What crosses a port: a chunk, that one has been received, the end of a direction, or why the other side has given up. */
type PortMessage =
  | { readonly chunk: Uint8Array }
  | { readonly isReceived: true }
  | { readonly isEnd: true }
  | { readonly failure: string };

/** What waits for a chunk. */
interface PendingReceive {
  resolve(chunk: Uint8Array | undefined): void;
  reject(reason: Error): void;
}

/** A transport over a `MessagePort`, such as a page and its worker share: a carrier that nothing in the library knows. */
export class PortTransport implements Transport {
  readonly traits: TransportTraits = { requestIsWhole: false, peerGrants: true, canPauseReceive: true };
  readonly lost: Promise<Error>;
  readonly #port: MessagePort;
  readonly #waiting: (Uint8Array | undefined)[] = [];
  #pendingReceive: PendingReceive | undefined;
  #pendingSend: (() => void) | undefined;
  #failure: Error | undefined;
  #isClosed = false;
  #lose: (reason: Error) => void = () => {};

  constructor(port: MessagePort) {
    this.#port = port;
    this.lost = new Promise((resolve) => this.#lose = resolve);
    port.onmessage = ({ data }: MessageEvent<PortMessage>) => this.#take(data);
  }

  /** A chunk counts as taken when the other side has received it, so that no more than one waits. */
  send(chunk: Uint8Array): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    this.#post({ chunk });
    return new Promise((resolve) => this.#pendingSend = resolve);
  }

  receive(): Promise<Uint8Array | undefined> {
    return new Promise((resolve, reject) => {
      this.#pendingReceive = { resolve, reject };
      this.#deliver();
    });
  }

  closeSend(): void {
    this.#post({ isEnd: true });
  }

  close(reason?: Error): void {
    if (this.#isClosed) return;
    this.#post(reason === undefined ? { isEnd: true } : { failure: reason.message });
    this.#isClosed = true;
    // The port delivers what has been posted before.
    this.#port.close();
    this.#waiting.push(undefined);
    this.#deliver();
    this.#pendingSend?.();
  }

  #take(message: PortMessage): void {
    if ("isReceived" in message) return this.#pendingSend?.();
    if ("failure" in message) {
      this.#failure = new Error(`the other side of the port says: ${message.failure}`);
      this.#lose(this.#failure);
    } else this.#waiting.push("chunk" in message ? message.chunk : undefined);
    this.#deliver();
  }

  #deliver(): void {
    const pending = this.#pendingReceive;
    if (pending === undefined) return;
    if (this.#waiting.length === 0 && this.#failure === undefined) return;
    this.#pendingReceive = undefined;
    if (this.#waiting.length === 0 && this.#failure !== undefined) return pending.reject(this.#failure);
    const chunk = this.#waiting.shift();
    if (chunk !== undefined) this.#post({ isReceived: true });
    pending.resolve(chunk);
  }

  #post(message: PortMessage): void {
    if (!this.#isClosed) this.#port.postMessage(message);
  }
}
