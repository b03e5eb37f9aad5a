import type { Context } from "npm:hono@^4";
import { PLATFORM_CLOCK } from "../clock.ts";
import { Deadlines } from "../ends/deadlines.ts";
import { serviceEnd, type ServiceEndOptions } from "../ends/service_end.ts";
import type { End, Servicer } from "../ends/types.ts";
import { BegunAttempts } from "../transport/server/begun_attempts.ts";
import { tooManyExchanges, tooMuchBuffered } from "../transport/server/http_refusal.ts";
import { refuse, type ServiceLink, serviceLink } from "../transport/service_link.ts";
import type { ServiceLinkLimits, ServiceLinkTimeouts, SharedLinkOptions } from "../transport/service_options.ts";
import { BufferBudget } from "../transport/server/load_limits.ts";
import { MAX_EXCHANGES, MAX_TOTAL_BUFFERED_BYTES } from "../limits.ts";
import { joinLinks } from "../links/link.ts";

/** The options of a scope. */
export interface ServerScopeOptions extends SharedLinkOptions {
  readonly limits?: ServiceLinkLimits & Pick<ServiceEndOptions, "maxHeldTickets"> | undefined;
  readonly timeouts?:
    | ServiceLinkTimeouts & Pick<ServiceEndOptions, "defaultTimeoutMs" | "maximumTimeoutMs">
    | undefined;
}

/** An end and the link that leads to it, with one clock: everything that the requests of one scope share. */
export class ServerScope {
  readonly link: ServiceLink;
  readonly #end: End;

  constructor(servicer: Servicer, options: ServerScopeOptions) {
    const clock = new Deadlines(options.clock ?? PLATFORM_CLOCK);
    this.link = serviceLink({ ...options, clock });
    const { limits, timeouts, onError } = options;
    this.#end = serviceEnd(servicer, { ...limits, ...timeouts, onError, clock });
    joinLinks(this.#end, this.link);
    this.#end.start();
  }

  /** Serves a request. */
  handle(context: Context, next: () => Promise<void>): ReturnType<ServiceLink["handler"]> {
    return this.link.handler(context, next);
  }

  /** Refuses new calls, and gives running ones up to `graceMs` to end. */
  async stop(graceMs: number): Promise<void> {
    await this.link.stop(graceMs);
    await this.#end.stop(0);
  }
}

/**
 * A scope for each request, so that requests share no timer, stream or promise. On Workers an object that one request has
 * made may not be used by another, and is gone when its request ends.
 */
export class IsolatedServerScopes {
  readonly #servicer: Servicer;
  readonly #options: ServerScopeOptions;
  readonly #maxExchanges: number;
  readonly #maxTotalBufferedBytes: number;
  readonly #budget: BufferBudget;
  readonly #scopes: Set<ServerScope> = new Set();
  readonly #stopped: ServerScope;
  #isStopping = false;

  constructor(servicer: Servicer, options: ServerScopeOptions) {
    this.#servicer = servicer;
    // Plain data, so that all requests may use it.
    const clock = options.clock ?? PLATFORM_CLOCK;
    const attempts = new BegunAttempts(clock);
    this.#maxTotalBufferedBytes = options.limits?.maxTotalBufferedBytes ?? MAX_TOTAL_BUFFERED_BYTES;
    // Isolates are small, so that nothing comes on top.
    const budget = new BufferBudget(this.#maxTotalBufferedBytes, 0, clock);
    this.#budget = budget;
    // A pair joins two requests.
    this.#options = { ...options, attempts, budget, pair: false };
    this.#maxExchanges = options.limits?.maxExchanges ?? MAX_EXCHANGES;
    // Made here, so that bad options throw at once. It refuses requests after `stop()`.
    this.#stopped = this.#newScope();
  }

  /** Serves a request in a scope of its own. */
  async handle(context: Context, next: () => Promise<void>): Promise<Response | void> {
    if (this.#isStopping) return await this.#stopped.handle(context, next);
    if (this.#scopes.size >= this.#maxExchanges) return refuse(context, tooManyExchanges(this.#maxExchanges));
    // Nor does a request wait for what others hold: they cannot tell it that they have let go.
    if (this.#budget.isOver) return refuse(context, tooMuchBuffered(this.#maxTotalBufferedBytes));
    const scope = this.#newScope();
    this.#scopes.add(scope);
    try {
      return await scope.handle(context, next);
    } finally {
      scope.link.addIdleAction(() => this.#scopes.delete(scope));
    }
  }

  /** Refuses new calls, and gives running ones up to `graceMs` to end. */
  async stop(graceMs: number): Promise<void> {
    this.#isStopping = true;
    await Promise.all([this.#stopped, ...this.#scopes].map((scope) => scope.stop(graceMs)));
  }

  #newScope(): ServerScope {
    return new ServerScope(this.#servicer, this.#options);
  }
}
