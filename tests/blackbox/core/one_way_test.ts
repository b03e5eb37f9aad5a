import { assert, assertEquals } from "@std/assert";
import { createClient, defineService, implement, unary } from "../../../mod.ts";
import { IS_NIGHTLY } from "../../nightly.ts";
import { join, NOTHING, opening } from "./frames.ts";
import { MEBIBYTE, SLACK_BYTES } from "./memory.ts";
import { TargetServer } from "./program.ts";
import { RawExchange } from "./raw_exchange.ts";
import { type Carrier, eventually, gate, outcomeOf, pause, SHARED_CARRIERS, Site, tally, within } from "./site.ts";
import { Target } from "./target.ts";

/** Operations of one exchange that may be at once by default: so many handlers may run. */
const MAX_OPERATIONS = 10_000;
/** The default budget of a server, and the engine's own slack. */
const GROWTH_BYTES = 256 * MEBIBYTE + SLACK_BYTES;

const Work = defineService("core.Work", {
  work: unary<void, void>(),
  hang: unary<void, void>(),
  hello: unary<string, string>(),
});

/** Handlers that go on until they are released, whatever becomes of their calls. */
class Worker {
  begun = 0;
  running = 0;
  most = 0;
  aborts = 0;
  readonly released: ReturnType<typeof gate> = gate();

  readonly service = implement(Work, {
    work: async () => {
      this.begun += 1;
      this.running += 1;
      this.most = Math.max(this.most, this.running);
      await this.released.opened;
      this.running -= 1;
    },
    hang: (_nothing, { signal }) => {
      this.begun += 1;
      return new Promise((resolve) =>
        signal.addEventListener("abort", () => {
          this.aborts += 1;
          resolve();
        })
      );
    },
    hello: (name) => `Hello, ${name}`,
  });
}

/** One-way calls to a handler that goes on, 500 at a time, of 35 bytes each. */
function* oneWayCalls(calls: number): Generator<Uint8Array> {
  const oneWay = { subscription: 0, message: NOTHING };
  for (let made = 0; made < calls; made += 500) {
    yield join(Array.from({ length: 500 }, (_, i) => opening(made + i + 1, Target.name, "busy", oneWay)));
  }
}

/** Sends them as fast as the server takes them, which may fail the exchange, or read no more of it. */
async function sendAll(exchange: RawExchange, batches: Iterable<Uint8Array>): Promise<void> {
  for (const batch of batches) {
    if (exchange.isOver || await within(5_000, exchange.send(batch)) !== true) return;
    // Others of this process have their turn.
    await pause(0);
  }
}

/** Waits until no handler has begun for a second, and checks meanwhile. */
async function untilNoneBegins(server: TargetServer, check: (running: number) => void): Promise<void> {
  let quietMs = 0;
  for (let last = 0; quietMs < 1_000; quietMs += 50) {
    await pause(50);
    const { begun, running } = await server.state();
    check(running);
    if (begun !== last) quietMs = 0;
    last = begun;
  }
}

Deno.test(
  "Handlers of one-way calls count until they settle: as many run as an exchange may have operations",
  async () => {
    await using server = await TargetServer.start();
    await using exchange = await RawExchange.open(server.url);
    const sending = sendAll(exchange, oneWayCalls(IS_NIGHTLY ? 124_000 : 40_000));
    await untilNoneBegins(server, (running) => {
      assert(running <= MAX_OPERATIONS, `${running} handlers run, and ${MAX_OPERATIONS} may`);
    });
    await sending;
  },
);

Deno.test("Handlers of one-way calls on 20 exchanges stay within the default budget and 64 MiB", async () => {
  await using server = await TargetServer.start();
  const { program } = server;
  const limit = program.residentBytes() + GROWTH_BYTES;
  const batches = [...oneWayCalls(MAX_OPERATIONS)];
  await using exchanges = new AsyncDisposableStack();
  const sending = Array.from({ length: 20 }, async () => {
    await sendAll(exchanges.use(await RawExchange.open(server.url)), batches);
  });
  await program.staysBelow(limit, untilNoneBegins(server, () => {}));
  await Promise.all(sending);
});

/** One-way calls beyond what the server takes. */
async function oneWayCallsWait(exchange: Carrier): Promise<void> {
  const worker = new Worker();
  await using site = new Site(worker.service, { limits: { maxOperations: 50 } });
  await using client = createClient(Work, site.url, { exchange });
  assertEquals(await client.hello("Ada"), "Hello, Ada");
  const calls = Array.from({ length: 300 }, () => outcomeOf(client.work(undefined, { oneWay: true }), 5_000));
  await pause(500);
  const { most } = worker;
  worker.released.open();
  assert(most <= 50, `${most} handlers ran at once, and 50 may`);
  assertEquals(tally(await Promise.all(calls)), { "undefined": 300 });
  assert(await eventually(() => worker.begun === 300), `${worker.begun} of 300 were begun`);
}

/** Calls that are given up while their handlers go on. */
async function cancelledCallsCount(exchange: Carrier): Promise<void> {
  const worker = new Worker();
  await using site = new Site(worker.service, { limits: { maxOperations: 50 } });
  await using client = createClient(Work, site.url, { exchange });
  assertEquals(await client.hello("Ada"), "Hello, Ada");
  for (let round = 0; round < 5; round++) {
    const abort = new AbortController();
    const calls = Array.from(
      { length: 40 },
      () => client.work(undefined, { signal: abort.signal }).catch(() => "over"),
    );
    await pause(50);
    abort.abort();
    await Promise.all(calls);
  }
  const { most } = worker;
  worker.released.open();
  assert(most <= 50, `${most} handlers ran at once, and 50 may`);
  assertEquals(await outcomeOf(client.hello("Bob")), '"Hello, Bob"');
}

/** One-way calls come faster than they are taken; an abort has to be heard nevertheless. */
async function abortsAreHeard(exchange: Carrier): Promise<void> {
  const worker = new Worker();
  await using site = new Site(worker.service);
  await using client = createClient(Work, site.url, { exchange });
  const abort = new AbortController();
  const hanging = client.hang(undefined, { signal: abort.signal }).catch(() => "over");
  assert(await eventually(() => worker.begun === 1), "The call was not begun");
  const calls = Array.from({ length: 60 }, () => client.work(undefined, { oneWay: true }).catch(() => "over"));
  await pause(50);
  abort.abort();
  const isHeard = await eventually(() => worker.aborts === 1, 500);
  worker.released.open();
  await Promise.all([hanging, isHeard ? Promise.all(calls) : undefined]);
  assert(isHeard, "The abort was not heard within 500 ms");
}

for (const carrier of SHARED_CARRIERS) {
  const waiting = `One-way calls beyond maxOperations wait at their sender, on ${carrier}`;
  Deno.test(waiting, () => oneWayCallsWait(carrier));
  const cancelled = `Handlers of cancelled calls count until they settle, on ${carrier}`;
  Deno.test(cancelled, () => cancelledCallsCount(carrier));
  const heard = `An abort is heard while one-way calls wait to be taken, on ${carrier}`;
  Deno.test(heard, () => abortsAreHeard(carrier));
}
