import type { End } from "../ends/types.ts";
import type { ExchangeFlow } from "../exchange/exchange_settings.ts";
import type { InvocationLinkOptions } from "../transport/invocation_options.ts";
import { type Client, type ClientOptions, createHostedClient } from "../rpc/client.ts";
import type { WindowOptions } from "../rpc/receive_window.ts";
import type { MethodMap, ServiceContract } from "../rpc/service_contract.ts";
import { type Channel, connect } from "./connect.ts";

/** The options of a client with a channel of its own: those of its calls and those of the channel. */
export interface UrlClientOptions extends ClientOptions, InvocationLinkOptions {
  /** How far either side runs ahead of the other. */
  readonly flow?: WindowOptions & ExchangeFlow | undefined;
}

/**
 * Makes a client of a service: an object with one function for each method of the contract.
 *
 * A client with a URL has a channel of its own. Disposing of the client closes it: `await using client = …`, or
 * `await client[Symbol.asyncDispose]()`. You may leave that out, as a channel without calls keeps nothing open. Disposing of
 * a client that was made with a channel or an end closes nothing.
 *
 * @param contract The service.
 * @param url Where the server's handler is mounted. A path alone will do if `fetch` resolves it.
 * @param options How calls and requests are made.
 * @returns The client, frozen.
 * @throws {TypeError} If the URL cannot be parsed or has credentials, the kind of exchange is not supported, the metadata is
 * malformed, or an option stands in the wrong place.
 * @throws {RangeError} If a number among the options is out of its range.
 *
 * @example A client and a server in one program
 * ```ts
 * import { createClient, defineService, implement, ticketHandler, unary } from "@ticketlink/ticketlink";
 * import { assertEquals } from "@std/assert";
 * import { Hono } from "npm:hono@^4";
 *
 * const Greeter = defineService("demo.Greeter", { hello: unary<string, string>() });
 * await using handler = ticketHandler(implement(Greeter, { hello: (name) => `Hello, ${name}` }));
 * const app = new Hono().all("/rpc", handler);
 *
 * await using greeter = createClient(Greeter, "/rpc", { fetch: app.request });
 * assertEquals(await greeter.hello("Ada", { timeoutMs: 500 }), "Hello, Ada");
 * ```
 */
export function createClient<Methods extends MethodMap>(
  contract: ServiceContract<Methods>,
  url: string | URL,
  options?: UrlClientOptions,
): Client<Methods>;
/**
 * Makes a client of a service over a channel, which several clients can share, or over an end of any kind.
 *
 * @param contract The service.
 * @param target The channel, or an end that is started and joined to a link that leads to the service.
 * @param options How calls are made.
 * @returns The client, frozen.
 * @throws {TypeError} If the metadata is malformed, or an option stands in the wrong place.
 * @throws {RangeError} If a number among the options is out of its range.
 */
export function createClient<Methods extends MethodMap>(
  contract: ServiceContract<Methods>,
  target: Channel | End,
  options?: ClientOptions,
): Client<Methods>;
export function createClient<Methods extends MethodMap>(
  contract: ServiceContract<Methods>,
  target: string | URL | Channel | End,
  options: UrlClientOptions & ClientOptions = {},
): Client<Methods> {
  if (typeof target === "object" && "operate" in target) return createHostedClient(contract, { end: target }, options);
  if (typeof target === "object" && "end" in target) return createHostedClient(contract, { end: target.end }, options);
  return createHostedClient(contract, connect(target, options), options);
}
