/** Where a connection leads: to a port, or to an answer that is always the same. */
export type Target = number | string;

/** What a balancer does. */
export interface BalancerScript {
  /** Where connections lead; the last one goes on. */
  readonly targets: readonly Target[];
  /** Whether a request is passed on only when it is complete, as proxies do that buffer. */
  readonly buffers?: boolean;
  /**
   * The connection that brings the first payment is closed without an answer when this resolves. Nothing passes any more
   * on those that are open then.
   */
  readonly cutAfter?: Promise<void>;
  /** Where connections lead after the cut. */
  readonly targetsAfterCut?: readonly Target[];
  /** Whether the first payment is passed on a second time, on a connection of its own: when it comes, or when it is answered. */
  readonly repeats?: "at once" | "later";
}

/** What every payment has in it in plain text: the name of its method. */
const PAYMENT = "pay";

interface Pair {
  readonly client: Deno.TcpConn;
  readonly server: Deno.TcpConn | undefined;
  isCut: boolean;
}

/** A balancer of TCP connections that does to the first payment what a network may do to it. */
export class Balancer implements AsyncDisposable {
  readonly url: string;
  /** How many requests with a payment have come. */
  payments = 0;
  /** What has been answered to a payment that was passed on a second time. */
  readonly secondAnswer: Promise<string>;
  readonly #script: BalancerScript;
  #targets: Target[];
  #isCutting = false;
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #pairs: Set<Pair> = new Set();
  readonly #running: Promise<void>;
  readonly #answered: (answer: string) => void;

  constructor(script: BalancerScript) {
    this.#script = script;
    this.#targets = [...script.targets];
    const { promise, resolve } = Promise.withResolvers<string>();
    this.secondAnswer = promise;
    this.#answered = resolve;
    this.url = `http://127.0.0.1:${this.#listener.addr.port}/rpc`;
    this.#running = this.#accept();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const { client, server } of this.#pairs) close(client, server);
    await this.#running;
  }

  async #accept(): Promise<void> {
    const connections: Promise<void>[] = [];
    for await (const client of this.#listener) connections.push(this.#serve(client));
    await Promise.all(connections);
  }

  async #serve(client: Deno.TcpConn): Promise<void> {
    const target = this.#targets.length > 1 ? this.#targets.shift()! : this.#targets[0]!;
    const server = typeof target === "number" ? await connect(target) : undefined;
    const pair: Pair = { client, server, isCut: false };
    this.#pairs.add(pair);
    await Promise.all([this.#up(pair, target), server === undefined ? undefined : this.#down(pair, server)]);
    close(client, server);
    this.#pairs.delete(pair);
  }

  async #down(pair: Pair, server: Deno.TcpConn): Promise<void> {
    for await (const chunk of chunksOf(server)) {
      if (pair.isCut) continue;
      if (!await write(pair.client, chunk)) return;
    }
    if (!pair.isCut) close(pair.client);
  }

  async #up(pair: Pair, target: Target): Promise<void> {
    let said = "";
    let buffers = this.#script.buffers;
    for await (const chunk of chunksOf(pair.client)) {
      // What is cut off closes as soon as it is used again.
      if (pair.isCut) break;
      said += latin1(chunk);
      const isPayment = said.includes(PAYMENT);
      const isNeeded = buffers || typeof target === "string" && !isPayment;
      if (isNeeded && !isWhole(said)) continue;
      if (isPayment) this.payments += 1;
      const request = bytesOf(said);
      said = "";
      if (isSocket(request)) buffers = false;
      if (typeof target === "string") {
        await write(pair.client, bytesOf(target));
        break;
      }
      await this.#pass(pair, request, isPayment, target);
    }
    close(pair.client, pair.server);
  }

  async #pass(pair: Pair, request: Uint8Array, isPayment: boolean, port: number): Promise<void> {
    const { cutAfter, repeats } = this.#script;
    if (pair.server !== undefined) await write(pair.server, request);
    if (isPayment && this.payments === 1 && repeats !== undefined) void this.#repeat(request, port, repeats);
    // What a WebSocket sends is masked.
    if (cutAfter === undefined || this.#isCutting || !isPayment && !isSocket(request)) return;
    this.#isCutting = true;
    void cutAfter.then(() => this.#cut(pair));
  }

  #cut({ client, server }: Pair): void {
    for (const each of this.#pairs) each.isCut = true;
    this.#targets = [...this.#script.targetsAfterCut ?? this.#script.targets];
    close(client, server);
  }

  async #repeat(request: Uint8Array, port: number, when: "at once" | "later"): Promise<void> {
    if (when === "later") await new Promise((resolve) => setTimeout(resolve, 200));
    using server = await connect(port);
    await write(server, bytesOf(latin1(request).replace(/\r\n/, "\r\nConnection: close\r\n")));
    let answer = "";
    for await (const chunk of chunksOf(server)) answer += latin1(chunk);
    this.#answered(answer);
  }
}

function connect(port: number): Promise<Deno.TcpConn> {
  return Deno.connect({ hostname: "127.0.0.1", port });
}

async function* chunksOf(connection: Deno.TcpConn): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(65_536);
  try {
    for (let size = await connection.read(buffer); size !== null; size = await connection.read(buffer)) {
      yield buffer.slice(0, size);
    }
  } catch {
    // It is gone, which is all there is to know.
  }
}

async function write(connection: Deno.TcpConn, bytes: Uint8Array): Promise<boolean> {
  try {
    for (let sent = 0; sent < bytes.length;) sent += await connection.write(bytes.subarray(sent));
    return true;
  } catch {
    return false;
  }
}

function close(...connections: readonly (Deno.TcpConn | undefined)[]): void {
  for (const connection of connections) {
    try {
      connection?.close();
    } catch {
      // It is closed already.
    }
  }
}

/** Whether an HTTP/1.1 request has come to its end. */
function isWhole(said: string): boolean {
  const headEnd = said.indexOf("\r\n\r\n");
  if (headEnd < 0) return false;
  if (/^transfer-encoding: *chunked/im.test(said.slice(0, headEnd))) return said.endsWith("0\r\n\r\n");
  const length = Number(/^content-length: *(\d+)/im.exec(said.slice(0, headEnd))?.[1] ?? 0);
  return said.length >= headEnd + 4 + length;
}

function isSocket(request: Uint8Array): boolean {
  return /^upgrade: *websocket/im.test(latin1(request));
}

function latin1(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
