import { bidiStreaming, clientStreaming, defineService, serverStreaming, unary } from "../../src/client.ts";

/** What the handler of a call is to do, beside answering. */
export interface Order {
  /** The call's number. */
  readonly call: number;
  /** Messages that a stream of responses has. */
  readonly responses: number;
  /** Bytes in each message. */
  readonly bytes: number;
  /** At which message something happens. */
  readonly at: number;
  /** What happens there. */
  readonly then: "nothing" | "refuse" | "throw" | "hang" | "work";
  /** Milliseconds between the messages of a handler that takes its time, or 0. */
  readonly paceMs: number;
}

/** What travels in both directions. */
export interface Message {
  /** Its place in its stream; what a stream of requests is answered with has their number. */
  readonly index: number;
  readonly body: Uint8Array;
  /** In the first message of each call. */
  readonly order?: Order | undefined;
}

/** One method of each kind. */
export const Soak = defineService("soak.Soak", {
  one: unary<Message, Message>(),
  many: serverStreaming<Message, Message>(),
  fold: clientStreaming<Message, Message>(),
  both: bidiStreaming<Message, Message>(),
});

/** A service that nobody implements. */
export const Missing = defineService("soak.Missing", { one: unary<Message, Message>() });

/** The metadata key of a call's number. */
export const CALL_KEY = "call";

/** Makes a message whose bytes tell which it is. */
export function message(call: number, index: number, bytes: number, order?: Order): Message {
  return { index, body: new Uint8Array(bytes).fill(call + index), order };
}

/** Tells what is wrong with a message; `undefined` if nothing is. */
export function messageProblem({ index, body }: Message, call: number, at: number, bytes: number): string | undefined {
  if (index !== at) return `message ${at} of call ${call} has index ${index}`;
  if (body.byteLength !== bytes) return `message ${at} of call ${call} has ${body.byteLength} bytes of ${bytes}`;
  // The first and the last byte: to look at all of them would cost more than the call.
  const mark = (call + index) & 0xff;
  const altered = bytes > 0 && (body[0] !== mark || body[bytes - 1] !== mark);
  return altered ? `message ${at} of call ${call} is altered` : undefined;
}
