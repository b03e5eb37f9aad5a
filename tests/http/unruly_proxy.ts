import { firstFrameLength, FrameReader, type Part } from "../../src/wire/mod.ts";
import { seededRandom } from "../seeded_random.ts";

/** What becomes of a part on its way. */
type Mishap = "none" | "late" | "twice" | "lost" | "answer lost" | "answered by the proxy";

const MISHAPS: readonly Mishap[] = ["none", "late", "late", "twice", "lost", "answer lost", "answered by the proxy"];
/** Milliseconds that a part may be late: longer than the next one takes. */
const MOST_LATE_MS = 15;

/**
 * A proxy that does to the further requests of pairs whatever a network may do to requests: they overtake each other,
 * come twice or never, and so do their answers. What opens an exchange passes.
 */
export class UnrulyProxy implements AsyncDisposable {
  /** Where it listens. */
  readonly url: string;
  /** How often what has happened. */
  readonly mishaps: Partial<Record<Mishap, number>> = {};
  readonly #target: string;
  readonly #random;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  /** Mishaps that are still to be dealt, so that each happens, however few parts there are. */
  #deck: Mishap[] = [];
  /** What may go on when the client has gone. */
  readonly #strays: Set<Promise<void>> = new Set();
  /** How many mishaps parts have had by their number, so that none has more than its client is patient. */
  readonly #had: Map<number, number> = new Map();

  constructor(target: string, seed: number) {
    this.#target = target;
    this.#random = seededRandom(seed);
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      (request) => this.#pass(request),
    );
    this.url = `http://127.0.0.1:${this.#server.addr.port}${new URL(target).pathname}`;
  }

  async #pass(request: Request): Promise<Response> {
    const body = await request.bytes();
    const number = partOf(body)?.number ?? 0;
    const forward = () => fetch(this.#target, { method: request.method, headers: request.headers, body });
    const mishap = number === 0 ? "none" : this.#choose(number);
    switch (mishap) {
      case "late":
        await this.#wait();
        return await forward();
      case "twice":
        this.#stray(forward);
        return await forward();
      case "lost":
        return new Response("lost", { status: 504 });
      case "answer lost":
        await (await forward()).body?.cancel();
        return new Response("lost", { status: 502 });
      case "answered by the proxy":
        return new Response("slow down", { status: 429 });
      case "none":
        return await forward();
    }
  }

  #choose(number: number): Mishap {
    const had = this.#had.get(number) ?? 0;
    const mishap = had < 2 ? this.#deal() : "none";
    this.#had.set(number, had + 1);
    this.mishaps[mishap] = (this.mishaps[mishap] ?? 0) + 1;
    return mishap;
  }

  #deal(): Mishap {
    if (this.#deck.length === 0) this.#deck = this.#random.shuffle(MISHAPS);
    return this.#deck.pop() ?? "none";
  }

  #wait(): Promise<void> {
    const waited = new Promise<void>((resolve) => setTimeout(resolve, this.#random.integer(1, MOST_LATE_MS)));
    this.#strays.add(waited);
    return waited;
  }

  #stray(forward: () => Promise<Response>): void {
    const stray = this.#wait().then(forward).then((response) => response.body?.cancel());
    this.#strays.add(stray);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#strays);
    await this.#server.shutdown();
  }
}

function partOf(body: Uint8Array): Part | undefined {
  let part: Part | undefined;
  const reader = new FrameReader({
    ticket: () => {},
    badTicket: () => {},
    control: (item) => void (part = item.kind === "part" ? item : undefined),
  });
  reader.push(body.subarray(0, firstFrameLength(body, 1_024)));
  return part;
}
