import { originOf } from "./origin.ts";

/**
 * Responses of one origin that may be open before another stream goes where others are, and before no link opens a *pair* of
 * its own. Over HTTP/1.1 a browser has six connections to an origin, for all its tabs together.
 */
export const MAX_STREAMS = 2;
export const MAX_RESPONSES = 4;

/**
 * The responses from one origin that stay open in this browser: of server streams that have a request each, and of pairs,
 * whichever link they are of. Each takes a connection, unless HTTP/2 or later carries them.
 */
export class OpenStreams {
  readonly #origin: string;
  readonly #open: Set<unknown> = new Set();

  constructor(origin: string) {
    this.#origin = origin;
  }

  /** How many there are. */
  get size(): number {
    return this.#open.size;
  }

  /** Whether so many are open, with a connection each. A protocol that is unknown counts as HTTP/1.1. */
  take(connections: number): boolean {
    return this.#open.size >= connections && (this.protocol ?? "http/").startsWith("http/");
  }

  /**
   * By which protocol the browser has last got something from the origin, as `h2` or `http/1.1`; `undefined` if it does not
   * tell. It tells of what has ended, and of other origins only if they allow it (`Timing-Allow-Origin`).
   */
  get protocol(): string | undefined {
    let last: string | undefined;
    for (const entry of performance.getEntries()) {
      if (!("nextHopProtocol" in entry) || !entry.name.startsWith(`${this.#origin}/`)) continue;
      last = String(entry.nextHopProtocol) || last;
    }
    return last;
  }

  /** One is open, until it is deleted. */
  add(stream: unknown): void {
    this.#open.add(stream);
  }

  /** One is over, if it has been added. */
  delete(stream: unknown): void {
    this.#open.delete(stream);
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
