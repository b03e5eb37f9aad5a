/**
 * What the benchmark asks of everything that it measures. A peer is one small module that exports a `Peer` as `peer`; it runs on
 * whatever runtime the catalog says, so it is JavaScript with types in comments.
 *
 * @module
 */

/** What travels: bytes where a peer can carry them as they are, and text of as many characters where it speaks JSON. */
export type Message = Uint8Array | string;

/** What a stream's consumer can hand over. */
export type Messages = Iterable<Message> | AsyncIterable<Message>;

/** The four kinds of call. */
export type CallKind = "unary" | "serverStream" | "clientStream" | "bidi";

/** What a server does with calls, whatever carries them. */
export interface Service {
  /** Gives a message back. */
  echo(message: Message): Message;
  /** Streams what a request asks for. */
  produce(request: Message): AsyncIterable<Message>;
  /** Takes a stream and says how many bytes or characters it had. */
  consume(messages: AsyncIterable<Message>): Promise<Message>;
  /** Gives each message of a stream back. */
  echoAll(messages: AsyncIterable<Message>): AsyncIterable<Message>;
  /** The answer of `consume`, for servers that are told of messages one by one. */
  sum(length: number): Message;
}

/** A server that runs. */
export interface PeerServer {
  readonly port: number;
}

/** Where calls are made. All of one client share one connection if the peer can do that. */
export interface PeerClient {
  unary(message: Message): Promise<Message>;
  serverStream(request: Message): AsyncIterable<Message>;
  clientStream(messages: Messages): Promise<Message>;
  bidi(messages: Messages): AsyncIterable<Message>;
  close(): void | Promise<void>;
}

/** One that is measured. */
export interface Peer {
  readonly encoding: "bytes" | "text";
  /** What its users cannot do with it. */
  readonly cannot: readonly CallKind[];
  /** What has a connection of its own, if all of one client do not share one. */
  readonly connections?: "per stream" | "per call";
  serve(service: Service): Promise<PeerServer>;
  connect(port: number): PeerClient | Promise<PeerClient>;
  /** The same over `fetch` of one's own, where a peer takes that. */
  connectOver?(port: number, fetch: typeof globalThis.fetch): PeerClient | Promise<PeerClient>;
}
