/** A balancer of TCP connections: each new one goes to the server that is current. */
export class Balancer implements AsyncDisposable {
  readonly port: number;
  /** Where new connections go. */
  target: number;
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #open: Set<Deno.TcpConn> = new Set();
  readonly #running: Promise<void>;

  constructor(target: number) {
    this.target = target;
    this.port = this.#listener.addr.port;
    this.#running = this.#accept();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const connection of this.#open) close(connection);
    await this.#running;
  }

  async #accept(): Promise<void> {
    const connections: Promise<void>[] = [];
    for await (const client of this.#listener) connections.push(this.#connect(client));
    await Promise.all(connections);
  }

  async #connect(client: Deno.TcpConn): Promise<void> {
    this.#open.add(client);
    try {
      const server = await Deno.connect({ hostname: "127.0.0.1", port: this.target });
      this.#open.add(server);
      await Promise.all([pass(client, server), pass(server, client)]);
      this.#open.delete(server);
    } catch {
      close(client); // nobody listens: what a client sees is a connection that closes
    }
    this.#open.delete(client);
  }
}

/** Passes on what comes until it ends, and then closes both. */
async function pass(from: Deno.TcpConn, to: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(65_536);
  try {
    for (let size = await from.read(buffer); size !== null; size = await from.read(buffer)) {
      for (let sent = 0; sent < size;) sent += await to.write(buffer.subarray(sent, size));
    }
  } catch {
    // One of them is gone, which is all there is to know.
  }
  close(from);
  close(to);
}

function close(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // The other direction has closed it.
  }
}
