import { bidiStreaming, defineService, unary } from "../../../src/client.ts";

/** A service whose calls must not run twice. */
export const Bank = defineService("test.Bank", {
  /** Leaves a connection behind that can be used again. */
  warm: unary<void, string>(),
  pay: unary<number, string>(),
  payAll: bidiStreaming<number, string>(),
});
