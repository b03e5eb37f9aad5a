import type { Hello } from "../../wire/control_item.ts";
import { originOf } from "./origin.ts";

/**
 * Responses of one origin that may be open before another stream goes where others are, and before no link opens a *pair* of
 * its own. Over HTTP/1.1 a browser has six connections to an origin, for all its tabs together.
 */
export const MAX_STREAMS = 2;
export const MAX_RESPONSES = 4;

/** An entry of the browser's, of which some kinds tell the protocol. */
interface Entry {
  readonly name: string;
  readonly nextHopProtocol?: string;
}

/**
 * The responses from one origin that stay open in this browser: of server streams that have a request each, and of pairs,
 * whichever link they are of. Each takes a connection, unless HTTP/2 or later carries them.
 */
export class OpenStreams extends Set<unknown> {
  readonly #origin: string;
  /** Who waits for the server's next hello. */
  readonly waiting: Set<() => void> = new Set();
  /** What the server has last said, to whichever link. */
  hello: Hello | undefined;

  constructor(origin: string) {
    super();
    this.#origin = origin;
  }

  /** Whether so many are open, with a connection each. A protocol that is unknown counts as HTTP/1.1. */
  take(connections: number): boolean {
    return this.size >= connections && (this.protocol ?? "http/").startsWith("http/");
  }

  /** The server has said what it offers. */
  greeted(hello: Hello): void {
    this.hello = hello;
    for (const goOn of [...this.waiting]) goOn();
  }

  /**
   * By which protocol the browser has last got something from the origin, as `h2` or `http/1.1`; `undefined` if it does not
   * tell. It tells of what has ended, and of other origins only if they allow it (`Timing-Allow-Origin`).
   */
  get protocol(): string | undefined {
    let last: string | undefined;
    // What only looks like a browser, as jsdom does, has no entries.
    const entries = (performance.getEntries?.() ?? []) as Entry[]; // not every kind of entry tells the protocol
    for (const { name, nextHopProtocol } of entries) {
      // Some say "unknown".
      if (name.startsWith(`${this.#origin}/`) && nextHopProtocol?.startsWith("h")) last = nextHopProtocol;
    }
    return last;
  }
}

const STREAMS: Map<string, OpenStreams> = new Map();

/** The responses that are open from the origin of a URL. */
export function openStreamsFrom(url: string): OpenStreams {
  const origin = originOf(url);
  const streams = STREAMS.get(origin) ?? new OpenStreams(origin);
  STREAMS.set(origin, streams);
  return streams;
}
