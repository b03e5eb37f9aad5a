import { bidiStreaming, clientStreaming, defineService, serverStreaming, unary } from "../../mod.ts";

/** A service whose calls are numbered by their callers, so that it can be told which of them started where. */
export const Numbered = defineService("test.Numbered", {
  once: unary<number, number>(),
  count: serverStreaming<number, number>(),
  sum: clientStreaming<number, number>(),
  echo: bidiStreaming<number, number>(),
});
