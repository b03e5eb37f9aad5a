import { assert, fail } from "@std/assert";

/** Kinds of frames (RFC 6455 §5.2). */
export const Opcode = { TEXT: 1, BINARY: 2, CLOSE: 8, PING: 9, PONG: 10 } as const;

/** One frame of a WebSocket. */
export interface RawFrame {
  readonly opcode: number;
  readonly bytes: Uint8Array;
}

const KEY = "dGhlIHNhbXBsZSBub25jZQ==";

/** A client's WebSocket by hand, which reads only when it is told to and answers nothing by itself. */
export class RawWebSocket implements Disposable {
  readonly #connection: Deno.Conn;
  #buffer = new Uint8Array();

  private constructor(connection: Deno.Conn) {
    this.#connection = connection;
  }

  /** Connects and shakes hands. */
  static async open(port: number, headers: Readonly<Record<string, string>> = {}): Promise<RawWebSocket> {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port });
    const all = {
      host: `127.0.0.1:${port}`,
      connection: "Upgrade",
      upgrade: "websocket",
      "sec-websocket-key": KEY,
      "sec-websocket-version": "13",
      ...headers,
    };
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`).join("");
    await connection.write(new TextEncoder().encode(`GET /tickets HTTP/1.1\r\n${lines}\r\n`));
    const socket = new RawWebSocket(connection);
    assert((await socket.#readHead()).startsWith("HTTP/1.1 101 "));
    return socket;
  }

  /** Sends one frame. The mask is 0, which changes nothing. */
  async send(opcode: number, bytes: Uint8Array): Promise<void> {
    const head = bytes.length < 126 ? [0x80 + bytes.length] : [0xfe, bytes.length >> 8, bytes.length & 0xff];
    const frame = Uint8Array.of(0x80 + opcode, ...head, 0, 0, 0, 0, ...bytes);
    for (let sent = 0; sent < frame.length;) sent += await this.#connection.write(frame.subarray(sent));
  }

  /** Reads the next frame; `undefined` if the connection ends. */
  async next(): Promise<RawFrame | undefined> {
    if (!await this.#fill(2)) return undefined;
    const [first = 0, short = 0] = this.#take(2);
    let length = short;
    if (short >= 126) {
      const size = short === 126 ? 2 : 8;
      if (!await this.#fill(size)) return undefined;
      length = this.#take(size).reduce((sum, byte) => sum * 256 + byte, 0);
    }
    if (!await this.#fill(length)) return undefined;
    return { opcode: first & 0xf, bytes: this.#take(length) };
  }

  /** Reads until the server closes; returns the code. */
  async closeCode(): Promise<number> {
    for (let frame = await this.next(); frame !== undefined; frame = await this.next()) {
      const { opcode, bytes: [high = 0, low = 0] } = frame;
      if (opcode === Opcode.CLOSE) return high * 256 + low;
    }
    return fail("The connection has ended without a close frame");
  }

  /** Vanishes. */
  [Symbol.dispose](): void {
    this.#connection.close();
  }

  async #readHead(): Promise<string> {
    for (;;) {
      const text = new TextDecoder().decode(this.#buffer);
      const end = text.indexOf("\r\n\r\n");
      if (end >= 0) {
        this.#take(end + 4);
        return text;
      }
      if (!await this.#fill(this.#buffer.length + 1)) return text;
    }
  }

  async #fill(length: number): Promise<boolean> {
    const chunk = new Uint8Array(65_536);
    while (this.#buffer.length < length) {
      const count = await this.#connection.read(chunk);
      if (count === null) return false;
      const joined = new Uint8Array(this.#buffer.length + count);
      joined.set(this.#buffer);
      joined.set(chunk.subarray(0, count), this.#buffer.length);
      this.#buffer = joined;
    }
    return true;
  }

  #take(length: number): Uint8Array {
    const taken = this.#buffer.slice(0, length);
    this.#buffer = this.#buffer.slice(length);
    return taken;
  }
}
