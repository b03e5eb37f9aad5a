/**
 * What fuzzing has found, as the least case of each. What is about bytes alone stands in `tests/vectors`, what is about
 * values alone in `tests/cbor`.
 *
 * @module
 */
import { assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import { RpcError } from "../../mod.ts";
import { FrameReader, WireError } from "../../src/wire/mod.ts";
import { PATH, ServiceBench } from "../http/bench.ts";
import { encode, FrameFeed } from "../http/frame_feed.ts";
import { FrameLog } from "../http/frame_log.ts";
import { clientHello, postStream } from "../http/scripted_client.ts";
import { partBody } from "../http/scripted_pair.ts";
import { test } from "../protocol/register.ts";
import { Recorder } from "../wire/recorder.ts";
import { CallingEcho, type EchoCall } from "./calling_echo.ts";
import { Echo, ServedEcho } from "./served_echo.ts";

/** What opens an operation. */
const KICK_OFF = { group: Echo.name, method: "one", subscription: "full", termination: "completion" } as const;
/** A frame with nothing in it, which fails the exchange (P3.3). */
const EMPTY_FRAME = Uint8Array.of(0x40);

test("P6.8, P9.9 serviceLink() still says hello and why it has failed when more comes after what it failed for", async () => {
  await using bench = new ServiceBench();
  const sends = new FrameFeed();
  for (const chunk of [encode(clientHello()), EMPTY_FRAME, EMPTY_FRAME]) sends.raw(chunk);
  sends.close();
  const gets = new FrameLog((await postStream(bench.fetch, PATH, sends.stream)).body!);
  await gets.expect({ kind: "hello" });
  await gets.expect({ kind: "end", code: "internal" });
  assertEquals(await gets.rest(), []);
});

test("P8.4 serviceLink() refuses a pair that begins with no frame as it refuses a frame", async () => {
  await using server = new ServedEcho();
  for (const bytes of [EMPTY_FRAME, Uint8Array.of(0x18), Uint8Array.of(0x5f, 0, 0)]) {
    const { status } = await server.exchange({ chunks: [partBody(undefined, 0, bytes)], breaks: false });
    assertEquals(status, 400);
  }
});

test("P7.6 serviceLink() answers each first ticket of a number that is too low, and opens nothing", async () => {
  await using server = new ServedEcho();
  const late = { operation: 1, ...KICK_OFF };
  const body = encode(clientHello(), { operation: 2, ...KICK_OFF }, late, late, { kind: "end" });
  const { terminations } = await server.exchange({ chunks: [body], breaks: false });
  assertEquals(terminations.filter((termination) => termination === "reception failure").length, 2);
});

test("FrameReader.stop() drops what comes after a failure, too", () => {
  const reader = new FrameReader(new Recorder());
  for (let i = 0; i < 2; i++) assertThrows(() => reader.push(EMPTY_FRAME), WireError);
  reader.stop();
  reader.push(EMPTY_FRAME);
});

for (const field of ["allowance", "timeout"] as const) {
  test(`S3, S10 serviceEnd() takes as a violation what no text can be made of: ${field}`, async () => {
    await using server = new ServedEcho();
    // What a peer has put there is a value of any kind; the types are for honest ones.
    const opening = { ...KICK_OFF, [field]: { toString: 1 } as unknown as number };
    const body = encode(clientHello(), { operation: 1, ...opening }, { kind: "end" });
    const { terminations } = await server.exchange({ chunks: [body], breaks: false });
    assertEquals(terminations, ["reception failure"]);
  });
}

for (const message of [{ toString: 1 }, 5, ""]) {
  const what = Deno.inspect(message);
  test(`P9.6 invocationLink() ends what a goaway refuses, with its own words in place of those that say nothing: ${what}`, async () => {
    await using client = new CallingEcho("duplex");
    const call: EchoCall = { method: "one", message: "Ada", requests: 1, takes: 1 };
    // What has been heard of is not begun again.
    const heard = { operation: 1, subscription: "full", allowance: 1 } as const;
    const goaway = { kind: "goaway", lastOperation: 0, message } as const;
    const body = encode({ kind: "hello", versions: [1] }, heard, goaway, { kind: "end" });
    const answer = { chunks: [body], then: "end", isExchange: true, reads: true, partStatus: 204 } as const;
    const [error] = await client.calls([call], answer);
    assertInstanceOf(error, RpcError);
    assertEquals(
      [error.code, error.origin, error.message],
      ["unavailable", "peer", "The server takes no more operations on this exchange"],
    );
  });
}

for (const exchange of ["single", "duplex"] as const) {
  test(`S13, P7.14 serviceLink() ends a one-way operation with a payload too many, on a ${exchange} exchange`, async () => {
    await using server = new ServedEcho();
    const { termination, ...opening } = { ...KICK_OFF, subscription: "none", payload: Uint8Array.of(0) } as const;
    const second = { operation: 1, payload: Uint8Array.of(1), termination };
    const body = encode(clientHello({ exchange }), { operation: 1, ...opening }, second, { kind: "end" });
    assertEquals((await server.exchange({ chunks: [body], breaks: false })).terminations, []);
  });

  test(`S13 serviceLink() ends a one-way operation whose first ticket comes last, on a ${exchange} exchange`, async () => {
    await using server = new ServedEcho();
    const { termination, ...opening } = { ...KICK_OFF, subscription: "none", sequence: 0 } as const;
    const last = { operation: 1, sequence: 1, payload: Uint8Array.of(1), termination };
    const body = encode(clientHello({ exchange }), last, { operation: 1, ...opening }, { kind: "end" });
    assertEquals((await server.exchange({ chunks: [body], breaks: false })).terminations, []);
  });
}
