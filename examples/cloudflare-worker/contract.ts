import { bidiStreaming, clientStreaming, defineService, serverStreaming, unary } from "@ticketlink/ticketlink/client";

/** One call of each kind. */
export const Greeter = defineService("demo.Greeter", {
  hello: unary<string, string>(),
  count: serverStreaming<number, number>(),
  sum: clientStreaming<number, number>(),
  chat: bidiStreaming<string, string>(),
});

/** A line that somebody said in a room. */
export interface Line {
  readonly by: string;
  readonly text: string;
}

/** A room in which everybody hears everybody. */
export const Room = defineService("demo.Room", {
  /** Says lines, and hears those of all others from now on. */
  join: bidiStreaming<Line, Line>(),
  /** How many are in it. */
  count: unary<void, number>(),
});
