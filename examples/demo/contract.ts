import {
  bidiStreaming,
  bytesSerializer,
  clientStreaming,
  defineService,
  serverStreaming,
  unary,
} from "@ticketlink/ticketlink/client";

/** Size and length of a text. */
export interface Description {
  readonly bytes: number;
  readonly lines: number;
}

/** How often a word stands in the library's text. */
export interface WordCount {
  readonly word: string;
  readonly count: number;
}

/** A library with one text: each kind of call does something with it. */
export const Library = defineService("demo.Library", {
  /** Unary: one question, one answer. */
  describe: unary<void, Description>(),
  /** Server streaming: the text, line by line. */
  lines: serverStreaming<void, string>(),
  /** Client streaming: takes a copy of the text in chunks, and confirms it. */
  store: clientStreaming<Uint8Array, { bytes: number; sha256: string }>({ inputSerializer: bytesSerializer }),
  /** Bidirectional streaming: words in, counts out, one by one. */
  count: bidiStreaming<string, WordCount>(),
});
