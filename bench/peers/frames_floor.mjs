// @ts-check
/** @import { Peer, Service } from "./peer.ts" */
import { ChunkBody } from "./chunk_body.mjs";
import { FrameIn, FrameOut } from "./frames.mjs";
import { serveFetch } from "./http_server.mjs";
import { Inbox } from "./inbox.mjs";

/** The kind of a call is the rest of its number when divided by four. */
const [UNARY, SERVER_STREAM, CLIENT_STREAM, BIDI] = [0, 1, 2, 3];
/** The first frame of each direction, for runtimes that wait for one. */
const HELLO = 0;
const END = new Uint8Array();

/**
 * @param {ReadableStream<Uint8Array<ArrayBuffer>>} body
 * @param {FrameIn} frames
 */
async function pump(body, frames) {
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    frames.push(value);
  }
}

/**
 * One request of one client.
 *
 * @param {any} service The benchmark's, whose messages are bytes here.
 * @param {Request} request
 */
function serveExchange(service, request) {
  const body = new ChunkBody();
  const out = new FrameOut(body);
  /** @type {Map<number, number>} */
  const lengths = new Map();
  const frames = new FrameIn((operation, payload) => {
    const kind = operation % 4;
    if (operation === HELLO) return;
    if (kind === UNARY) out.write(operation, service.echo(payload));
    else if (kind === SERVER_STREAM) {
      void stream(out, operation, service.produce(payload));
    } else if (kind === BIDI) out.write(operation, payload);
    else if (payload.length > 0) {
      lengths.set(operation, (lengths.get(operation) ?? 0) + payload.length);
    } else out.write(operation, service.sum(lengths.get(operation) ?? 0));
  });
  // What the client breaks off is over.
  pump(/** @type {any} */ (request.body), frames).catch(() => {}).finally(() => body.end());
  out.write(HELLO, END);
  return new Response(body.stream);
}

/**
 * @param {FrameOut} out
 * @param {number} operation
 * @param {Iterable<any> | AsyncIterable<any>} messages
 */
async function stream(out, operation, messages) {
  if (Symbol.iterator in messages) {
    for (const message of messages) {
      out.write(operation, message);
      if (out.isFull) await out.drained();
    }
  } else {
    for await (const message of messages) {
      out.write(operation, message);
      if (out.isFull) await out.drained();
    }
  }
  out.write(operation, END);
}

class Client {
  #body = new ChunkBody();
  #out = new FrameOut(this.#body);
  #lastCall = 0;
  /** @type {Map<number, (payload: Uint8Array) => void>} */
  #receivers = new Map();

  /** @param {number} port */
  async open(port) {
    this.#out.write(HELLO, END);
    const init = { method: "POST", body: this.#body.stream, duplex: "half" };
    const response = await fetch(
      `http://127.0.0.1:${port}/`,
      /** @type {any} */ (init),
    );
    const frames = new FrameIn((operation, payload) => this.#receivers.get(operation)?.(payload));
    // It ends with the process, in the midst of whatever comes.
    pump(/** @type {any} */ (response.body), frames).catch(() => {});
  }

  /** @param {any} message */
  unary(message) {
    return this.#answer(
      this.#nextCall(UNARY),
      (operation) => this.#out.write(operation, message),
    );
  }

  /** @param {any} request */
  serverStream(request) {
    return this.#answers(
      this.#nextCall(SERVER_STREAM),
      (operation) => this.#out.write(operation, request),
    );
  }

  /** @param {any} messages */
  clientStream(messages) {
    return this.#answer(
      this.#nextCall(CLIENT_STREAM),
      (operation) => void stream(this.#out, operation, messages),
    );
  }

  /** @param {any} messages */
  bidi(messages) {
    return this.#answers(
      this.#nextCall(BIDI),
      (operation) => void stream(this.#out, operation, messages),
    );
  }

  close() {
    this.#body.end();
  }

  /** @param {number} kind */
  #nextCall(kind) {
    this.#lastCall += 1;
    return this.#lastCall * 4 + kind;
  }

  /**
   * @param {number} operation
   * @param {(operation: number) => void} begin
   * @returns {Promise<Uint8Array>}
   */
  #answer(operation, begin) {
    return new Promise((resolve) => {
      this.#receivers.set(operation, (payload) => {
        this.#receivers.delete(operation);
        resolve(payload);
      });
      begin(operation);
    });
  }

  /**
   * @param {number} operation
   * @param {(operation: number) => void} begin
   */
  #answers(operation, begin) {
    /** @type {Inbox<Uint8Array>} */
    const inbox = new Inbox();
    this.#receivers.set(operation, (payload) => {
      if (payload.length > 0) return inbox.push(payload);
      this.#receivers.delete(operation);
      inbox.end();
    });
    begin(operation);
    return inbox;
  }
}

/**
 * The floor: the same messages in coalesced CBOR frames on one duplex exchange, and nothing else. No deadlines, no flow
 * control per stream, no cancellation, no errors.
 *
 * @type {Peer}
 */
export const peer = {
  encoding: "bytes",
  cannot: [],
  serve: (service) => serveFetch((request) => serveExchange(service, request)),
  async connect(port) {
    const client = new Client();
    await client.open(port);
    return client;
  },
};
