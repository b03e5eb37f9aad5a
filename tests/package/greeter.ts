/**
 * The service that programs of the built library call, from its sources.
 *
 * @module
 */
import { bidiStreaming, clientStreaming, defineService, serverStreaming, unary } from "../../src/client.ts";
import { implement, type TicketHandler, ticketHandler } from "../../src/server.ts";

const Greeter = defineService("demo.Greeter", {
  hello: unary<string, string>(),
  count: serverStreaming<number, number>(),
  sum: clientStreaming<number, number>(),
  chat: bidiStreaming<string, string>(),
});

/** Serves it, with a method of each kind. */
export function greeterHandler(): TicketHandler {
  return ticketHandler(implement(Greeter, {
    hello: (name) => `Hello, ${name}`,
    async *count(limit) {
      for (let i = 0; i < limit; i++) yield i;
    },
    async sum(numbers) {
      let total = 0;
      for await (const number of numbers) total += number;
      return total;
    },
    async *chat(messages) {
      for await (const message of messages) yield `You said: ${message}`;
    },
  }));
}
