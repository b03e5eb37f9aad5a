import { FrameReader } from "../../src/wire/mod.ts";
import { MEDIA_TYPE } from "../../src/wire/mod.ts";
import { encode } from "../http/frame_feed.ts";
import { clientHello } from "../http/scripted_client.ts";

/** How a peer begins. */
export interface RawPeerOptions {
  /** The kind of exchange that its hello asks for; none: it says no hello. */
  readonly exchange?: "duplex" | "single" | undefined;
  /** Whether it reads what comes. */
  readonly reads?: boolean;
}

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder("latin1");

/** A client that is nothing but a socket: it says what it likes, when it likes, over HTTP/1.1 by hand. */
export class RawPeer implements Disposable {
  static readonly #open = new Set<RawPeer>();
  /** What it has been told, in words: a line for each frame. */
  readonly told: string[] = [];
  /** The status and, for one that is not 200, what follows the headers. */
  answer = "";
  readonly #connection: Deno.Conn;
  /** Resolves when the server has closed the connection or ended its answer, or the peer has. */
  readonly over: Promise<void>;
  readonly #frames = new FrameReader({
    ticket: (operation, _sequence, fields) => {
      if (fields?.termination === undefined) return void (this.payloads += 1);
      const { termination, code, message } = fields;
      this.told.push(words(termination, code, message, operation));
    },
    badTicket: () => this.told.push("a malformed ticket"),
    control: (item) => {
      // It sends what it likes.
      if (item.kind === "credit") return;
      const { kind, code, message } = { code: undefined, message: undefined, ...item };
      this.told.push(words(kind, code, message));
    },
  });
  /** Tickets that did not terminate anything. */
  payloads = 0;
  #isClosed = false;

  private constructor(connection: Deno.Conn, reads: boolean) {
    this.#connection = connection;
    RawPeer.#open.add(this);
    this.over = reads ? this.#read() : Promise.resolve();
  }

  /** Connects and sends headers, and a hello if there is to be one. */
  static async open(port: number, options: RawPeerOptions = {}): Promise<RawPeer> {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port });
    const peer = new RawPeer(connection, options.reads ?? true);
    const head =
      `POST /rpc HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: ${MEDIA_TYPE}\r\ntransfer-encoding: chunked\r\n\r\n`;
    await peer.#write(ENCODER.encode(head));
    if (options.exchange !== undefined) await peer.send(encode(clientHello({ exchange: options.exchange })));
    return peer;
  }

  /** Lets all of them vanish that have not. A server waits for its connections, so that nothing ends after an error otherwise. */
  static closeAll(): void {
    for (const peer of RawPeer.#open) peer[Symbol.dispose]();
  }

  /** Sends bytes in a chunk; tells whether the connection still took them. */
  async send(bytes: Uint8Array): Promise<boolean> {
    const head = ENCODER.encode(`${bytes.length.toString(16)}\r\n`);
    const chunk = new Uint8Array(head.length + bytes.length + 2);
    chunk.set(head);
    chunk.set(bytes, head.length);
    chunk.set([13, 10], head.length + bytes.length);
    return await this.#write(chunk);
  }

  /** Ends the request's body. */
  async finish(): Promise<void> {
    await this.#write(ENCODER.encode("0\r\n\r\n"));
  }

  /** Vanishes. */
  [Symbol.dispose](): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    RawPeer.#open.delete(this);
    this.#connection.close();
  }

  async #write(bytes: Uint8Array): Promise<boolean> {
    try {
      for (let sent = 0; sent < bytes.length;) sent += await this.#connection.write(bytes.subarray(sent));
      return true;
    } catch {
      // The server has closed the connection, as it may.
      return false;
    }
  }

  async #read(): Promise<void> {
    const body = new ChunkedBody();
    const buffer = new Uint8Array(65_536);
    try {
      while (!body.ended) {
        const count = await this.#connection.read(buffer);
        if (count === null) return;
        const content = body.push(buffer.slice(0, count));
        this.answer = body.isOk ? "200" : body.head;
        if (body.isOk) this.#frames.push(content);
      }
    } catch {
      // Reset by the server, or closed by this side.
    }
  }
}

/** Takes the chunks of an answer apart. */
class ChunkedBody {
  head = "";
  ended = false;
  #rest = new Uint8Array();
  #inBody = false;

  get isOk(): boolean {
    return this.head.startsWith("HTTP/1.1 200");
  }

  /** Takes what has come, and returns what of it is content. */
  push(bytes: Uint8Array): Uint8Array {
    this.#rest = join(this.#rest, bytes);
    if (!this.#inBody && !this.#takeHead()) return new Uint8Array();
    if (!this.isOk) {
      this.head += DECODER.decode(this.#rest);
      this.#rest = new Uint8Array();
      return this.#rest;
    }
    let content = new Uint8Array();
    for (let chunk = this.#takeChunk(); chunk !== undefined; chunk = this.#takeChunk()) content = join(content, chunk);
    return content;
  }

  #takeHead(): boolean {
    const end = DECODER.decode(this.#rest).indexOf("\r\n\r\n");
    if (end < 0) return false;
    this.head = DECODER.decode(this.#rest.subarray(0, end + 4));
    this.#rest = this.#rest.slice(end + 4);
    this.#inBody = true;
    return true;
  }

  #takeChunk(): Uint8Array | undefined {
    const lineEnd = this.#rest.indexOf(10);
    if (lineEnd < 0 || this.ended) return undefined;
    const length = parseInt(DECODER.decode(this.#rest.subarray(0, lineEnd)), 16);
    const end = lineEnd + 1 + length;
    if (this.#rest.length < end + 2) return undefined;
    const chunk = this.#rest.slice(lineEnd + 1, end);
    this.#rest = this.#rest.slice(end + 2);
    if (length === 0) this.ended = true;
    return chunk;
  }
}

function join(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(a.length + b.length);
  joined.set(a);
  joined.set(b, a.length);
  return joined;
}

function words(what: string, code: unknown, message: unknown, operation?: number): string {
  const name = operation === undefined ? what : `${operation}: ${what}`;
  return [name, code, message].filter((part) => part !== undefined).join(", ");
}
