import { assertEquals } from "@std/assert";
import { AsyncLocalStorage } from "node:async_hooks";
import { IncomingChunks } from "../../src/exchange/incoming_chunks.ts";
import { serviceSettings } from "../../src/transport/service_options.ts";
import { FairScheduler } from "../../src/exchange/fair_scheduler.ts";
import { type VirtualClock, virtualClock } from "../../src/testing/mod.ts";
import { encode } from "./frame_feed.ts";
import { ScriptedChunks } from "./scripted_chunks.ts";
import { clientHello } from "./scripted_client.ts";

/** Chunks whose exchange notes what it hears. */
function bench(received: () => void = () => {}): {
  chunks: IncomingChunks;
  feed: ScriptedChunks;
  heard: string[];
  scheduler: FairScheduler;
  clock: VirtualClock;
} {
  const clock = virtualClock();
  const scheduler = new FairScheduler(clock);
  const heard: string[] = [];
  const tickets = {
    receive: (wireId: number) => {
      heard.push(`ticket of ${wireId}`);
      received();
    },
    receiveBad: () => {},
  };
  const chunks = new IncomingChunks(serviceSettings({ clock }), scheduler, tickets, {
    joined: () => {},
    acked: () => {},
    credited: () => true,
    arrived: () => {},
    reading: () => {},
    read: () => {},
    resumed: () => heard.push("resumed"),
    ended: () => heard.push("ended"),
    lost: () => heard.push("lost"),
    greeted: () => heard.push("hello"),
    answer: () => {},
    ponged: () => {},
    goaway: () => {},
    peerEnded: () => {},
    failed: () => heard.push("failed"),
    report: () => {},
  });
  const feed = new ScriptedChunks();
  chunks.receiveFrom(feed);
  return { chunks, feed, heard, scheduler, clock };
}

Deno.test("S46, P10.2 IncomingChunks reads on when nothing holds it back any more, and receives no more before", async () => {
  const { chunks, feed, heard } = bench();
  await feed.push(encode(clientHello()));
  chunks.pause("grants");
  chunks.pause("budget");
  // The chunk that was being waited for comes all the same.
  await feed.push(encode({ operation: 1, payload: 1 }));
  await feed.push(encode({ operation: 2, payload: 1 }));
  chunks.resume("grants");
  chunks.resume("grants");
  await feed.settled();
  assertEquals([chunks.paused, heard.splice(0), feed.waiting], [true, ["hello"], 1]);
  chunks.resume("budget");
  await feed.settled();
  assertEquals([chunks.paused, heard, feed.waiting], [false, ["resumed", "ticket of 1", "ticket of 2"], 0]);
});

Deno.test("IncomingChunks reads on in the context of its own exchange, whatever lets it go on", async () => {
  const caller = new AsyncLocalStorage<string>();
  const seen: unknown[] = [];
  const { chunks, feed } = caller.run("Ada", () => bench(() => seen.push(caller.getStore())));
  await feed.push(encode(clientHello()));
  chunks.hold("budget");
  await feed.push(encode({ operation: 1, payload: 1 }));
  caller.run("Bob", () => chunks.resume("budget"));
  await feed.settled();
  chunks.hold("budget");
  await feed.push(encode({ operation: 2, payload: 1 }));
  caller.run("Cyd", () => chunks.resume("budget"));
  await feed.settled();
  assertEquals(seen, ["Ada", "Ada"]);
});

Deno.test("IncomingChunks tells of the end only when nothing waits for grants any more", async () => {
  const { chunks, feed, heard } = bench();
  chunks.pause("grants");
  // The end was being waited for before.
  await feed.push(undefined);
  assertEquals([heard.splice(0), chunks.done], [[], false]);
  chunks.resume("grants");
  await feed.settled();
  assertEquals([heard, chunks.done], [["resumed", "ended"], true]);
});

Deno.test("P10.2 IncomingChunks waits for its turn where many go on at the same moment", async () => {
  const { chunks, feed, heard, scheduler, clock } = bench();
  await feed.push(encode(clientHello()));
  chunks.pause("budget");
  await feed.push(encode({ operation: 1, payload: 1 }));
  heard.length = 0;
  scheduler.add(() => void heard.push("another's turn"));
  chunks.resumeScheduled("budget");
  await clock.runMicrotasks();
  assertEquals([chunks.paused, heard], [true, []]);
  await clock.advance(0);
  assertEquals([chunks.paused, heard], [false, ["another's turn", "resumed", "ticket of 1"]]);
});

Deno.test("P10.2 IncomingChunks needs no turn where nothing waits", () => {
  const { chunks, heard } = bench();
  chunks.pause("budget");
  chunks.resumeScheduled("budget");
  assertEquals([chunks.paused, heard], [false, ["resumed"]]);
});

Deno.test("P10.2 IncomingChunks takes what comes while it holds, and counts it", async () => {
  const { chunks, feed, heard } = bench();
  await feed.push(encode(clientHello()));
  chunks.hold("budget");
  assertEquals([chunks.paused, chunks.holding, chunks.waitingBytes], [true, true, 0]);
  const ticket = encode({ operation: 1, payload: 1 });
  await feed.push(ticket);
  assertEquals([chunks.waitingBytes, feed.waiting], [ticket.length + 128, 0]);
  // Only a pause keeps it from receiving.
  chunks.pause("grants");
  assertEquals(chunks.holding, false);
  chunks.resume("grants");
  assertEquals([chunks.holding, heard.splice(0)], [true, ["hello"]]);
  chunks.resume("budget");
  await feed.settled();
  assertEquals([chunks.holding, chunks.waitingBytes, heard], [false, 0, ["resumed", "ticket of 1"]]);
});

Deno.test("IncomingChunks receives and reads nothing more when it is stopped", async () => {
  const { chunks, feed, heard } = bench();
  chunks.pause("grants");
  await feed.push(encode(clientHello()));
  chunks.stop();
  chunks.resume("grants");
  await feed.push(undefined);
  await feed.push(new Error("late"));
  assertEquals([heard, chunks.waitingBytes, chunks.done], [["resumed"], 0, true]);
});
