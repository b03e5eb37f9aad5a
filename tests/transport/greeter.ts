/** A service with a method of each kind. */
import { bidiStreaming, clientStreaming, defineService, implement, serverStreaming, unary } from "../../mod.ts";

export const Greeter = defineService("demo.Greeter", {
  hello: unary<string, string>(),
  count: serverStreaming<number, number>(),
  sum: clientStreaming<number, number>(),
  chat: bidiStreaming<string, string>(),
});

export const greeter = implement(Greeter, {
  hello: (name) => `Hello, ${name}`,
  async *count(n) {
    for (let i = 0; i < n; i++) yield i;
  },
  async sum(numbers) {
    let total = 0;
    for await (const n of numbers) total += n;
    return total;
  },
  async *chat(messages) {
    for await (const message of messages) yield `You said: ${message}`;
  },
});
