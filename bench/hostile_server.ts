/**
 * The server that is attacked. Says its ports, and how it has fared for each line that it reads.
 *
 * Beside the site it has two that only read what they are sent, on the same event loop: one that answers in full when
 * nothing has come for a while, as a server does that has had enough, and one that leaves its clients alone.
 */
import process from "node:process";
import { Site } from "../tests/hostile/site.ts";

const { gc } = globalThis as { gc?: () => void }; // There with --v8-flags=--expose-gc.
/** Milliseconds after which a reader has had enough. */
const ENOUGH_MS = 5;
const QUIET = { hostname: "127.0.0.1", port: 0, onListen: () => {} };

/** Reads a body and drops it. Its answer ends so long after the last chunk. */
function reader(patienceMs: number): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve(QUIET, ({ body }) => {
    let end = (): void => {};
    let timer: ReturnType<typeof setTimeout> | undefined;
    const answer = new ReadableStream<Uint8Array>({
      start: (controller) => {
        controller.enqueue(Uint8Array.of(0x40));
        end = () => {
          end = () => {};
          controller.close();
        };
      },
      cancel: () => {
        clearTimeout(timer);
        end = () => {};
      },
    });
    const endSoon = (): void => {
      clearTimeout(timer);
      if (patienceMs < Infinity) timer = setTimeout(() => end(), patienceMs);
    };
    const drop = new WritableStream<Uint8Array>({ write: endSoon });
    // A connection whose client has vanished would otherwise stay.
    body?.pipeTo(drop).catch(() => {}).then(() => end());
    return new Response(answer);
  });
}

/**
 * How long a timer that is due has to wait for others to have done, in milliseconds of the process's CPU time: what
 * anyone waits whose request has just come. Unlike time by the clock it does not count what other processes do.
 */
class Stretches {
  #ms: number[] = [];
  #since = process.cpuUsage();

  constructor() {
    this.#wait();
  }

  /** Those since it was asked last: the p99 and the maximum. */
  take(): { readonly p99: number; readonly max: number } {
    const sorted = this.#ms.sort((a, b) => a - b);
    this.#ms = [];
    return { p99: sorted[Math.floor(sorted.length * 0.99)] ?? 0, max: sorted.at(-1) ?? 0 };
  }

  #wait(): void {
    this.#since = process.cpuUsage();
    setTimeout(() => {
      const { user, system } = process.cpuUsage(this.#since);
      this.#ms.push((user + system) / 1_000);
      this.#wait();
    }, 1);
  }
}

const site = new Site();
const stretches = new Stretches();
console.log(
  JSON.stringify({ site: site.port, ending: reader(ENOUGH_MS).addr.port, holding: reader(Infinity).addr.port }),
);
for await (const line of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
  const { p99, max } = stretches.take();
  if (line.includes("gc")) gc?.();
  const { heapUsed, rss } = Deno.memoryUsage();
  stretches.take();
  console.log(JSON.stringify({ heapUsed, rss, p99, max, ...site.counts }));
}
