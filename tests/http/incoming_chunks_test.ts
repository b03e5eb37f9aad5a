import { assertEquals } from "@std/assert";
import { IncomingChunks } from "../../src/exchange/incoming_chunks.ts";
import { serviceSettings } from "../../src/transport/service_options.ts";
import { FairScheduler } from "../../src/exchange/fair_scheduler.ts";
import { type VirtualClock, virtualClock } from "../../src/testing/mod.ts";
import { encode } from "./frame_feed.ts";
import { clientHello } from "./scripted_client.ts";

/** Chunks whose exchange and whose supply note what they hear. */
function bench(): { chunks: IncomingChunks; heard: string[]; scheduler: FairScheduler; clock: VirtualClock } {
  const clock = virtualClock();
  const scheduler = new FairScheduler(clock);
  const heard: string[] = [];
  const tickets = {
    admits: () => true,
    receive: (wireId: number) => void heard.push(`ticket of ${wireId}`),
    receiveBad: () => {},
  };
  const chunks = new IncomingChunks(serviceSettings({ clock }), scheduler, tickets, {
    joined: () => {},
    acked: () => {},
    arrived: () => {},
    reading: () => {},
    read: () => {},
    resumed: () => heard.push("resumed"),
    ended: () => heard.push("ended"),
    greeted: () => heard.push("hello"),
    answer: () => {},
    ponged: () => {},
    goaway: () => {},
    peerEnded: () => {},
    failed: () => heard.push("failed"),
    report: () => {},
  });
  chunks.attach({
    pause: () => heard.push("supply pauses"),
    resume: () => heard.push("supply resumes"),
    stop: () => heard.push("supply stops"),
  });
  return { chunks, heard, scheduler, clock };
}

Deno.test("S46, P9.11 IncomingChunks reads on when nothing holds it back any more, and its supply brings no more before", async () => {
  const { chunks, heard } = bench();
  chunks.chunk(encode(clientHello()));
  chunks.pause("grants");
  chunks.pause("unawaited");
  chunks.chunk(encode({ operation: 1, payload: 1 }));
  chunks.resume("grants");
  chunks.resume("grants");
  await Promise.resolve();
  assertEquals([chunks.paused, heard.splice(0)], [true, ["hello", "supply pauses", "supply pauses"]]);
  chunks.resume("unawaited");
  await Promise.resolve();
  assertEquals([chunks.paused, heard], [false, ["resumed", "supply resumes", "ticket of 1"]]);
});

Deno.test("IncomingChunks tells of the end only when nothing waits for grants any more", async () => {
  const { chunks, heard } = bench();
  chunks.pause("grants");
  // The supply was asked for the end before it was told to pause.
  chunks.ended();
  assertEquals([heard.splice(0), chunks.done], [["supply pauses"], false]);
  chunks.resume("grants");
  await Promise.resolve();
  assertEquals([heard, chunks.done], [["resumed", "supply resumes", "ended"], true]);
});

Deno.test("P9.11 IncomingChunks waits for its turn where many go on at the same moment", async () => {
  const { chunks, heard, scheduler, clock } = bench();
  chunks.chunk(encode(clientHello()));
  chunks.pause("unawaited");
  chunks.chunk(encode({ operation: 1, payload: 1 }));
  heard.length = 0;
  scheduler.add(() => void heard.push("another's turn"));
  chunks.resumeScheduled("unawaited");
  await clock.runMicrotasks();
  assertEquals([chunks.paused, heard], [true, ["supply pauses"]]);
  await clock.advance(0);
  assertEquals([chunks.paused, heard.slice(1)], [false, [
    "another's turn",
    "resumed",
    "supply resumes",
    "ticket of 1",
  ]]);
});

Deno.test("P9.11 IncomingChunks needs no turn where nothing waits", async () => {
  const { chunks, heard } = bench();
  chunks.pause("unawaited");
  chunks.resumeScheduled("unawaited");
  await Promise.resolve();
  assertEquals([chunks.paused, heard], [false, ["supply pauses", "resumed", "supply resumes"]]);
});

Deno.test("P9.19 IncomingChunks takes what comes while it holds, and counts it", async () => {
  const { chunks, heard } = bench();
  chunks.chunk(encode(clientHello()));
  chunks.hold("unawaited");
  assertEquals([chunks.paused, chunks.holding, chunks.waitingBytes], [true, true, 0]);
  const ticket = encode({ operation: 1, payload: 1 });
  chunks.chunk(ticket);
  assertEquals(chunks.waitingBytes, ticket.length + 128);
  // Only what pauses the supply keeps it from bringing more.
  chunks.pause("grants");
  assertEquals(chunks.holding, false);
  chunks.resume("grants");
  await Promise.resolve();
  assertEquals([chunks.holding, heard.splice(0)], [true, ["hello", "supply pauses", "supply resumes"]]);
  chunks.resume("unawaited");
  await Promise.resolve();
  assertEquals([chunks.holding, chunks.waitingBytes, heard], [false, 0, ["resumed", "ticket of 1"]]);
});
