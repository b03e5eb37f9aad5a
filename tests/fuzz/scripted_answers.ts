import type { WebSocketEvent, WebSocketLike } from "../../src/transport/socket/web_socket.ts";
import { FrameReader, MEDIA_TYPE } from "../../src/wire/mod.ts";

/** What a server answers with, in place of one that serves. */
export interface ScriptedAnswer {
  readonly chunks: readonly Uint8Array[];
  /** What comes after the last chunk: the end, a failure, or nothing at all. */
  readonly then: "end" | "failure" | "silence";
  /** Whether it is an exchange, by its status and its media type. */
  readonly isExchange: boolean;
  /** Whether the server reads the request. */
  readonly reads: boolean;
  /** The status of the answer to each part of a request, where it comes in parts. */
  readonly partStatus: number;
}

/** A server that gives the same answer to everyone, whatever is asked. */
export class ScriptedAnswers {
  /** What is being read, written or spoken over, by its name. */
  readonly open: Set<string> = new Set();
  answer: ScriptedAnswer = { chunks: [], then: "end", isExchange: true, reads: true, partStatus: 204 };
  readonly #isPair: boolean;
  #count = 0;

  /** @param isPair Whether clients ask for pairs alone. */
  constructor(isPair: boolean) {
    this.#isPair = isPair;
  }

  /** To be called as `fetch`. */
  readonly fetch = (_url: string, { body, signal }: RequestInit): Response => {
    const number = ++this.#count;
    const { isExchange, reads, partStatus } = this.answer;
    if (body instanceof Uint8Array && partNumber(body) > 0) return new Response(null, { status: partStatus });
    // The first part of a pair is sent so that nothing can repeat it, and nothing else of a pair is a stream.
    if (this.#isPair && body instanceof ReadableStream) return new Response(null, { status: partStatus });
    if (reads && body instanceof ReadableStream) void this.#drain(`request ${number}`, body);
    const init = isExchange ? { headers: { "content-type": MEDIA_TYPE } } : { status: 503 };
    return new Response(this.#body(`response ${number}`, signal), init);
  };

  /** Opens a WebSocket. */
  readonly webSocket = (): WebSocketLike => new ScriptedSocket(this.answer, this.open, `WebSocket ${++this.#count}`);

  async #drain(name: string, body: ReadableStream<Uint8Array>): Promise<void> {
    this.open.add(name);
    // A request that breaks off fails here, as it is to.
    await body.pipeTo(new WritableStream()).catch(() => {});
    this.open.delete(name);
  }

  #body(name: string, signal: AbortSignal | null | undefined): ReadableStream<Uint8Array> {
    const { chunks, then } = this.answer;
    const left = [...chunks];
    const over = (): void => void this.open.delete(name);
    this.open.add(name);
    return new ReadableStream<Uint8Array>({
      start(controller) {
        // As `fetch` does it.
        signal?.addEventListener("abort", () => {
          over();
          controller.error(signal.reason);
        });
      },
      pull(controller) {
        const chunk = left.shift();
        if (chunk !== undefined) return controller.enqueue(chunk);
        if (then === "silence") return;
        over();
        if (then === "end") controller.close();
        else controller.error(new Error("The connection is gone"));
      },
      cancel: over,
    }, { highWaterMark: 0 });
  }
}

/** Which part of its direction a request of a client is; 0 for all others. */
function partNumber(body: Uint8Array): number {
  let number = 0;
  const reader = new FrameReader({
    ticket() {},
    badTicket() {},
    control: (item) => item.kind === "part" && (number = item.number),
  });
  reader.push(body);
  return number;
}

class ScriptedSocket implements WebSocketLike {
  binaryType = "blob";
  readonly bufferedAmount = 0;
  readonly #answer: ScriptedAnswer;
  readonly #open: Set<string>;
  readonly #name: string;
  readonly #listeners: [type: string, listener: (event: WebSocketEvent) => void][] = [];

  constructor(answer: ScriptedAnswer, open: Set<string>, name: string) {
    this.#answer = answer;
    this.#open = open;
    this.#name = name;
    open.add(name);
    void this.#speak();
  }

  addEventListener(type: string, listener: (event: WebSocketEvent) => void): void {
    this.#listeners.push([type, listener]);
  }

  send(): void {}

  close(): void {
    if (!this.#open.delete(this.#name)) return;
    queueMicrotask(() => this.#tell({ type: "close", code: 1000 }));
  }

  async #speak(): Promise<void> {
    const { chunks, then, isExchange } = this.#answer;
    await Promise.resolve();
    this.#tell({ type: "open" });
    if (!isExchange) return this.#end({ type: "close", code: 4503, reason: "Not now" });
    for (const chunk of chunks) {
      await Promise.resolve();
      if (this.#open.has(this.#name)) this.#tell({ type: "message", data: chunk.slice().buffer });
    }
    if (then === "failure") this.#tell({ type: "error", message: "The connection is gone" });
    if (then !== "silence") this.#end({ type: "close", code: then === "end" ? 1000 : 1006 });
  }

  #end(event: WebSocketEvent): void {
    if (this.#open.delete(this.#name)) this.#tell(event);
  }

  #tell(event: WebSocketEvent): void {
    for (const [type, listener] of this.#listeners) {
      if (type === event.type) listener(event);
    }
  }
}
