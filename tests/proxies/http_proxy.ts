import type { Proxy, ProxyKind } from "./proxy.ts";

/** Passes one request on, in its own way. */
export type Passing = (request: Request, send: (body: BodyInit | null) => Promise<Response>) => Promise<Response>;

/** Headers that are about one connection (RFC 9110 §7.6.1), or that the next hop has its own of. */
const HOP_BY_HOP = ["connection", "keep-alive", "transfer-encoding", "upgrade", "host", "content-length"];

/** Holds a request back until it is whole, as some tunnels do. */
export const BUFFERING: ProxyKind = httpProxy("a proxy that buffers requests whole", async (request, send) => {
  return await send(await request.bytes());
});

/** Passes a request on as it comes, and its response when the request has ended, as Go's servers do over HTTP/1.1. */
export const DRAINING: ProxyKind = httpProxy(
  "a proxy that drains the request before it answers",
  async (request, send) => {
    const ended = Promise.withResolvers<void>();
    const body = passing(request, { ended: ended.resolve });
    const response = await send(body);
    await ended.promise;
    return response;
  },
);

/** Answers as soon as the server does, and drops what comes of the request from then on. */
export const DROPPING: ProxyKind = httpProxy(
  "a proxy that drops the rest of a request once it answers",
  async (request, send) => {
    let isAnswered = false;
    const response = await send(passing(request, { drops: () => isAnswered, ended: () => {} }));
    isAnswered = true;
    return response;
  },
);

/**
 * Cuts each request off, in both directions, when a body of it is longer than it may be or when it has taken too long, as
 * platforms do.
 */
export function cutting(name: string, { maxBytes, maxMs }: Record<"maxBytes" | "maxMs", number>): ProxyKind {
  const proxy = httpProxy(name, async (request, send) => {
    const cut = new AbortController();
    const timer = setTimeout(() => cut.abort(), maxMs);
    cut.signal.addEventListener("abort", () => clearTimeout(timer));
    const response = await send(request.body === null ? null : limited(request.body, maxBytes, cut));
    if (response.body !== null) {
      return new Response(limited(response.body, maxBytes, cut, () => clearTimeout(timer)), response);
    }
    clearTimeout(timer);
    return response;
  });
  return { ...proxy, hasDuplex: true };
}

/** A body that breaks off after so many bytes, or when its exchange is cut; it cuts its exchange when it does. */
function limited(
  body: ReadableStream<Uint8Array>,
  maxBytes: number,
  cut: AbortController,
  ended: () => void = () => {},
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  let bytes = 0;
  return new ReadableStream<Uint8Array>({
    start(controller) {
      cut.signal.addEventListener("abort", () => {
        reader.cancel().catch(() => "it is over either way");
        controller.error(new Error("The proxy has had enough"));
      });
    },
    async pull(controller) {
      const { done, value } = await reader.read();
      bytes += value?.byteLength ?? 0;
      if (done) ended();
      if (done) controller.close();
      else if (bytes > maxBytes) cut.abort();
      else controller.enqueue(value);
    },
    cancel(reason) {
      ended();
      return reader.cancel(reason);
    },
  }, { highWaterMark: 0 });
}

/** The body of a request, as far as it is passed on. */
function passing(
  request: Request,
  { drops = () => false, ended }: { readonly drops?: () => boolean; readonly ended: () => void },
): ReadableStream<Uint8Array> {
  const reader = request.body?.getReader();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        for (let read = await reader?.read(); read !== undefined && !read.done; read = await reader?.read()) {
          if (!drops()) return controller.enqueue(read.value);
        }
        controller.close();
      } catch (error) {
        controller.error(error);
      }
      ended();
    },
    cancel(reason) {
      ended();
      return reader?.cancel(reason);
    },
  }, { highWaterMark: 0 });
}

function httpProxy(name: string, pass: Passing): ProxyKind {
  return { name, hasDuplex: false, start: (upstreamPort) => Promise.resolve(passRequests(upstreamPort, pass)) };
}

/** Takes requests and passes them on to a port. */
export function passRequests(upstreamPort: number, pass: Passing): Proxy {
  const gone = new AbortController();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    const { pathname, search } = new URL(request.url);
    const headers = endToEnd(request.headers);
    const { signal } = gone;
    const send = (body: BodyInit | null): Promise<Response> => {
      const init: RequestInit & { duplex: "half" } = { method: request.method, headers, body, signal, duplex: "half" };
      return fetch(`http://127.0.0.1:${upstreamPort}${pathname}${search}`, init);
    };
    try {
      const { status, headers: answered, body } = await pass(request, send);
      return new Response(body, { status, headers: endToEnd(answered) });
    } catch {
      return new Response(null, { status: 502 });
    }
  });
  return {
    port: server.addr.port,
    async [Symbol.asyncDispose]() {
      gone.abort();
      await server.shutdown();
    },
  };
}

function endToEnd(headers: Headers): Headers {
  const passed = new Headers(headers);
  for (const name of HOP_BY_HOP) passed.delete(name);
  return passed;
}
