import type { Loss } from "../conformance/mod.ts";
import { CutProxy } from "./cut_proxy.ts";
import { EndingProxy } from "./ending_proxy.ts";

/** A way to a port, and where it is told to be no more. */
export interface Way {
  readonly port: number;
  readonly cutUrl: string;
  readonly loss: Loss;
}

/**
 * What the runs ask of who runs them: a page for browsers, and connections that can be cut. It is of another origin
 * than all servers, as pages are that call services elsewhere.
 */
export class Desk implements AsyncDisposable {
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #ways = new AsyncDisposableStack();
  readonly #cuts: (() => void)[] = [];
  readonly #pageScript: string;

  /** @param pageScript The path of what the page loads. */
  constructor(pageScript: string) {
    this.#pageScript = pageScript;
    const options = { hostname: "127.0.0.1", port: 0, onListen() {} };
    this.#server = Deno.serve(options, (request) => this.#answer(new URL(request.url).pathname));
  }

  /** Where the page is. */
  get pageUrl(): string {
    return this.#at("/page");
  }

  /** The same page, on which nothing catches a rejection. */
  get losingPageUrl(): string {
    return this.#at("/losing-page");
  }

  /** Makes a way to a port whose connections break, or over which nothing passes any more. */
  wayTo(port: number, loss: "break" | "silence" = "break"): Way {
    const proxy = this.#ways.use(new CutProxy(port));
    return { port: proxy.port, loss, cutUrl: this.#cutBy(() => loss === "break" ? proxy.cut() : proxy.freeze()) };
  }

  /** Makes a way to a port, over cleartext HTTP, on which all bodies end in good order. */
  endingWayTo(port: number): Way {
    const proxy = this.#ways.use(new EndingProxy(port));
    return { port: proxy.port, loss: "end", cutUrl: this.#cutBy(() => proxy.end()) };
  }

  /** The way to a port whose server dies. */
  mortalWayTo(port: number, kill: () => void): Way {
    return { port, loss: "death", cutUrl: this.#cutBy(kill) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#ways.disposeAsync();
    await this.#server.shutdown();
  }

  #cutBy(cut: () => void): string {
    return this.#at(`/cut/${this.#cuts.push(cut) - 1}`);
  }

  #at(path: string): string {
    return `http://127.0.0.1:${this.#server.addr.port}${path}`;
  }

  async #answer(path: string): Promise<Response> {
    if (path === "/page") return html(PAGE);
    if (path === "/losing-page") {
      return html(`${PAGE}<script>void Promise.reject(new Error("lost on purpose"))</script>`);
    }
    if (path === "/page.js") return javascript(await Deno.readTextFile(this.#pageScript));
    const cut = this.#cuts[Number(path.match(/^\/cut\/(\d+)$/)?.[1])];
    cut?.();
    return new Response(null, {
      status: cut === undefined ? 404 : 204,
      headers: { "access-control-allow-origin": "*" },
    });
  }
}

const PAGE = '<!doctype html><title>Conformance</title><script src="/page.js"></script>';

function html(text: string): Response {
  return new Response(text, { headers: { "content-type": "text/html; charset=utf-8" } });
}

function javascript(text: string): Response {
  return new Response(text, { headers: { "content-type": "text/javascript; charset=utf-8" } });
}
