/** A way to a port that passes bytes on as they are, and breaks or falls silent when it is told to. */
export class CutProxy implements Disposable {
  readonly #listener: Deno.TcpListener;
  readonly #target: Deno.ConnectOptions;
  readonly #connections = new Set<Deno.TcpConn>();
  #isFrozen = false;

  constructor(targetPort: number) {
    this.#target = { hostname: "127.0.0.1", port: targetPort };
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    void this.#accept();
  }

  /** Where it listens. */
  get port(): number {
    return this.#listener.addr.port;
  }

  /** Breaks all connections. New ones are passed on as before. */
  cut(): void {
    for (const connection of this.#connections) connection.close();
    this.#connections.clear();
  }

  /** Passes nothing on any more, and says so to nobody: the connections stay. */
  freeze(): void {
    this.#isFrozen = true;
  }

  [Symbol.dispose](): void {
    this.#listener.close();
    this.cut();
  }

  async #accept(): Promise<void> {
    for await (const near of this.#listener) void this.#join(near);
  }

  async #join(near: Deno.TcpConn): Promise<void> {
    this.#connections.add(near);
    const far = await Deno.connect(this.#target);
    this.#connections.add(far);
    for (const connection of [near, far]) connection.setNoDelay(true);
    void this.#pass(near, far);
    void this.#pass(far, near);
  }

  /** Passes on what comes until either side is gone: HTTP has no use for half of a connection. */
  async #pass(from: Deno.TcpConn, to: Deno.TcpConn): Promise<void> {
    const buffer = new Uint8Array(65_536);
    try {
      for (let count = await from.read(buffer); count !== null; count = await from.read(buffer)) {
        for (let start = 0; start < count && !this.#isFrozen;) start += await to.write(buffer.subarray(start, count));
      }
    } catch {
      // A connection that breaks is what this is for.
    }
    for (const connection of [from, to]) {
      if (this.#connections.delete(connection)) connection.close();
    }
  }
}
