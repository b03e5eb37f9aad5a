import { fail } from "@std/assert";
import type { Context } from "npm:hono@^4";
import type {
  UpgradedSocket,
  UpgradedSocketEvents,
  UpgradeWebSocket,
  WebSocketEvent,
  WebSocketLike,
} from "../../src/transport/mod.ts";
import type { ControlItem } from "../../src/wire/mod.ts";
import { encode, FrameFeed, type WireTicket } from "./frame_feed.ts";
import { FrameLog } from "./frame_log.ts";

/** How a WebSocket was closed. */
export interface Closed {
  readonly code: number | undefined;
  readonly reason: string | undefined;
}

/** The side of a WebSocket that the library has in its hands; what it does there is for a test to see. */
abstract class Outlet {
  /** What the library says. */
  readonly gets: FrameLog;
  /** The lengths of its messages. */
  readonly lengths: number[] = [];
  /** What counts as waiting to be sent. */
  bufferedAmount = 0;
  /** How the library has closed it. */
  closedWith: Closed | undefined;
  /** Thrown at who sends. */
  broken: Error | undefined;
  readonly #feed = new FrameFeed();

  constructor() {
    this.gets = new FrameLog(this.#feed.stream, (item) => this.say(item));
  }

  /** The peer sends frames in one message. */
  abstract say(...items: readonly (WireTicket | ControlItem)[]): void;

  send(data: Uint8Array<ArrayBuffer>): void {
    if (this.broken !== undefined) throw this.broken;
    if (this.closedWith !== undefined) return;
    this.lengths.push(data.byteLength);
    this.#feed.raw(data.slice());
  }

  close(code?: number, reason?: string): void {
    if (this.closedWith !== undefined) throw new Error("It is closed already");
    this.closedWith = { code, reason };
    this.#feed.close();
  }
}

/** How a platform makes a WebSocket of a request. */
export interface UpgradeScript {
  /** Whether it tells when the WebSocket opens; Workers do not. */
  readonly tellsOpen?: boolean;
  /** Whether it tells what waits to be sent; Workers do not, and Bun has a method. */
  readonly tellsBuffered?: "property" | "method" | "no";
  /** What it makes of the request; 200 stands for the 101 that cannot be made by hand. */
  readonly respond?: () => Response | undefined;
}

/** A WebSocket that a service link has made of a request; the test plays the platform and the client. */
export class ScriptedSocket extends Outlet {
  readonly raw: object;
  readonly context: Context;
  readonly #events: UpgradedSocketEvents;

  constructor(context: Context, events: UpgradedSocketEvents, { tellsBuffered = "property" }: UpgradeScript) {
    super();
    this.context = context;
    this.#events = events;
    if (tellsBuffered === "property") this.raw = this;
    else this.raw = tellsBuffered === "method" ? { getBufferedAmount: () => this.bufferedAmount } : {};
  }

  /** What the library gets; Bun makes another one for each event. */
  get handed(): UpgradedSocket {
    const { raw } = this;
    return { raw, send: (data) => this.send(data), close: (code, reason) => this.close(code, reason) };
  }

  /** Tells that it is open. */
  open(): void {
    this.#events.onOpen(new Event("open"), this.handed);
  }

  /** The client sends frames in one message. */
  override say(...items: readonly (WireTicket | ControlItem)[]): void {
    this.message(encode(...items).slice().buffer);
  }

  /** The client sends a message. */
  message(data: unknown): void {
    this.#events.onMessage({ data }, this.handed);
  }

  /** The client closes, or the connection is lost. */
  closeByPeer(code: number, reason = ""): void {
    this.#events.onClose({ code, reason }, this.handed);
  }

  /** It breaks. */
  error(): void {
    this.#events.onError(new Event("error"), this.handed);
  }
}

/** Plays Hono's `upgradeWebSocket`. */
export class ScriptedUpgrade {
  readonly #script: UpgradeScript;
  readonly #sockets: ScriptedSocket[] = [];

  constructor(script: UpgradeScript = {}) {
    this.#script = script;
  }

  /** To be given to the link. */
  readonly upgrade: UpgradeWebSocket = (createEvents) => async (context, next) => {
    const events = createEvents(context);
    const { tellsOpen = true, respond = () => new Response(null) } = this.#script;
    const response = respond();
    if (response === undefined) return await next();
    const socket = new ScriptedSocket(context, events, this.#script);
    this.#sockets.push(socket);
    if (tellsOpen) socket.open();
    return response;
  };

  /** Takes the next WebSocket. */
  next(): ScriptedSocket {
    return this.#sockets.shift() ?? fail("Expected a WebSocket, there is none");
  }
}

/** A client's WebSocket that an invocation link has opened; the test plays the platform and the server. */
export class ScriptedWebSocket extends Outlet implements WebSocketLike {
  binaryType = "blob";
  readonly url: string;
  readonly protocols: readonly string[];
  readonly headers: Headers;
  readonly #listeners: Map<string, ((event: WebSocketEvent) => void)[]> = new Map();

  constructor(url: string, protocols: readonly string[], headers: Headers) {
    super();
    this.url = url;
    this.protocols = protocols;
    this.headers = headers;
  }

  addEventListener(type: string, listener: (event: WebSocketEvent) => void): void {
    this.#listeners.set(type, [...this.#listeners.get(type) ?? [], listener]);
  }

  /** Tells something. */
  tell(event: WebSocketEvent): void {
    for (const listener of this.#listeners.get(event.type) ?? []) listener(event);
  }

  /** It opens. */
  open(): void {
    this.tell({ type: "open" });
  }

  /** The server sends frames in one message. */
  override say(...items: readonly (WireTicket | ControlItem)[]): void {
    this.tell({ type: "message", data: encode(...items).slice().buffer });
  }

  /** The server closes, or the connection is lost. */
  closeByPeer(code: number, reason = ""): void {
    this.tell({ type: "close", code, reason });
  }
}

/** Opens WebSockets for an invocation link. */
export class ScriptedSocketServer {
  readonly #sockets: ScriptedWebSocket[] = [];

  /** To be given to the link. */
  readonly webSocket = (url: string, protocols: string[], headers: Headers): WebSocketLike => {
    const socket = new ScriptedWebSocket(url, protocols, headers);
    this.#sockets.push(socket);
    return socket;
  };

  /** Takes the next WebSocket. */
  next(): ScriptedWebSocket {
    return this.#sockets.shift() ?? fail("Expected a WebSocket, there is none");
  }
}
