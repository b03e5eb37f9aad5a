/** A TCP connection's way through a relay, which can be cut. */
export class CutWire {
  readonly port: number;
  readonly #listener: Deno.TcpListener;
  readonly #targetPort: number;
  readonly #connections: Set<Deno.TcpConn> = new Set();
  readonly #pipes: Set<Promise<void>> = new Set();
  readonly #accepting: Promise<void>;

  constructor(targetPort: number) {
    this.#targetPort = targetPort;
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.port = this.#listener.addr.port;
    this.#accepting = this.#accept();
  }

  /** Cuts all connections that there are. New ones can be made. */
  cut(): void {
    for (const connection of this.#connections) this.#close(connection);
  }

  /** Cuts everything and takes no new connections. */
  async close(): Promise<void> {
    this.#listener.close();
    this.cut();
    await this.#accepting;
    await Promise.all(this.#pipes);
  }

  async #accept(): Promise<void> {
    try {
      for await (const near of this.#listener) {
        const far = await Deno.connect({ hostname: "127.0.0.1", port: this.#targetPort });
        for (const connection of [near, far]) this.#connections.add(connection);
        this.#pipe(near, far);
        this.#pipe(far, near);
      }
    } catch {
      // The listener is closed, or the target is.
    }
  }

  #close(connection: Deno.TcpConn): void {
    this.#connections.delete(connection);
    try {
      connection.close();
    } catch {
      // A pipe that has ended has closed it.
    }
  }

  #pipe(from: Deno.TcpConn, to: Deno.TcpConn): void {
    const pipe = from.readable.pipeTo(to.writable).catch(() => {
      // Cut, from here or by one of the peers: then the other side is cut as well.
      for (const connection of [from, to]) this.#close(connection);
    }).then(() => void this.#pipes.delete(pipe));
    this.#pipes.add(pipe);
  }
}
