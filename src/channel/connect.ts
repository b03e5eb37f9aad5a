import { ASYNC_DISPOSE } from "../dispose_symbol.ts";
import type { AsyncDisposal } from "../async_disposal.ts";
import { PLATFORM_CLOCK } from "../clock.ts";
import { Deadlines } from "../ends/deadlines.ts";
import { invocationEnd } from "../ends/invocation_end.ts";
import type { End } from "../ends/types.ts";
import { type InvocationLink, invocationLink } from "../transport/invocation_link.ts";
import type { InvocationLinkOptions } from "../transport/invocation_options.ts";
import { joinLinks } from "../links/link.ts";

/** A connection to a server that any number of clients can share: an end, and the link that leads to the server. */
export interface Channel extends AsyncDisposal {
  /** Where calls begin. */
  readonly end: End;
  /** What carries them. It tells which kind of exchange is used. */
  readonly link: InvocationLink;

  /**
   * Ends running calls and closes all exchanges. A closed channel refuses calls.
   *
   * @param graceMs Milliseconds that running calls may take to end, from 0, which is the default. New calls are refused
   * from the beginning.
   * @returns Resolves when every exchange is closed.
   * @throws {RangeError} If `graceMs` is not a finite number from 0.
   */
  close(graceMs?: number): Promise<void>;
}

/**
 * Makes a channel to a server. It sends nothing before the first call, and closes its exchanges soon after the last.
 *
 * @param url Where the server's handler is mounted. A path alone will do if `fetch` resolves it.
 * @param options How requests are made, and limits.
 * @returns The channel.
 * @throws {TypeError} If the URL cannot be parsed or has credentials, the kind of exchange is not supported, or an option
 * stands in the wrong place.
 * @throws {RangeError} If a number among the options is out of its range.
 *
 * @example Two clients on one channel
 * ```ts
 * import { connect, createClient, defineService, implement, ticketHandler, unary } from "@ticketlink/ticketlink";
 * import { assertEquals } from "@std/assert";
 * import { Hono } from "npm:hono@^4";
 *
 * const Upper = defineService("demo.Upper", { run: unary<string, string>() });
 * const Lower = defineService("demo.Lower", { run: unary<string, string>() });
 * await using handler = ticketHandler([
 *   implement(Upper, { run: (text) => text.toUpperCase() }),
 *   implement(Lower, { run: (text) => text.toLowerCase() }),
 * ]);
 * const app = new Hono().all("/rpc", handler);
 *
 * await using channel = connect("/rpc", { fetch: app.request });
 * assertEquals(await createClient(Upper, channel).run("Ada"), "ADA");
 * assertEquals(await createClient(Lower, channel).run("Ada"), "ada");
 * ```
 */
export function connect(url: string | URL, options: InvocationLinkOptions = {}): Channel {
  const clock = new Deadlines(options.clock ?? PLATFORM_CLOCK);
  const end = invocationEnd({ clock, onError: options.onError });
  const link = invocationLink(url, { ...options, clock });
  joinLinks(end, link);
  end.start();
  const close = async (graceMs = 0): Promise<void> => {
    await end.stop(graceMs);
    await link.close();
  };
  return Object.freeze({ end, link, close, [ASYNC_DISPOSE]: (): Promise<void> => close() });
}
