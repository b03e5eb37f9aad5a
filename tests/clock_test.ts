/** What the platform's clock promises where it lets others in. */
import { assert, assertEquals } from "@std/assert";
import { queueAfterMicrotasks } from "../src/after_microtasks.ts";
import { PLATFORM_CLOCK } from "../src/clock.ts";

/** Milliseconds that a program is busy in each turn. */
const BUSY_MS = 2;
/** Turns in which a request over a socket is answered; with one round of the event loop for each, it took over 100. */
const MOST_TURNS = 40;

function spin(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end;);
}

Deno.test("PLATFORM_CLOCK.defer() lets sockets have their turn beside a program that is never done", async () => {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => new Response("here"));
  let turns = 0;
  let isOver = false;
  const busy = new Promise<void>((resolve) => {
    const turn = (): void => {
      if (isOver) return resolve();
      turns += 1;
      spin(BUSY_MS);
      PLATFORM_CLOCK.defer?.(turn);
    };
    turn();
  });
  const response = await fetch(`http://127.0.0.1:${server.addr.port}`);
  assertEquals(await response.text(), "here");
  const turnsTaken = turns;
  isOver = true;
  await busy;
  await server.shutdown();
  assert(turnsTaken > 1 && turnsTaken < MOST_TURNS, `${turnsTaken} turns`);
});

Deno.test("PLATFORM_CLOCK.defer() calls back once, and not before it returns", async () => {
  let calls = 0;
  await new Promise<void>((resolve) => {
    PLATFORM_CLOCK.defer?.(() => {
      calls += 1;
      resolve();
    });
    assertEquals(calls, 0);
  });
  await new Promise((resolve) => setTimeout(resolve, 0));
  assertEquals(calls, 1);
});

Deno.test("queueAfterMicrotasks() calls back after all microtasks", async () => {
  const seen: string[] = [];
  const chain = async (): Promise<void> => {
    for (let i = 0; i < 20; i++) await Promise.resolve();
    seen.push("microtasks");
  };
  await Promise.resolve();
  const { promise, resolve } = Promise.withResolvers<void>();
  const isThere = queueAfterMicrotasks(() => {
    seen.push("after microtasks");
    resolve();
  });
  await chain();
  await promise;
  assertEquals([isThere, seen], [true, ["microtasks", "after microtasks"]]);
});
