import type { ServiceLinkOptions } from "../../src/transport/mod.ts";
import type { Ticket } from "../../src/links/mod.ts";
import { compact, virtualClock } from "../../src/testing/mod.ts";
import { PATH, ServiceBench } from "../http/bench.ts";
import { encode } from "../http/frame_feed.ts";
import type { Frame } from "../http/frame_log.ts";
import { type ClientScript, openDuplex, type ScriptedClient } from "../http/scripted_client.ts";

/** How operations of the probes begin. */
export const KICK_OFF = { group: "g", method: "m", subscription: "full", timeout: 1_000_000 } as const;

/** A service link with nothing behind it but what it delivers. */
export class Probe implements AsyncDisposable {
  readonly bench: ServiceBench;
  /** What the link's mate has got. */
  readonly delivered: Ticket[] = [];

  constructor(options: ServiceLinkOptions) {
    this.bench = new ServiceBench(options);
    this.bench.link.joinLink({ acceptTicket: (ticket) => void this.delivered.push(ticket), joinLink: () => {} });
  }

  open(script?: ClientScript): Promise<ScriptedClient> {
    return openDuplex(this.bench.fetch, PATH, script);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.bench[Symbol.asyncDispose]();
  }
}

/** 1, 2, 3 and so on. */
export function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i + 1);
}

/** What a server says to these bytes after a hello, unless it goes on as if nothing were wrong. */
export async function answerTo(options: ServiceLinkOptions, ...chunks: Uint8Array[]): Promise<string | undefined> {
  await using probe = new Probe(options);
  const client = await probe.open();
  for (const chunk of chunks) client.sends.raw(chunk);
  return await wordOf(client);
}

/** Waits for a while that a client says nothing in, and returns what the server says. */
export async function answerToSilence(options: ServiceLinkOptions, ms: number): Promise<string | undefined> {
  await using probe = new Probe(options);
  const client = await probe.open();
  await probe.bench.clock.advance(ms);
  return await wordOf(client);
}

/** The next that the server says, unless it is the answer to a ping that is sent now. */
async function wordOf(client: ScriptedClient): Promise<string | undefined> {
  client.sends.send({ kind: "ping", value: 4_711 });
  const frame = await client.gets.next();
  await client.gets.cancel();
  return "kind" in frame && frame.kind === "pong" ? undefined : describe(frame);
}

/** A frame in words. */
export function describe(frame: Frame | Partial<Ticket>): string {
  const { code, message } = { code: undefined, message: undefined, ...frame };
  const what = "kind" in frame ? frame.kind : frame.termination ?? "a ticket";
  return [what, code, message].filter((part) => part !== undefined).join(", ");
}

/** Bytes of a frame whose ticket has this payload, encoded. */
export function ticketWith(payload: unknown): Uint8Array {
  return encode({ operation: 1, ...KICK_OFF, payload });
}

/** What an end says to one ticket after the other, in words. */
export class Answers {
  readonly clock = virtualClock();
  readonly tickets: Ticket[] = [];
  readonly acceptTicket = (ticket: Ticket): void => void this.tickets.push(ticket);
  readonly joinLink = (): void => {};

  /** The last thing said, if it ends the operation. */
  get word(): string | undefined {
    const last = this.tickets.at(-1);
    return last?.termination === undefined || last.termination === "completion" ? undefined : describe(compact(last));
  }
}
