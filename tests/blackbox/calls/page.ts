/// <reference lib="dom" />
/** What pages do in the tests of browsers; bundled for them, and called through `page.evaluate`. */
import { connect, createClient, type ExchangeEvent, type UrlClientOptions } from "@ticketlink/ticketlink/client";
import { Calls } from "./service.ts";

/** How long a page waits for what is to come at once. */
const PATIENCE_MS = 2_500;

/** What became of streams that a page has opened, and of a unary call beside them. */
export interface Streams {
  /** Streams that have brought two messages. */
  readonly live: number;
  /** Why others have failed. */
  readonly failures: readonly string[];
  /** When the last of them has failed, in milliseconds. */
  readonly lastFailureMs: number;
  /** What `onExchange` has told until all streams were live, or nothing more was to be expected. */
  readonly events: readonly ExchangeEvent[];
  /** What the unary call has brought. */
  readonly unary: string;
  readonly unaryMs: number;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Opens server streams that do not end, from so many clients in turns, and makes a unary call when they are live. */
async function openStreams(url: string, count: number, clients = 1): Promise<Streams> {
  const events: ExchangeEvent[] = [];
  const onExchange = (event: ExchangeEvent): void => void events.push(event);
  // Channels, since WebKit has no Symbol.asyncDispose.
  const channels = Array.from({ length: clients }, () => connect(url, { onExchange }));
  const failures: string[] = [];
  let live = 0;
  let lastFailureMs = 0;
  let isOver = false;
  const startMs = performance.now();
  const follow = async (_: unknown, i: number): Promise<void> => {
    try {
      for await (const number of createClient(Calls, channels[i % clients]!).ticks(100)) if (number === 1) live += 1;
    } catch (error) {
      if (isOver) return;
      failures.push(String(error));
      lastFailureMs = performance.now() - startMs;
    }
  };
  const followed = Array.from({ length: count }, follow);
  while (live + failures.length < count && performance.now() - startMs < PATIENCE_MS) await pause(20);
  const seen = [...events];
  const unaryMs = performance.now();
  const unary = await createClient(Calls, channels[0]!).hello("Ada", { timeoutMs: PATIENCE_MS }).catch(String);
  const result = {
    live,
    failures: [...failures],
    lastFailureMs,
    events: seen,
    unary,
    unaryMs: performance.now() - unaryMs,
  };
  isOver = true;
  await Promise.all(channels.map((channel) => channel.close()));
  await Promise.all(followed);
  return result;
}

/** What a page has given for an upload, and when: pairs of the time and the bytes so far. */
export interface Upload {
  readonly given: readonly (readonly [ms: number, bytes: number])[];
  /** What the server says that it has got, or why it failed. */
  readonly outcome: number | string;
}

/** Sends bytes in pieces of 64 KiB. */
async function upload(url: string, bytes: number): Promise<Upload> {
  const given: [number, number][] = [];
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (let sent = 0; sent < bytes;) {
      const size = Math.min(65_536, bytes - sent);
      sent += size;
      given.push([performance.timeOrigin + performance.now(), sent]);
      yield new Uint8Array(size);
    }
  }
  const client = createClient(Calls, url);
  const outcome = await client.take(pieces()).catch(String);
  await client[Symbol.asyncDispose]();
  return { given, outcome };
}

/** How a call has failed, and how soon. */
export interface Failure {
  readonly failure: string | undefined;
  readonly ms: number;
}

/** Makes a unary call by a client that is made with some options. */
async function callOnce(url: string, options: UrlClientOptions): Promise<Failure> {
  const startMs = performance.now();
  let failure: string | undefined;
  try {
    const client = createClient(Calls, url, { timeoutMs: PATIENCE_MS, ...options });
    await client.hello("Ada");
  } catch (error) {
    failure = String(error);
  }
  return { failure, ms: performance.now() - startMs };
}

Object.assign(globalThis, { openStreams, upload, callOnce });
