/**
 * The second part of a client, which carries several calls on one exchange: *duplex*, *pair* and *socket*. Clients load it by
 * `import()` when a call needs it. Where there is no `import()`, or a page wants it at once, it is passed as an option.
 *
 * @example A client that loads nothing later
 * ```ts
 * import { bidiStreaming, createClient, defineService } from "@ticketlink/ticketlink/client";
 * import { engine } from "@ticketlink/ticketlink/engine";
 * import { assertEquals } from "@std/assert";
 *
 * const Chat = defineService("demo.Chat", { talk: bidiStreaming<string, string>() });
 * await using chat = createClient(Chat, "https://example.com/rpc", { engine });
 * assertEquals(engine.kinds, ["duplex", "pair", "socket"]);
 * assertEquals(Object.keys(chat), ["talk"]);
 * ```
 *
 * @module
 */
export type { Engine } from "./transport/invocation_options.ts";
export { engine } from "./transport/exchange_engine.ts";
export { ExchangeKind } from "./wire/exchange_kind.ts";
