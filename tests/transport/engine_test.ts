/** The second part of a client, which comes when a call needs it. Nothing here imports it before. */
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { Hono } from "npm:hono@^4";
import { createClient, ticketHandler } from "../../mod.ts";
import { type Clock, type ExchangeEvent, invocationLink, joinLinks } from "../../src/links/mod.ts";
import { scriptedPeer, virtualClock } from "../../src/testing/mod.ts";
import { loadedEngine } from "../../src/transport/engine_loader.ts";
import { runProcess } from "../watched_process.ts";
import { Greeter, greeter } from "./greeter.ts";

/** Opens an operation of a kind that only an exchange of several calls carries, on a link whose engine is not there. */
function waitingLink(clock: Clock = virtualClock()) {
  const peer = scriptedPeer();
  const link = invocationLink("/rpc", {
    clock,
    exchange: "duplex",
    fetch: () => Promise.reject(new Error("no fetch")),
  });
  joinLinks(link, peer);
  const operationId = peer.open({ group: "g", method: "m", subscription: "full", timeout: 1_000 });
  return { peer, link, operationId };
}

Deno.test("a call that waits for the engine ends when its link closes, by an abort, and when its time is over (S43)", async () => {
  assertEquals(loadedEngine(), undefined);
  let nowMs = 0;
  const timers: (() => void)[] = [];
  const clock: Clock = { now: () => nowMs, setTimer: (callback) => timers.push(callback), clearTimer() {} };
  const [closed, aborted, expired] = [waitingLink(), waitingLink(), waitingLink(clock)];
  assertEquals([closed, aborted, expired].map(({ link }) => link.operationCount), [1, 1, 1]);

  const closing = closed.link.close();
  aborted.peer.send({ operationId: aborted.operationId, termination: "cancellation" });
  nowMs = 1_050;
  for (const callback of timers) callback();
  assertEquals([closed, aborted, expired].map(({ link }) => link.operationCount), [0, 0, 0]);

  const message = "The link is closed";
  await closed.peer.expectTicket({ sequenceNumber: 0, termination: "transmission failure", message });
  await aborted.peer.expectNothing();
  await expired.peer.expectTicket({ sequenceNumber: 0, termination: "expiration" });
  await Promise.all([closing, aborted.link.close(), expired.link.close()]);
});

Deno.test("calls of all kinds succeed on a client whose engine comes when it is needed", async () => {
  await using handler = ticketHandler(greeter);
  const app = new Hono().all("/rpc", handler);
  const events: ExchangeEvent[] = [];
  await using client = createClient(Greeter, "http://engine.test/rpc", {
    fetch: app.request,
    onExchange: (event) => events.push(event),
  });
  assertEquals(await client.hello("Ada"), "Hello, Ada");
  assertEquals(events.map(({ kind, reason }) => [kind, reason]), [["single", "unknown"]]);
  assertEquals(await Array.fromAsync(client.count(3)), [0, 1, 2]);
  // It is known by now, or found out, that duplex works here.
  assertEquals(await client.sum([1, 2, 3]), 6);
  assertEquals(await Array.fromAsync(client.chat(["a", "b"])), ["You said: a", "You said: b"]);
  assert(events.some(({ kind }) => kind === "duplex"));
  assert(loadedEngine() !== undefined);
});

Deno.test("invocationLink() takes no engine but its own", () => {
  const engine = { kinds: [] };
  assertThrows(
    () => invocationLink("/rpc", { engine }),
    TypeError,
    'expected the export "engine" of the entry point ./engine, got a value of type object',
  );
});

Deno.test("calls that need the engine fail as unavailable where it cannot be loaded, and others go on", async () => {
  const folder = await Deno.makeTempDir({ prefix: "ticketlink-engine-" });
  try {
    const engine = new URL("../../src/transport/exchange_engine.ts", import.meta.url).href;
    const imports = {
      [engine]: `file://${folder}/removed.ts`,
      "@std/assert": "npm:deno-std@1.4.0/assert/mod.js",
      hono: "npm:hono@^4",
    };
    await Deno.writeTextFile(`${folder}/map.json`, JSON.stringify({ imports }));
    const program = new URL("./without_engine.ts", import.meta.url).pathname;
    const args = ["run", "--no-check", "--allow-all", `--import-map=${folder}/map.json`, program];
    const { code, stdout, stderr } = await runProcess(Deno.execPath(), { args });
    assertEquals(code, 0, stderr);
    const [first, later, chat, ...streams] = stdout.trim().split("\n");
    assertEquals([first, later], ["Hello, Ada", "Hello, Bob"]);
    assertStringIncludes(chat ?? "", "unavailable Cannot load the part of the client that carries several calls");
    // A stream that might be one too many for a browser goes on as well, with a warning.
    const [ada, bob, warning, eve] = streams;
    assertEquals([ada, bob, eve], ["Ada is here", "Bob is here", "Eve is here"]);
    assertStringIncludes(warning ?? "", "Cannot load the part of the client that carries several calls");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
