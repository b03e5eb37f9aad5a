import {
  bidiStreaming,
  bytesSerializer,
  clientStreaming,
  defineService,
  serverStreaming,
  unary,
} from "@ticketlink/ticketlink/client";

/** What the server has received of an upload. */
export interface Receipt {
  readonly bytes: number;
  readonly sha256: string;
}

/** One call of each kind, for a page to show. */
export const Show = defineService("demo.Show", {
  /** Unary: a name in, a greeting out. */
  greet: unary<string, string>(),
  /** Server streaming: the numbers from 1, one every 50 ms. */
  count: serverStreaming<number, number>(),
  /** Client streaming: a file in chunks, and what the server got of it. */
  upload: clientStreaming<Uint8Array, Receipt>({ inputSerializer: bytesSerializer }),
  /** Bidirectional streaming: every line comes back in capitals. */
  chat: bidiStreaming<string, string>(),
});
