/**
 * Two real servers: one that sends what it is asked elsewhere, and the other, which takes down whatever reaches it.
 *
 * @module
 */
import { Hono } from "npm:hono@^4";
import { implement, ticketHandler } from "../../../mod.ts";
import { CONTRACT } from "./contract.ts";

/** What the page of a redirect says. No caller is to read it. */
const PAGE = "<p>Moved, says the network</p>";

/** The servers. */
export class RedirectingSite implements AsyncDisposable {
  /** The requests that have got where nothing was meant to go. */
  readonly strays: string[] = [];
  readonly #elsewhere: Deno.HttpServer<Deno.NetAddr>;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #handler = ticketHandler(implement(CONTRACT, {
    hello: (name) => `Hello, ${name}`,
    async *echo(messages) {
      yield* messages;
    },
  }));

  /**
   * @param redirects Tells which requests are sent elsewhere, by the number that they have here, from 1.
   * @param module What the page of the site runs.
   */
  constructor(redirects: (number: number) => boolean = () => true, module = "") {
    this.#elsewhere = serve((request) => {
      if (request.method === "OPTIONS") return new Response(null, { status: 204, headers: CORS });
      this.strays.push(`${request.method} ${request.headers.get("x-api-key")}`);
      return new Response("Not for me", { status: 404, headers: CORS });
    });
    const app = new Hono()
      .get("/", (context) => context.html('<!doctype html><script type="module" src="/page.js"></script>'))
      .get("/page.js", (context) => context.body(module, 200, { "content-type": "text/javascript" }))
      .all("/rpc", this.#handler);
    let count = 0;
    this.#server = serve((request) => {
      const isCall = new URL(request.url).pathname === "/rpc";
      return isCall && redirects(++count) ? this.#redirect() : app.fetch(request);
    });
  }

  /** Where clients are sent first. */
  get url(): string {
    return `${originOf(this.#server)}/rpc`;
  }

  /** Where they are sent then. */
  get elsewhere(): string {
    return originOf(this.#elsewhere);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handler.stop(0);
    await Promise.all([this.#server.shutdown(), this.#elsewhere.shutdown()]);
  }

  #redirect(): Response {
    const headers = { ...CORS, location: `${this.elsewhere}/rpc?token=s3cret`, "content-type": "text/html" };
    return new Response(PAGE, { status: 307, headers });
  }
}

/** Lets pages of other origins see what they are answered. */
const CORS = { "access-control-allow-origin": "*", "access-control-allow-headers": "*" };

function serve(handler: Deno.ServeHandler): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, handler);
}

function originOf({ addr }: Deno.HttpServer<Deno.NetAddr>): string {
  return `http://127.0.0.1:${addr.port}`;
}
