import { assert, assertEquals } from "@std/assert";
import type { ControlItem } from "../../src/wire/mod.ts";
import { encode, type WireTicket } from "./frame_feed.ts";
import { FrameLog } from "./frame_log.ts";
import { clientHello, type ClientScript, type Fetch, post, refusalText } from "./scripted_client.ts";

/** One request of a pair, as a test wants it. */
export interface PartScript extends ClientScript {
  /** What the part says of its length, where that is not the truth. */
  readonly byteLength?: number;
}

/** The body of a request of a pair. */
export function partBody(
  exchangeId: Uint8Array | undefined,
  number: number,
  bytes: Uint8Array,
  byteLength = bytes.length,
): Uint8Array<ArrayBuffer> {
  const head = encode({ kind: "part", exchangeId, number, byteLength });
  const body = new Uint8Array(head.length + bytes.length);
  body.set(head);
  body.set(bytes, head.length);
  return body;
}

/** The far side of a service link on a pair, played by a test. */
export class ScriptedPair {
  /** What the client is told. */
  readonly gets: FrameLog;
  readonly response: Response;
  readonly #fetch: Fetch;
  readonly #url: string;
  #id: Uint8Array | undefined;

  constructor(fetch: Fetch, url: string, response: Response) {
    this.#fetch = fetch;
    this.#url = url;
    this.response = response;
    this.gets = new FrameLog(response.body!);
  }

  /** The exchange's id. */
  get id(): Uint8Array {
    assert(this.#id !== undefined, "The exchange has no id yet");
    return this.#id;
  }

  /** Takes the server's hello, with the exchange's id. */
  async greeted(): Promise<this> {
    const hello = await this.gets.expect({ kind: "hello" });
    this.#id = "exchangeId" in hello ? hello.exchangeId : undefined;
    return this;
  }

  /** Sends bytes as a part. */
  async raw(number: number, bytes: Uint8Array, script: PartScript = {}): Promise<Response> {
    return await post(this.#fetch, this.#url, partBody(this.id, number, bytes, script.byteLength), script);
  }

  /** Sends frames as a part. */
  async part(number: number, ...frames: readonly (WireTicket | ControlItem)[]): Promise<Response> {
    return await this.raw(number, encode(...frames));
  }

  /** Sends frames as a part, which must be taken. */
  async send(number: number, ...frames: readonly (WireTicket | ControlItem)[]): Promise<void> {
    await expectTaken(this.part(number, ...frames));
  }

  /** Ends the exchange as a client that has nothing left to say, and checks that the server does the same. */
  async finish(number: number): Promise<void> {
    await this.send(number, { kind: "end" });
    await this.gets.expectExactly({ kind: "end" });
    await this.gets.rest();
  }
}

/** Opens a pair, with nothing but the hello, and takes the server's. */
export async function openPair(fetch: Fetch, url: string, script: ClientScript = {}): Promise<ScriptedPair> {
  const hello = encode(clientHello({ exchange: "pair", ...script.hello }));
  const response = await post(fetch, url, partBody(undefined, 0, hello), script);
  assertEquals(response.status, 200);
  return await new ScriptedPair(fetch, url, response).greeted();
}

/** Checks that a part is answered as taken. */
export async function expectTaken(answer: Promise<Response>): Promise<void> {
  const response = await answer;
  assertEquals([response.status, await response.text()], [204, ""]);
  assertEquals(response.headers.get("cache-control"), "no-store");
}

/** Checks that a part is refused, as all refusals are, and returns why. */
export async function expectRefusal(answer: Promise<Response>, status: number): Promise<string> {
  const response = await answer;
  assertEquals(response.headers.get("cache-control"), "no-store");
  return await refusalText(response, status);
}
