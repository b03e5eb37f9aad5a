import type { Context } from "npm:hono@^4";
import type { WholeBody } from "../wire/whole_body.ts";
import { DRAINING, helloTimeout, type HttpRefusal, tooManyExchanges } from "./server/http_refusal.ts";
import { discardRequest } from "./server/discarded_request.ts";
import { HandlerHttp } from "./server/handler_http.ts";
import { openDuplex } from "./duplex/server.ts";
import { PairSessions } from "./pair/server.ts";
import { partTimeout } from "./pair/refusals.ts";
import { bodyOf, RequestBody } from "./server/request_body.ts";
import type { Arrival, RequestHost } from "./server/request_transport.ts";
import { whenLeft } from "./server/when_left.ts";
import type { ServiceSettings } from "./service_options.ts";
import { type PlainCallHost, PlainCalls } from "./single/server.ts";

const NOTHING: Uint8Array = new Uint8Array();

/** What routing needs of the service link. */
type RouterHost = RequestHost & PlainCallHost;

/** Routes requests by their first frames: each is an exchange, or a part of a pair. */
export class RequestRouter {
  readonly #host: RouterHost;
  readonly #plainCalls: PlainCalls;
  readonly #settings: ServiceSettings;
  readonly #pairs: PairSessions;
  /** Requests whose kind is not known yet, and parts that are being read. */
  readonly #arriving: Set<RequestBody> = new Set();
  /** Requests that are refused, and read before. */
  #refused = 0;

  constructor(host: RouterHost, settings: ServiceSettings) {
    this.#host = host;
    this.#plainCalls = new PlainCalls(host, settings);
    this.#settings = settings;
    this.#pairs = new PairSessions(host, settings);
  }

  /** Finds out what a request is, and opens its exchange or takes the part. */
  async receive(context: Context): Promise<Arrival> {
    const refusal = this.#checkArrival();
    if (refusal !== undefined) return await this.#refuse(context.req.raw, refusal);
    const body = this.#waitFor(context.req.raw);
    try {
      const arrival = await this.#route(context, body);
      if (arrival.kind === "refused") await body.discard();
      return arrival;
    } finally {
      body.settled();
      body.giveUpUnread();
    }
  }

  /** The link opens no more exchanges, so requests that cannot be parts are refused. */
  stop(): void {
    if (this.#pairs.size === 0) this.refuseAll();
  }

  /** Refuses all requests that are still arriving. */
  refuseAll(): void {
    for (const body of this.#arriving) body.refuseSoon(DRAINING);
  }

  /** Refuses a request of which nothing has been read, when what is short of it has been read. */
  async #refuse(request: Request, refusal: HttpRefusal): Promise<Arrival> {
    if (!request.bodyUsed && this.#refused < this.#settings.maxExchanges) {
      const body = bodyOf(request);
      const reader = "getReader" in body ? body.getReader() : body; // throws if something else reads it
      this.#refused += 1;
      await discardRequest(reader, this.#settings.clock, NOTHING);
      this.#refused -= 1;
    }
    return { kind: "refused", refusal };
  }

  async #route(context: Context, body: RequestBody): Promise<Arrival> {
    const arrivedAtMs = this.#settings.clock.now();
    const isPart = await body.beginsWithPart();
    if (body.refusal !== undefined) return { kind: "refused", refusal: body.refusal };
    if (isPart) return await this.#pairs.receive(context, body);
    const plain = this.#plainCalls.read(body.ahead);
    if (plain === undefined) return this.#open(context, body, arrivedAtMs);
    return await this.#answer(context, body, plain, arrivedAtMs);
  }

  /** A link that has as many exchanges as it may, or is stopping, still takes the parts of those that it has. */
  #checkArrival(): HttpRefusal | undefined {
    if (this.#pairs.size === 0) return this.#host.checkCapacity(this.#arriving.size);
    const { maxExchanges } = this.#settings;
    return this.#arriving.size < maxExchanges ? undefined : tooManyExchanges(maxExchanges);
  }

  #waitFor(request: Request): RequestBody {
    if (request.bodyUsed) {
      throw new TypeError("Cannot open an exchange: the request's body has been read by something else");
    }
    const { clock, helloTimeoutMs: ms } = this.#settings;
    const body = new RequestBody(
      bodyOf(request),
      clock,
      { ms, refusal: (isPart) => isPart ? partTimeout(ms) : helloTimeout(ms) },
      () => this.#arriving.delete(body),
    );
    this.#arriving.add(body);
    return body;
  }

  /** Answers what looks like a plain call, and is one if nothing follows. */
  async #answer(context: Context, body: RequestBody, plain: WholeBody, arrivedAtMs: number): Promise<Arrival> {
    const isWhole = await body.ends();
    const refusal = body.refusal ?? this.#host.checkCapacity();
    if (refusal !== undefined) return { kind: "refused", refusal };
    if (!isWhole) return this.#open(context, body, arrivedAtMs);
    const http = new HandlerHttp(context);
    const answer = this.#plainCalls.begin({
      body: plain,
      http,
      whenLeft: (left) => whenLeft(context, left),
      open: (begun) => openDuplex(this.#host, context, body, { arrivedAtMs, begun, http }),
    });
    if (answer === undefined) return this.#open(context, body, arrivedAtMs);
    body.handOver();
    return await answer;
  }

  #open(context: Context, body: RequestBody, arrivedAtMs: number): Arrival {
    const refusal = this.#host.checkCapacity();
    if (refusal !== undefined) return { kind: "refused", refusal };
    return { kind: "opened", transport: openDuplex(this.#host, context, body, { arrivedAtMs }).transport };
  }
}
