import { bidiStreaming, defineService } from "@ticketlink/ticketlink/client";

/** What the client says: begin or end to follow a symbol. */
export interface Command {
  readonly kind: "subscribe" | "unsubscribe";
  readonly symbol: string;
}

/** What the server says: one price, and how many it has produced so far on this call. */
export interface Price {
  readonly symbol: string;
  readonly price: number;
  readonly serial: number;
}

/** Prices of the symbols that the caller follows just now. */
export const Ticker = defineService("demo.Ticker", {
  prices: bidiStreaming<Command, Price>(),
});
