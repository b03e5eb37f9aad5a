import type { Context } from "npm:hono@^4";
import { PLATFORM_CLOCK } from "../clock.ts";
import { serviceEnd, type ServiceEndOptions, type Servicer } from "../ends/mod.ts";
import { refuse, type ServiceLink, serviceLink } from "../http/service/service_link.ts";
import { tooManyExchanges } from "../http/service/http_refusal.ts";
import type { ServiceLinkOptions } from "../http/service/service_options.ts";
import { MAX_EXCHANGES } from "../limits.ts";
import { joinLinks } from "../links/mod.ts";
import { coalescedClock } from "./coalesced_clock.ts";

/** Where requests are served: an end and the link that leads to it, or as many as it takes. */
export interface ServiceSite {
  /** Serves a request. */
  handle(context: Context, next: () => Promise<void>): ReturnType<ServiceLink["handler"]>;
  /** Takes no more, and lets what runs go on for a while. */
  stop(graceMs: number): Promise<void>;
}

/** What a site is made with. */
export interface SiteOptions extends ServiceEndOptions, ServiceLinkOptions {
  /** Takes what goes wrong and no caller can be told of. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** One end and one link for all requests. */
export class SharedSite implements ServiceSite {
  readonly link: ServiceLink;
  readonly #stopEnd: (graceMs: number) => Promise<void>;

  constructor(servicer: Servicer, options: SiteOptions) {
    const clock = coalescedClock(options.clock ?? PLATFORM_CLOCK);
    const end = serviceEnd(servicer, { ...options, clock });
    this.link = serviceLink({ ...options, clock });
    joinLinks(end, this.link);
    end.start();
    this.#stopEnd = (graceMs) => end.stop(graceMs);
  }

  handle(context: Context, next: () => Promise<void>): ReturnType<ServiceLink["handler"]> {
    return this.link.handler(context, next);
  }

  async stop(graceMs: number): Promise<void> {
    await this.link.stop(graceMs);
    await this.#stopEnd(0);
  }
}

/**
 * An end and a link for each request, which share nothing that belongs to one: no timer, no stream, no turn. On Workers
 * whatever a request has made may be touched by no other, and is gone with it.
 */
export class IsolatedSites implements ServiceSite {
  readonly #servicer: Servicer;
  readonly #options: SiteOptions;
  readonly #maxExchanges: number;
  readonly #sites: Set<SharedSite> = new Set();
  readonly #stopped: SharedSite;
  #isStopping = false;

  constructor(servicer: Servicer, options: SiteOptions) {
    this.#servicer = servicer;
    // What joins two requests cannot be had here.
    this.#options = { ...options, pair: false };
    this.#maxExchanges = options.maxExchanges ?? MAX_EXCHANGES;
    // Made at once, so that what is wrong with the options is thrown at once. Serves when the others are stopped.
    this.#stopped = this.#newSite();
  }

  async handle(context: Context, next: () => Promise<void>): Promise<Response | void> {
    if (this.#isStopping) return await this.#stopped.handle(context, next);
    if (this.#sites.size >= this.#maxExchanges) return refuse(context, tooManyExchanges(this.#maxExchanges));
    const site = this.#newSite();
    this.#sites.add(site);
    try {
      return await site.handle(context, next);
    } finally {
      site.link.addIdleAction(() => this.#sites.delete(site));
    }
  }

  async stop(graceMs: number): Promise<void> {
    this.#isStopping = true;
    await Promise.all([this.#stopped, ...this.#sites].map((site) => site.stop(graceMs)));
  }

  #newSite(): SharedSite {
    return new SharedSite(this.#servicer, this.#options);
  }
}
