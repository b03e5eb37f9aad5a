import { bidiStreaming, clientStreaming, defineService, serverStreaming, unary } from "@ticketlink/ticketlink/client";

/** One call of each kind. */
export const Greeter = defineService("demo.Greeter", {
  hello: unary<string, string>(),
  count: serverStreaming<number, number>(),
  sum: clientStreaming<number, number>(),
  chat: bidiStreaming<string, string>(),
});
