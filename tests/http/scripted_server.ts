import type { Hello } from "../../src/wire/mod.ts";
import { MEDIA_TYPE, refusalFrame } from "../../src/wire/mod.ts";
import { FrameFeed } from "./frame_feed.ts";
import { FrameLog } from "./frame_log.ts";
import { nextTurn } from "../../src/testing/_next_turn.ts";
import { fail } from "@std/assert";

/** The hello of a server. */
export function serverHello(hello: Partial<Hello> = {}): Hello {
  return { kind: "hello", versions: [1], ...hello };
}

/** One request that an invocation link has made. */
export class ScriptedExchange {
  readonly url: string;
  readonly headers: Headers;
  readonly signal: AbortSignal | undefined;
  /** The request's body as it is. */
  readonly body: BodyInit | null | undefined;
  /** What the server says. */
  readonly sends = new FrameFeed();
  readonly #respond: (response: Response) => void;
  readonly #refuse: (error: unknown) => void;
  #gets: FrameLog | undefined;

  constructor(
    url: string,
    init: RequestInit,
    respond: (response: Response) => void,
    refuse: (error: unknown) => void,
  ) {
    this.url = url;
    this.headers = new Headers(init.headers);
    this.signal = init.signal ?? undefined;
    this.body = init.body;
    this.#respond = respond;
    this.#refuse = refuse;
  }

  /** What the server is told. */
  get gets(): FrameLog {
    this.#gets ??= new FrameLog(this.#stream(), (item) => this.sends.send(item));
    return this.#gets;
  }

  /** Answers with an exchange, and says hello. */
  accept(hello: Partial<Hello> = {}, init: ResponseInit = {}): void {
    this.sends.send(serverHello(hello));
    this.respond(this.sends.stream, { headers: { "content-type": MEDIA_TYPE }, ...init });
  }

  /** Answers with anything. */
  respond(body: BodyInit | null, init: ResponseInit = {}): void {
    this.#respond(new Response(body, init));
  }

  /** Refuses as a service link does that states that nothing has begun. */
  refuse(status = 503, message = "Not here"): void {
    this.respond(refusalFrame(status, message), { status, headers: { "content-type": MEDIA_TYPE } });
  }

  /** Lets `fetch` reject. */
  reject(error: unknown): void {
    this.#refuse(error);
  }

  /** Ends the exchange in good order after the client has. */
  finish(): void {
    this.sends.send({ kind: "end" });
    this.sends.close();
  }

  #stream(): ReadableStream<Uint8Array> {
    if (this.body instanceof ReadableStream) return this.body;
    return new Response(this.body).body ?? fail("The request has no body");
  }
}

/** The far side of an invocation link, played by a test. */
export class ScriptedServer {
  readonly #exchanges: ScriptedExchange[] = [];

  /** To be given to the link. */
  readonly fetch = (url: string, init: RequestInit): Promise<Response> => {
    const { promise, resolve, reject } = Promise.withResolvers<Response>();
    this.#exchanges.push(new ScriptedExchange(url, init, resolve, reject));
    init.signal?.addEventListener("abort", () => reject(init.signal?.reason));
    return promise;
  };

  /** Takes the next request. */
  async next(): Promise<ScriptedExchange> {
    if (this.#exchanges.length === 0) await nextTurn();
    return this.#exchanges.shift() ?? fail("Expected a request, there is none");
  }

  /** Takes the next request, with the client's hello, and accepts it. */
  async accept(hello: Partial<Hello> = {}): Promise<ScriptedExchange> {
    const exchange = await this.next();
    await exchange.gets.expect({ kind: "hello" });
    exchange.accept(hello);
    return exchange;
  }

  /** Checks that there is no request that nobody took. */
  async expectNothing(): Promise<void> {
    await nextTurn();
    if (this.#exchanges.length > 0) fail(`Expected no request, there are ${this.#exchanges.length}`);
  }
}
