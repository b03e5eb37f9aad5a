/**
 * A server in a process of its own that answers as no honest one does, so that what it costs a client is the client's alone.
 * Says its port, and ends with its standard input. The path of a request names the answer.
 */
import { gzipSync } from "node:zlib";
import { frame, FrameInput, type Item, join } from "../core/frames.ts";

/** Bytes of stray tickets, before they are compressed. */
const BOMB_BYTES = 64_000_000;

/** Tickets of operations that nobody has opened, in one piece. */
const STRAYS = join(Array.from({ length: 2_000 }, (_, i) => frame([1_000 + i, new Uint8Array(2)])));
/** It has what a pair needs, the id of an exchange, as well. */
const HELLO = frame([-1, new Map<number, Item>([[0, [1]], [4, 300], [5, new Uint8Array(16)], [6, [0, 1, 2, 3]]])]);
const CONTENT = join([HELLO, ...Array.from({ length: BOMB_BYTES / STRAYS.length }, () => STRAYS)]);
const BOMB = new Uint8Array(gzipSync(CONTENT, { level: 9 }));

/** What a response is made of: what it begins with, and what it goes on with for ever. */
function streamOf(first: Uint8Array | undefined, more?: Uint8Array): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start: (controller) => first && controller.enqueue(first),
    pull: (controller) => more === undefined ? new Promise(() => {}) : controller.enqueue(more),
  });
}

async function answer(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url);
  if (request.headers.get("upgrade") === "websocket") return upgrade(request, pathname);
  if (await isFurtherPart(request)) return new Response(null, { status: 204 });
  const headers = { "content-type": "application/vnd.ticketlink+cbor-seq" };
  switch (pathname) {
    case "/bomb":
      return new Response(BOMB, { headers: { ...headers, "content-encoding": "gzip" } });
    case "/strays":
      return new Response(streamOf(HELLO, STRAYS), { headers });
    case "/nothing":
      return new Response(streamOf(undefined), { headers });
    case "/hello":
      return new Response(streamOf(HELLO), { headers });
    default:
      return new Response("There is no such answer", { status: 404 });
  }
}

/** Whether a request goes on with a pair. The rest of its body is left unread. */
async function isFurtherPart({ body }: Request): Promise<boolean> {
  const reader = body?.getReader();
  const { value } = await reader?.read() ?? {};
  const [first] = new FrameInput().push(value ?? new Uint8Array());
  return first?.type === -6 && first.fields.get(1) !== 0;
}

function upgrade(request: Request, pathname: string): Response {
  const { socket, response } = Deno.upgradeWebSocket(request, { protocol: "ticketlink" });
  socket.onopen = () => pathname === "/hello" && socket.send(HELLO);
  // It closes with its client's process.
  socket.onerror = () => {};
  return response;
}

const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, answer);
console.log(server.addr.port);
for await (const _ of Deno.stdin.readable);
Deno.exit(0);
