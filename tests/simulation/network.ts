import type { Clock } from "../../src/clock.ts";
import type { SeededRandom } from "../seeded_random.ts";
import { Connection } from "./connection.ts";
import type { Forgery } from "./forgery.ts";
import { Forger, type Strike } from "./forger.ts";
import type { Quality } from "./pipe.ts";
import type { SeenFrame } from "./seen_frame.ts";
import type { Trace } from "./trace.ts";

/** What goes wrong on a network, once. */
export type Fault =
  | "reset"
  | "clean end"
  | "half-close"
  | "silence"
  | "stall up"
  | "stall down"
  | "stall"
  | "unreachable";

/** How a network behaves. */
export interface NetworkPlan {
  readonly quality: Quality;
  readonly looksClean: boolean;
  /** The one rule that a peer breaks, on the connection of that number. */
  readonly forgery:
    | { readonly forgery: Forgery; readonly direction: "up" | "down"; readonly connection: number }
    | undefined;
}

/** A server, as it answers a request. */
export type Server = (request: Request) => Response | Promise<Response>;

/** What a network stands in. */
export interface NetworkSetting {
  readonly server: Server;
  readonly clock: Clock;
  readonly random: SeededRandom;
  readonly trace: Trace;
  /** Told when something is forged, with the name of the operation's method if it is about one. */
  struck(strike: Strike, method: unknown): void;
}

/** Where the connections of one run pass: all that a `fetch` and a server's runtime would do, in virtual time. */
export class Network {
  readonly #plan: NetworkPlan;
  readonly #server: Server;
  readonly #clock: Clock;
  readonly #random: SeededRandom;
  readonly #trace: Trace;
  readonly #struck: (strike: Strike, method: unknown) => void;
  readonly #connections: Connection[] = [];
  /** The names of methods by the numbers of their operations on the connection where something is forged. */
  readonly #methods: Map<number, unknown> = new Map();
  #isUnreachable = false;

  constructor(plan: NetworkPlan, { server, clock, random, trace, struck }: NetworkSetting) {
    this.#plan = plan;
    this.#server = server;
    this.#struck = struck;
    this.#clock = clock;
    this.#random = random;
    this.#trace = trace;
  }

  /** Connections of which something is left. */
  get openConnections(): number {
    return this.#connections.filter(({ over }) => !over).length;
  }

  /** How many connections there have been. */
  get connectionCount(): number {
    return this.#connections.length;
  }

  /** The `fetch` of the clients on this network. */
  readonly fetch = async (url: string, init: RequestInit): Promise<Response> => {
    const { body, signal } = init;
    this.#trace.note(`fetch ${this.#connections.length}`);
    if (this.#isUnreachable) throw new TypeError("The server cannot be reached");
    const source = body instanceof ReadableStream ? body : streamOf(body);
    const connection = new Connection(source, this.#newSetting());
    this.#connections.push(connection);
    signal?.addEventListener("abort", () => connection.reset(signal.reason), { once: true });
    const { method = "POST", headers = {} } = init;
    const request: RequestInit & { duplex: "half" } = { method, headers, body: connection.request, duplex: "half" };
    const response = await awaitAnswer(connection, this.#answer(url, request));
    const { status } = response;
    return new Response(response.body === null ? null : connection.respond(response.body), {
      status,
      headers: response.headers,
    });
  };

  /** Something goes wrong with all connections that are open. */
  strikeAll(fault: Fault, durationMs: number): void {
    this.#trace.note(`fault ${fault} ${durationMs}`);
    if (fault === "unreachable") {
      this.#isUnreachable = true;
      this.#clock.setTimer(() => this.#isUnreachable = false, durationMs);
    }
    const untilMs = this.#clock.now() + durationMs;
    for (const connection of this.#connections) {
      if (!connection.over) hurt(connection, fault, untilMs);
    }
  }

  async #answer(url: string, init: RequestInit): Promise<Response> {
    await this.#travel();
    const response = await this.#server(new Request(new URL(url, "http://simulated/"), init));
    await this.#travel();
    return response;
  }

  #travel(): Promise<void> {
    return new Promise((resolve) => this.#clock.setTimer(resolve, this.#plan.quality.latencyMs));
  }

  #newSetting(): ConstructorParameters<typeof Connection>[1] {
    const { quality, looksClean, forgery } = this.#plan;
    const setting = { clock: this.#clock, random: this.#random, quality, looksClean };
    if (forgery?.connection !== this.#connections.length) return { ...setting, up: undefined, down: undefined };
    const forger = (direction: "up" | "down"): Forger => {
      const forged = forgery.direction === direction ? forgery.forgery : undefined;
      return new Forger(forged, this.#random, (frame) => this.#saw(direction, frame), (strike) => {
        const method = strike.wireId === undefined ? undefined : this.#methods.get(strike.wireId);
        this.#trace.note(`forged ${strike.forgery.name} ${direction} ${method}`);
        this.#struck(strike, method);
      });
    };
    return { ...setting, up: forger("up"), down: forger("down") };
  }

  #saw(direction: "up" | "down", { course, fields, control }: SeenFrame): void {
    this.#trace.note(`${direction} ${course?.wireId ?? control?.kind} ${fields?.termination ?? ""}`);
    if (course === undefined || direction === "down" || fields?.method === undefined) return;
    if (!this.#methods.has(course.wireId)) this.#methods.set(course.wireId, fields.method);
  }
}

/** Waits for the answer; one that comes after the connection has broken is given up, as a server's runtime does. */
async function awaitAnswer(connection: Connection, answer: Promise<Response>): Promise<Response> {
  try {
    return await connection.race(answer);
  } catch (error) {
    answer.then(({ body }) => body?.cancel(error)).catch(() => "it is over either way");
    throw error;
  } finally {
    connection.answered();
  }
}

function hurt(connection: Connection, fault: Fault, untilMs: number): void {
  switch (fault) {
    case "reset":
      return connection.reset(new Error("The network broke"));
    case "clean end":
      return connection.endClean();
    case "half-close":
      return connection.halfClose();
    case "silence":
      return connection.swallow();
    case "stall up":
      return connection.stall("up", untilMs);
    case "stall down":
      return connection.stall("down", untilMs);
    case "stall":
      return connection.stall("both", untilMs);
    case "unreachable":
      return;
  }
}

/** A body that is there as a whole. */
function streamOf(body: BodyInit | null | undefined): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      if (body instanceof Uint8Array) controller.enqueue(body);
      controller.close();
    },
  });
}
