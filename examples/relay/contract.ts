import { defineService, serverStreaming, unary } from "@ticketlink/ticketlink/client";

/** The service behind. */
export const Back = defineService("demo.Back", {
  /** Says how many milliseconds the caller still gives it. */
  timeLeft: unary<void, number>(),
  /** Counts until it is cancelled. */
  forever: serverStreaming<void, number>(),
});

/** The service in front, which answers by calling the one behind. */
export const Front = defineService("demo.Front", {
  timeLeft: unary<void, number>(),
  forever: serverStreaming<void, number>(),
});
