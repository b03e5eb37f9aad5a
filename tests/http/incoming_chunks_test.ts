import { assertEquals } from "@std/assert";
import { IncomingChunks, type IncomingEvents } from "../../src/http/incoming_chunks.ts";
import { serviceSettings } from "../../src/http/service_options.ts";
import { Turns } from "../../src/http/turns.ts";
import { virtualClock } from "../../src/testing/mod.ts";

const nothing = (): void => {};

Deno.test("IncomingChunks tells of the end only when nothing waits for grants any more", async () => {
  const clock = virtualClock();
  const ends: (string | undefined)[] = [];
  const events: IncomingEvents = {
    arrived: nothing,
    reading: nothing,
    read: nothing,
    resumed: nothing,
    ended: (error) => ends.push(error),
    greeted: nothing,
    answer: nothing,
    ponged: nothing,
    goaway: nothing,
    peerEnded: nothing,
    failed: nothing,
    report: nothing,
  };
  const sink = { admits: () => true, receive: nothing, receiveBad: nothing };
  const incoming = new IncomingChunks(serviceSettings({ clock }), new Turns(clock), sink, events);
  incoming.pause("grants");
  // The pump was asked for the end before it was told to pause.
  incoming.ended();
  assertEquals([ends, incoming.done], [[], false]);
  incoming.resume("grants");
  await clock.advance(0);
  assertEquals([ends, incoming.done], [[undefined], true]);
});
