/**
 * All that a pair of runtimes cannot do, and how it is refused. The suite holds each of these against what happens: what
 * stands here must fail with its code, and what does not must work.
 *
 * @module
 */

import type { Capability } from "./conformance_case.ts";
import type { ConformanceTarget } from "./target.ts";

/** Something that does not work, for the pairs that all given names match. */
export interface Refusal {
  readonly client?: string;
  readonly server?: string;
  readonly exchange?: string;
  /** Whether it is so over HTTP/2 alone. */
  readonly http2?: true;
  /** What is not there; without it nothing works. */
  readonly capability?: Capability;
  /** The code that the caller gets; `unnoticed` if nobody tells it, as what it asks for does not come about. */
  readonly code: string;
  /** Why, for the reader. */
  readonly why: string;
}

/** Clients that are pages. */
export const BROWSERS: readonly string[] = ["chromium", "firefox", "webkit"];

/** Clients whose WebSocket cannot be told which headers to send. */
const HEADERLESS = ["deno", "workerd", ...BROWSERS];

/** Clients of another runtime than Bun. */
const ALL_BUT_BUN = ["deno", "node", "node-later", "workerd", ...BROWSERS];

/** The name of any server behind something that has no duplex. */
export const NO_DUPLEX = "behind a proxy without duplex";

/** The list. The first entry that matches counts. */
export const REFUSALS: readonly Refusal[] = [
  ...BROWSERS.map((client): Refusal => ({
    client,
    exchange: "duplex",
    code: "unavailable",
    why: "In browsers the promise of fetch settles only after the upload has ended, and over HTTP/1.1 there are no " +
      "streamed uploads at all; Firefox sends the name of the stream in its place. No browser chooses this kind by " +
      "itself, and one that is told to refuses before there is a call.",
  })),
  {
    exchange: "single",
    capability: "bidi",
    code: "unimplemented",
    why: "The request is complete before the response begins.",
  },
  {
    exchange: "single",
    capability: "streamed upload",
    code: "resource_exhausted",
    why: "The messages of a client are collected before they are sent, up to maxRequestBytes.",
  },
  ...["deno", "chromium"].map((client): Refusal => ({
    client,
    exchange: "single",
    http2: true,
    capability: "stalled streams",
    code: "deadline_exceeded",
    why: "A stream that is not read is held back by not reading its response, and all responses share the HTTP/2 " +
      "connection's window: 5 MiB in Deno, of which a stream takes 2, 15 MiB in Chromium, of which a stream takes 6.",
  })),
  ...["firefox", "webkit"].map((client): Refusal => ({
    client,
    exchange: "single",
    capability: "held responses",
    code: "unnoticed",
    why: "These browsers take what comes of a response, however much it is, and keep in memory what is not read.",
  })),
  ...["single", "pair"].map((exchange): Refusal => ({
    client: "webkit",
    exchange,
    http2: true,
    capability: "noticed loss",
    code: "unnoticed",
    why:
      "WebKitGTK does not end the responses of an HTTP/2 connection that has broken. The calls end when the server's " +
      "heartbeats stay away: with one every 2 s after 7 s on a pair, after 14 s on single exchanges.",
  })),
  ...HEADERLESS.map((client): Refusal => ({
    client,
    exchange: "socket",
    capability: "request headers",
    code: "unimplemented",
    why: "The platform's WebSocket sends no headers of the caller's choice, and there is no option webSocket.",
  })),
  ...["miniflare", "miniflare-object"].flatMap((server): Refusal[] => [
    {
      server,
      exchange: "single",
      capability: "hurried leaving",
      code: "unnoticed",
      why: "Once its client has gone, miniflare takes no more of a response, and cancels it no more than it reads on.",
    },
    ...ALL_BUT_BUN.map((client): Refusal => ({
      client,
      server,
      exchange: "single",
      capability: "early leaving",
      code: "unnoticed",
      why: "miniflare tells of no client that leaves before the response begins, but of Bun's.",
    })),
  ]),
  {
    exchange: "socket",
    capability: "http answer",
    code: "unavailable",
    why: "A WebSocket that does not come about says nothing of the server's answer.",
  },
  ...["workerd", "miniflare"].map((server): Refusal => ({
    server,
    exchange: "pair",
    code: "unimplemented",
    why: "On Workers requests can be joined in a Durable Object alone.",
  })),
  {
    server: NO_DUPLEX,
    exchange: "auto",
    capability: "retiming",
    code: "deadline_exceeded",
    why: "Where there is no duplex such calls are made on single exchanges.",
  },
  {
    exchange: "single",
    capability: "retiming",
    code: "deadline_exceeded",
    why: "The client can say nothing after its request, so the server keeps to the timeout that it knows.",
  },
];

/** Finds out how something is refused to a pair; `undefined` if it works. */
export function refusalOf(target: ConformanceTarget, needs: Capability): Refusal | undefined {
  return REFUSALS.find((refusal) =>
    matches(refusal.client, target.client) && matches(refusal.server, target.server) &&
    matches(refusal.exchange, target.exchange) && matches(refusal.capability, needs) &&
    (refusal.http2 !== true || target.url.startsWith("https:"))
  );
}

/** Tells whether nothing at all works for a pair. */
export function isHopeless(target: ConformanceTarget): boolean {
  return refusalOf(target, "calls") !== undefined;
}

function matches(wanted: string | undefined, name: string): boolean {
  return wanted === undefined || wanted === name;
}
