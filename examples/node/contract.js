import { bidiStreaming, clientStreaming, defineService, serverStreaming, unary } from "@ticketlink/ticketlink/client";

/** One call of each kind. */
export const Greeter = defineService("demo.Greeter", {
  hello: unary(),
  count: serverStreaming(),
  sum: clientStreaming(),
  chat: bidiStreaming(),
});
