/** A way to a server on which what clients send takes its time. */
export interface SlowLine extends AsyncDisposable {
  readonly port: number;
}

const PIECE_BYTES = 16_384;

/** Starts a line to a port of loopback that carries so many bytes in a second towards the server. */
export function slowLine(targetPort: number, bytesPerSecond: number): SlowLine {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open: Set<Deno.TcpConn> = new Set();
  const relay = async (client: Deno.TcpConn): Promise<void> => {
    const server = await Deno.connect({ hostname: "127.0.0.1", port: targetPort });
    open.add(client).add(server);
    await Promise.all([pass(client, server, bytesPerSecond), pass(server, client, Infinity)]);
    open.delete(client);
    open.delete(server);
  };
  const running = (async () => {
    const relays: Promise<void>[] = [];
    for await (const client of listener) relays.push(relay(client));
    await Promise.all(relays);
  })();
  return {
    port: listener.addr.port,
    async [Symbol.asyncDispose]() {
      listener.close();
      for (const connection of open) close(connection);
      await running;
    },
  };
}

/** Passes on what comes until it ends, and then closes both. */
async function pass(from: Deno.TcpConn, to: Deno.TcpConn, bytesPerSecond: number): Promise<void> {
  const buffer = new Uint8Array(PIECE_BYTES);
  let freeMs = performance.now();
  try {
    for (let size = await from.read(buffer); size !== null; size = await from.read(buffer)) {
      freeMs = Math.max(freeMs, performance.now()) + size / bytesPerSecond * 1000;
      // Timers are coarse: what is due within a millisecond or two goes at once.
      const waitMs = freeMs - performance.now();
      if (waitMs > 2) await new Promise((resolve) => setTimeout(resolve, waitMs));
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
