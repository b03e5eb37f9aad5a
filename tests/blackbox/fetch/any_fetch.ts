/**
 * What a `fetch` may bring: a response in all the shapes in which libraries have one, with pieces that are missing, wrong,
 * or fail when they are looked at, or something else altogether.
 *
 * @module
 */
import fc from "fast-check";
import { Readable } from "node:stream";

/** Makes something of the response that a server has given. */
type Make = (response: Response) => unknown;

/** How a `fetch` behaves with one request. */
export interface Behaviour {
  /** Whether it answers at once, later, by something that only looks like a promise, or not at all. */
  readonly how: "returns" | "resolves" | "is thenable" | "throws" | "rejects";
  readonly what: Make;
}

const fail = (): never => {
  throw new Error("Do not look at me");
};

const STATUS: Readonly<Record<string, Make>> = {
  right: ({ status }) => status,
  missing: () => undefined,
  text: () => "200",
  zero: () => 0,
  redirect: () => 307,
  "not found": () => 404,
  "no number": () => NaN,
};

const HEADERS: Readonly<Record<string, Make>> = {
  right: ({ headers }) => headers,
  "a map": ({ headers }) => new Map(headers),
  missing: () => undefined,
  null: () => null,
  "a plain object": ({ headers }) => Object.fromEntries(headers),
  "that throw": () => ({ get: fail }),
  "that bring no text": () => ({ get: () => ({}) }),
};

const BODY: Readonly<Record<string, Make>> = {
  "a stream": ({ body }) => body,
  "a stream of buffers": ({ body }) =>
    body?.pipeThrough(new TransformStream({ transform: (chunk, to) => to.enqueue(chunk.slice().buffer) })),
  "an async iterable": ({ body }) => body === null ? null : oneByOne(body),
  "a stream of Node": ({ body }) => body === null ? null : Readable.from(oneByOne(body)),
  missing: () => undefined,
  null: () => null,
  text: () => "body",
  locked({ body }) {
    body?.getReader();
    return body;
  },
  "a stream of text": ({ body }) =>
    body?.pipeThrough(new TransformStream({ transform: (chunk, to) => to.enqueue(String(chunk)) })),
  "a stream that fails": () => new ReadableStream({ pull: fail }),
  "a reader that throws": () => ({ getReader: () => ({ read: fail, cancel: fail, releaseLock: fail }) }),
  "a reader that brings nothing": () => ({ getReader: () => ({ read: () => undefined }) }),
  "a reader that is none": () => ({ getReader: () => 5 }),
  "no reader": () => ({ getReader: fail }),
  "an iterator that is none": () => ({ [Symbol.asyncIterator]: () => undefined }),
  "an iterator that throws": () => ({ [Symbol.asyncIterator]: () => ({ next: fail, return: fail }), destroy: fail }),
};

const WHOLE: Readonly<Record<string, (response: Response) => unknown>> = {
  right: (response) => response.arrayBuffer(),
  rejects: () => Promise.reject("no buffer"),
  throws: fail,
  "no buffer": () => 5,
};

async function* oneByOne(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of body) for (const byte of chunk) yield Uint8Array.of(byte);
}

/** One of the ways, the first of them as often as all others together. */
function oneOf<Way>(ways: Readonly<Record<string, Way>>): fc.Arbitrary<Way> {
  const [first, ...others] = Object.values(ways);
  if (first === undefined) throw new TypeError("There is no way");
  return fc.oneof(
    { weight: others.length, arbitrary: fc.constant(first) },
    ...others.map((way) => fc.constant(way)),
  );
}

const piecewise: fc.Arbitrary<Make> = fc.record({
  status: oneOf(STATUS),
  headers: oneOf(HEADERS),
  body: oneOf(BODY),
  whole: fc.option(oneOf(WHOLE), { nil: undefined }),
  bodyUsed: fc.constantFrom(undefined, false, false, true),
  lazy: fc.boolean(),
}).map(({ status, headers, body, whole, bodyUsed, lazy }) => (response) => {
  const pieces = {
    status: status(response),
    headers: headers(response),
    ...(bodyUsed === undefined ? {} : { bodyUsed }),
    ...(whole === undefined ? {} : { arrayBuffer: () => whole(response) }),
  };
  // Whoever takes the buffer has no body to take.
  if (whole !== undefined && body === BODY.missing) return pieces;
  return lazy
    ? Object.defineProperty(pieces, "body", { get: () => body(response) })
    : { ...pieces, body: body(response) };
});

const something: fc.Arbitrary<Make> = fc.oneof(
  fc.constantFrom<Make>(
    () => undefined,
    () => null,
    () => () => {},
    () => new Error("no"),
    () => new Proxy({}, { has: fail, get: fail }),
  ),
  fc.anything().map((value): Make => () => value),
);

/** How a `fetch` may behave. */
export const behaviour: fc.Arbitrary<Behaviour> = fc.record({
  how: oneOf({
    1: "resolves" as const,
    2: "returns" as const,
    3: "is thenable" as const,
    4: "throws" as const,
    5: "rejects" as const,
  }),
  what: fc.oneof(
    { weight: 2, arbitrary: fc.constant<Make>((response) => response) },
    { weight: 6, arbitrary: piecewise },
    { weight: 2, arbitrary: something },
  ),
});

/** Makes a `fetch` that behaves with its requests in that way, one after the other, and begins anew. */
export function fetchOf(
  behaviours: readonly Behaviour[],
  serve: (url: string, init: RequestInit) => Response | Promise<Response>,
): (url: string, init: RequestInit) => unknown {
  let count = 0;
  const bring = async (url: string, init: RequestInit, what: Make): Promise<unknown> => what(await serve(url, init));
  return (url, init) => {
    const { how, what } = behaviours[count++ % behaviours.length] ?? { how: "resolves", what: () => undefined };
    const nobody = new Response("Nobody asked", { status: 500 });
    if (how === "throws") throw what(nobody);
    if (how === "rejects") return Promise.reject(what(nobody));
    if (how === "returns") return what(nobody);
    const brought = bring(url, init, what);
    if (how === "resolves") return brought;
    return {
      then: (resolve: (value: unknown) => void, reject: (error: unknown) => void) => brought.then(resolve, reject),
    };
  };
}
