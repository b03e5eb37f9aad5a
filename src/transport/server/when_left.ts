import type { Context } from "npm:hono@^4";

/**
 * `Deno.serve` (2.9) aborts the signal of every request, also of those that went well, and prints a warning about that
 * once someone has looked at the signal. There the response's `cancel()` comes in the same cases, if later: while the head of
 * the response waits for its handler, for half a heartbeat at most, nothing tells that the client has left.
 */
const LISTENS_TO_SIGNAL = !("Deno" in globalThis);

/** What `env.incoming` is on Node over HTTP/2: `Http2ServerRequest`. */
interface Http2Request {
  readonly aborted: boolean;
  once(event: "aborted", listener: () => void): unknown;
  off(event: "aborted", listener: () => void): unknown;
}

/** Calls back when the client of a request has left, where the platform tells. Returns what ends that. */
export function whenLeft(context: Context, left: () => void): () => void {
  const request = http2RequestOf(context);
  const signal = LISTENS_TO_SIGNAL ? context.req.raw.signal : undefined;
  request?.once("aborted", left);
  signal?.addEventListener("abort", left);
  if (request?.aborted || signal?.aborted) left();
  return () => {
    request?.off("aborted", left);
    signal?.removeEventListener("abort", left);
  };
}

/**
 * Of `@hono/node-server` 1 over HTTP/2 neither the request's signal nor the stream of a response that begins later tells of a
 * client that leaves before it has begun (Node 20 and 26).
 */
function http2RequestOf({ env }: Context): Http2Request | undefined {
  const incoming: unknown = env?.incoming;
  const isHttp2 = typeof incoming === "object" && incoming !== null && "httpVersionMajor" in incoming &&
    incoming.httpVersionMajor === 2 && "once" in incoming && "off" in incoming;
  return isHttp2 ? incoming as unknown as Http2Request : undefined; // by its version, which only Node's request has
}
