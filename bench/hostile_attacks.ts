/** What hostile clients do for a while, with all limits of the server at their defaults. */
import {
  call,
  each,
  EMPTY_TICKET,
  encode,
  MALFORMED_TICKET,
  opening,
  PING,
  repeated,
  UNKNOWN_CONTROL,
} from "../tests/hostile/frames.ts";
import { createClient } from "../mod.ts";
import { Target } from "../tests/hostile/site.ts";
import type { WireTicket } from "../tests/http/frame_feed.ts";
import { RawPeer, type RawPeerOptions } from "../tests/hostile/raw_peer.ts";

/** Gets ready, says that it begins, and does its worst until the moment that it is told then. */
type Attacker = (port: number, begin: () => number) => Promise<void>;

/** One attack. */
export interface Attack {
  readonly run: Attacker;
  /** Whether the server ends its exchanges, so that it begins again and again. */
  readonly ends: boolean;
  /**
   * Whether it is made once, and measured when the server has calmed down: thousands of connections, which Deno keeps in
   * part when their clients have gone.
   */
  readonly isOnce?: boolean;
}

const PAUSE_MS = 20;
/** Connections that are opened at once: what a server's queue for them has room for. */
const AT_ONCE = 100;

function pause(ms = PAUSE_MS): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** One exchange after the other, each with the same bytes, until the server ends it or so many milliseconds are over. */
function flood(bytes: Uint8Array, ends = true, mostMs = Infinity): Attack {
  const run: Attacker = async (port, begin) => {
    const endsAt = begin();
    while (performance.now() < endsAt) {
      const peer = await RawPeer.open(port, { exchange: "duplex" });
      const sent = peer.send(bytes);
      await Promise.race([peer.over, pause(Math.min(mostMs, Math.max(0, endsAt - performance.now())))]);
      peer[Symbol.dispose]();
      await sent;
      await pause();
    }
  };
  return { run, ends };
}

/**
 * Many clients at once, all of which have come when it begins. They all send the same bytes then, and after that one
 * byte of others now and then if there are any.
 */
function hold(clients: number, bytes: Uint8Array, options: RawPeerOptions, drip = new Uint8Array()): Attack {
  const run: Attacker = async (port, begin) => {
    const peers: RawPeer[] = [];
    while (peers.length < clients) {
      const batch = Array.from(
        { length: Math.min(AT_ONCE, clients - peers.length) },
        () => RawPeer.open(port, options),
      );
      peers.push(...await Promise.all(batch));
    }
    const endsAt = begin();
    if (bytes.length > 0) { for (const peer of peers) void peer.send(bytes); }
    for (let at = 0; performance.now() < endsAt; at++) {
      if (at < drip.length) await Promise.all(peers.map((peer) => peer.send(drip.subarray(at, at + 1))));
      await pause();
    }
    for (const peer of peers) peer[Symbol.dispose]();
  };
  return { run, ends: false };
}

async function vanish(port: number, begin: () => number): Promise<void> {
  const bytes = each(20, (n) => [call(n, "hang")]);
  const endsAt = begin();
  while (performance.now() < endsAt) {
    const peers = await Promise.all(Array.from({ length: 20 }, () => RawPeer.open(port, { exchange: "duplex" })));
    for (const peer of peers) await peer.send(bytes);
    await pause();
    for (const peer of peers) peer[Symbol.dispose]();
  }
}

/** The same from many clients. */
function together(clients: number, { run, ends }: Attack): Attack {
  return {
    run: async (port, begin) => {
      const endsAt = begin();
      await Promise.all(Array.from({ length: clients }, () => run(port, () => endsAt)));
    },
    ends,
  };
}

/** What is no attack at all, as a measure of the others: an exchange full of calls. */
async function honest(port: number, begin: () => number): Promise<void> {
  const client = createClient(Target, `http://127.0.0.1:${port}/rpc`, { exchange: "duplex" });
  const endsAt = begin();
  await Promise.all(Array.from({ length: 16 }, async () => {
    while (performance.now() < endsAt) await client.echo("hello").catch(() => pause());
  }));
}

