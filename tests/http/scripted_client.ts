import type { ControlItem, Hello } from "../../src/wire/mod.ts";
import { MEDIA_TYPE, readRefusalFrame } from "../../src/wire/mod.ts";
import { assertEquals } from "@std/assert";
import { encode, FrameFeed, type WireTicket } from "./frame_feed.ts";
import { FrameLog } from "./frame_log.ts";

/** A `fetch`, as the library takes it. */
export type Fetch = (url: string, init: RequestInit) => Response | Promise<Response>;

/** How a client begins. */
export interface ClientScript {
  /** What its hello says beside or instead of the usual. */
  readonly hello?: Partial<Hello>;
  /** Headers beside the usual. */
  readonly headers?: HeadersInit;
  /** Ends the request from outside. */
  readonly signal?: AbortSignal;
}

/** The hello of a client. */
export function clientHello(hello: Partial<Hello> = {}): Hello {
  return { kind: "hello", versions: [1], exchange: "duplex", ...hello };
}

/** The far side of a service link, played by a test. */
export class ScriptedClient {
  readonly response: Response;
  /** What the client says. */
  readonly sends: FrameFeed;
  /** What it is told. */
  readonly gets: FrameLog;

  constructor(response: Response, sends: FrameFeed) {
    this.response = response;
    this.sends = sends;
    this.gets = new FrameLog(response.body!, (item) => this.sends.send(item));
  }

  /** Ends the exchange as a client that has nothing left to say, and checks that the server does the same. */
  async finish(): Promise<void> {
    this.sends.send({ kind: "end" });
    this.sends.close();
    await this.gets.expectExactly({ kind: "end" });
    await this.gets.rest();
  }
}

/** Opens a duplex exchange and takes the server's hello. */
export async function openDuplex(fetch: Fetch, url: string, script: ClientScript = {}): Promise<ScriptedClient> {
  const sends = new FrameFeed();
  sends.send(clientHello(script.hello));
  const client = new ScriptedClient(await postStream(fetch, url, sends.stream, script), sends);
  await client.gets.expect({ kind: "hello" });
  return client;
}

/** Opens a single exchange with a complete request and takes the server's hello. */
export async function openSingle(
  fetch: Fetch,
  url: string,
  frames: readonly (WireTicket | ControlItem)[],
  script: ClientScript = {},
): Promise<ScriptedClient> {
  const sends = new FrameFeed();
  const body = encode(clientHello({ exchange: "single", ...script.hello }), ...frames, { kind: "end" });
  const client = new ScriptedClient(await post(fetch, url, body, script), sends);
  await client.gets.expect({ kind: "hello" });
  return client;
}

/** Checks that an answer is that of a service link which refuses, by an item or by a text, and returns why. */
export async function refusalText(response: Response, status: number): Promise<string> {
  assertEquals(response.status, status);
  const contentType = response.headers.get("content-type");
  const body = await response.bytes();
  if (contentType === "text/plain; charset=utf-8") return new TextDecoder().decode(body);
  assertEquals(contentType, MEDIA_TYPE);
  const refusal = readRefusalFrame(body);
  assertEquals(refusal?.status, status);
  return String(refusal?.message);
}

/** Posts a complete body. */
export async function post(
  fetch: Fetch,
  url: string,
  body: BodyInit | null,
  script: ClientScript = {},
): Promise<Response> {
  return await fetch(url, { method: "POST", headers: headersOf(script), body, ...signalOf(script) });
}

/** Posts a body that goes on. */
export async function postStream(
  fetch: Fetch,
  url: string,
  body: ReadableStream<Uint8Array>,
  script: ClientScript = {},
): Promise<Response> {
  const init = { method: "POST", headers: headersOf(script), body, duplex: "half", ...signalOf(script) };
  return await fetch(url, init);
}

function headersOf({ headers }: ClientScript): Headers {
  const all = new Headers({ "content-type": MEDIA_TYPE });
  new Headers(headers).forEach((value, name) => all.set(name, value));
  return all;
}

function signalOf({ signal }: ClientScript): RequestInit {
  return signal === undefined ? {} : { signal };
}
