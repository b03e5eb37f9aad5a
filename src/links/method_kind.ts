/**
 * The four kinds of method, by how many messages go each way.
 *
 * @example Kinds are plain strings
 * ```ts
 * import { MethodKind, serverStreaming } from "@ticketlink/ticketlink";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(serverStreaming<number, number>().kind, MethodKind.SERVER_STREAMING);
 * ```
 */
export const MethodKind: Readonly<{
  /** One request, one response. */
  UNARY: "unary";
  /** One request, any number of responses. */
  SERVER_STREAMING: "server_streaming";
  /** Any number of requests, one response. */
  CLIENT_STREAMING: "client_streaming";
  /** Any number of each, at the same time. */
  BIDI_STREAMING: "bidi_streaming";
}> = Object.freeze({
  UNARY: "unary",
  SERVER_STREAMING: "server_streaming",
  CLIENT_STREAMING: "client_streaming",
  BIDI_STREAMING: "bidi_streaming",
});

/** One of the members of {@linkcode MethodKind}. */
export type MethodKind = typeof MethodKind[keyof typeof MethodKind];

/** Whether methods of a kind take a stream of requests. Where the kind is not known, they may. */
export function streamsRequests(kind: MethodKind | undefined): boolean {
  return kind !== MethodKind.UNARY && kind !== MethodKind.SERVER_STREAMING;
}

/** Whether methods of a kind respond with a stream. Where the kind is not known, they may. */
export function streamsResponses(kind: MethodKind | undefined): boolean {
  return kind !== MethodKind.UNARY && kind !== MethodKind.CLIENT_STREAMING;
}
