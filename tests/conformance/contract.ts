import type { Client } from "../../src/client.ts";
import type { ContractLibrary } from "./library.ts";

/** The service's name. */
export const SERVICE_NAME = "ticketlink.Conformance";

/** What the server saw of a call that was given a key. All of it is plain data, so that any request may ask for it. */
export interface Observation {
  /** Handlers that began with the key. */
  readonly started: number;
  /** Handlers that ended. */
  readonly ended: number;
  /** Messages that handlers with the key have produced or taken. */
  readonly messages: number;
  /** The code of the reason that aborted a handler's signal. */
  readonly aborted: string | undefined;
}

/** How a handler is to fail. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly metadata: readonly (readonly [string, string | Uint8Array])[];
  readonly details: readonly unknown[];
}

/** What a handler is to do about its own deadline. */
export interface Delay {
  readonly key: string;
  /** Milliseconds until it answers. */
  readonly ms: number;
  /** The timeout that it asks for first. */
  readonly timeoutMs?: number | undefined;
}

/** A stream that a handler is to produce. */
export interface Production {
  readonly key: string;
  /** Messages; without it there is no end. */
  readonly count?: number | undefined;
  /** Bytes of each. */
  readonly bytes: number;
  /** Milliseconds before each; 0 means at once. */
  readonly everyMs: number;
  /** Messages after which it waits until the key is released. */
  readonly pauseAfter?: number | undefined;
}

/** Makes the contract of the service that all servers of the conformance runs have. */
export function conformanceContract(
  { bidiStreaming, clientStreaming, defineService, serverStreaming, unary }: ContractLibrary,
) {
  return defineService(SERVICE_NAME, {
    /** Answers with the request. */
    echo: unary<unknown, unknown>(),
    /** Answers after a while, with the milliseconds that are left then. */
    delay: unary<Delay, number>(),
    /** Fails as it is told. */
    fail: unary<Failure, never>(),
    /** Throws what is no `RpcError`. */
    crash: unary<void, never>(),
    /** Answers when the key is released, with the milliseconds that are left then. */
    wait: unary<string, number>(),
    /** Answers with the metadata, and sends it back as headers and trailers. */
    reflect: unary<void, readonly (readonly [string, string | Uint8Array])[]>(),
    /** Answers with a header of the HTTP request. */
    httpHeader: unary<string, string | undefined>(),
    /** Only takes note. */
    note: unary<string, void>(),
    /** Answers with what calls with the key did. */
    observe: unary<string, Observation>(),
    /** Lets the calls with the key go on. */
    release: unary<string, void>(),
    /** The numbers from 0. */
    count: serverStreaming<number, number>(),
    /** Bytes. */
    produce: serverStreaming<Production, Uint8Array>(),
    /** That many numbers, then an error. */
    countAndFail: serverStreaming<number, number>(),
    /** Adds up. */
    sum: clientStreaming<number, number>(),
    /** Counts bytes; the first message is a key, and nothing more is taken before the key is released. */
    weigh: clientStreaming<Uint8Array | string, number>(),
    /** Answers when it has the first message. */
    first: clientStreaming<unknown, unknown>(),
    /** Answers each message with itself. The first metadata value is its key. */
    chat: bidiStreaming<unknown, unknown>(),
    /** The same until a 0 comes, which is the last that it answers. */
    chatUntil: bidiStreaming<number, number>(),
  });
}

/** The contract's type. */
export type ConformanceContract = ReturnType<typeof conformanceContract>;

/** A client of it. */
export type ConformanceClient = Client<ConformanceContract["methods"]>;
