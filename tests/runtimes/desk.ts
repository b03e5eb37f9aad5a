import { CutProxy } from "./cut_proxy.ts";

/**
 * What the runs ask of who runs them: a page for browsers, and connections that can be cut. It is of another origin
 * than all servers, as pages are that call services elsewhere.
 */
export class Desk implements AsyncDisposable {
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #proxies = new Map<number, CutProxy>();
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

  /** Makes a way to a port, and says where it begins and where it is cut. */
  wayTo(port: number): { readonly port: number; readonly cutUrl: string } {
    const proxy = new CutProxy(port);
    this.#proxies.set(proxy.port, proxy);
    return { port: proxy.port, cutUrl: this.#at(`/cut/${proxy.port}`) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const proxy of this.#proxies.values()) proxy[Symbol.dispose]();
    await this.#server.shutdown();
  }

  #at(path: string): string {
    return `http://127.0.0.1:${this.#server.addr.port}${path}`;
  }

  async #answer(path: string): Promise<Response> {
    if (path === "/page") return html('<!doctype html><title>Conformance</title><script src="/page.js"></script>');
    if (path === "/page.js") return javascript(await Deno.readTextFile(this.#pageScript));
    const proxy = this.#proxies.get(Number(path.match(/^\/cut\/(\d+)$/)?.[1]));
    proxy?.cut();
    return new Response(null, {
      status: proxy === undefined ? 404 : 204,
      headers: { "access-control-allow-origin": "*" },
    });
  }
}

function html(text: string): Response {
  return new Response(text, { headers: { "content-type": "text/html; charset=utf-8" } });
}

function javascript(text: string): Response {
  return new Response(text, { headers: { "content-type": "text/javascript; charset=utf-8" } });
}