const DUPLEX: RawPeerOptions = { exchange: "duplex" };
const DEAF: RawPeerOptions = { exchange: "duplex", reads: false };
const HUGE = 1_000_000;
const MOST = Number.MAX_SAFE_INTEGER;

const LARGE_CALL = encode(call(1, "echo", { payload: new Uint8Array(5_000) }));

/** A ticket before which more are missing than can ever come. */
function farAhead(operation: number, i: number): WireTicket {
  return { operation, sequence: MOST - 1_000 + i, payload: new Uint8Array(100) };
}

/** The attacks by name. */
export const ATTACKS: Readonly<Record<string, Attack>> = {
  "open and cancel, 20,000": flood(
    each(20_000, (n) => [call(n, "hang"), { operation: n, termination: "cancellation" }]),
    false,
  ),
  "open and cancel, 20,000, 8 times": together(
    8,
    flood(each(20_000, (n) => [call(n, "hang"), { operation: n, termination: "cancellation" }]), false),
  ),
  "one-way operations, 20,000": flood(each(20_000, (n) => [call(n, "hang", { subscription: "none" })]), false),
  "never granted, 10,000": hold(1, each(10_000, (n) => [call(n, "count", { payload: Uint8Array.of(20) })]), DUPLEX),
  "metadata of 16 KB, 1,000": flood(
    each(1_000, (n) => [call(n, "echo", { initialMetadata: [["k", new Uint8Array(16_000)]] })]),
  ),
  "pings, 5,000": flood(repeated(PING, 5_000)),
  "unknown control items, 5,000": flood(repeated(UNKNOWN_CONTROL, 5_000)),
  "empty tickets, 5,000": flood(repeated(EMPTY_TICKET, 5_000)),
  "malformed tickets, 5,000": flood(repeated(MALFORMED_TICKET, 5_000)),
  "allowance overflow, 2,000": flood(
    each(200, (n) => [call(n, "hang"), ...Array.from({ length: 10 }, () => ({ operation: n, allowance: MOST }))]),
    false,
    100,
  ),
  "sequence numbers far ahead, 5,000": flood(
    each(5, (n) => [opening(n, "hang"), ...Array.from({ length: 1_000 }, (_, i) => farAhead(n, i))]),
    false,
    100,
  ),
  "gaps before 100 MB": flood(
    each(1_000, (operation) => [{ operation, sequence: 1, payload: new Uint8Array(100_000) }]),
  ),
  "dripping hellos, 200": hold(200, new Uint8Array(), {}, encode({ kind: "hello", versions: [1] })),
  "dripping frames, 8": hold(8, new Uint8Array(), DUPLEX, LARGE_CALL),
  "dripping frames, 200": hold(200, new Uint8Array(), DUPLEX, LARGE_CALL),
  "readers that never read, 8": hold(8, encode(call(1, "flood", { allowance: HUGE })), DEAF),
  "uploads that nobody reads, 8": hold(
    8,
    encode(
      opening(1, "sink"),
      ...Array.from({ length: 900 }, () => ({ operation: 1, payload: new Uint8Array(16_000) })),
    ),
    { exchange: "single" },
  ),
  "idle exchanges, 9,000": { ...hold(9_000, new Uint8Array(), DUPLEX), isOnce: true },
  "clients that vanish": { run: vanish, ends: false },
  "no attack: calls, 16 at once": { run: honest, ends: false },
};

if (import.meta.main) {
  const [name, port, ms] = Deno.args;
  const attack = ATTACKS[name ?? ""];
  if (attack === undefined) throw new RangeError(`There is no attack ${name}`);
  await attack.run(Number(port), () => {
    console.log("begun");
    return performance.now() + Number(ms);
  });
  // Writes that a server does not take would keep it.
  Deno.exit(0);
}
