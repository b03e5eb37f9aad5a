import { bidiStreaming, defineService, unary } from "@ticketlink/ticketlink/client";

/** What is called. */
export const CONTRACT = defineService("test.Echo", {
  hello: unary<string, string>(),
  echo: bidiStreaming<string, string>(),
});
