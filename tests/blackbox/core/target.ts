import { clientStreaming, defineService, serverStreaming, unary } from "../../../mod.ts";

/** What the server in a process of its own serves. */
export const Target = defineService("core.Target", {
  /** Takes bytes and gives 314,159 others, as gRPC's `large_unary` does. */
  swap: unary<Uint8Array, Uint8Array>(),
  /** Gives so many bytes. */
  give: unary<number, Uint8Array>(),
  /** Takes bytes and says how many. */
  take: unary<Uint8Array, number>(),
  /** Says a number every 20 ms. */
  ticks: serverStreaming<void, number>(),
  /** Gives messages of so many bytes without end. */
  flood: serverStreaming<number, Uint8Array>(),
  /** Is busy until it is released, whatever its signal says. */
  busy: unary<Uint8Array | undefined, void>(),
  /** Is busy until it is released, and then counts what it is sent. */
  lateSink: clientStreaming<Uint8Array, number>(),
  /** Counts what it is sent. */
  sink: clientStreaming<Uint8Array, number>(),
});

/** Bytes that `swap` takes and gives: those of gRPC's interoperability tests. */
export const SWAPPED_BYTES = { up: 271_828, down: 314_159 } as const;

/** What the server says of itself. */
export interface TargetState {
  /** Handlers of `busy` and `lateSink` that have begun. */
  readonly begun: number;
  /** Those that have not settled. */
  readonly running: number;
}
