import { assertEquals } from "@std/assert";
import { IncomingFrames } from "../../src/exchange/incoming_frames.ts";
import { serviceSettings } from "../../src/transport/service_options.ts";
import { virtualClock } from "../../src/testing/mod.ts";
import { encode } from "./frame_feed.ts";
import { clientHello } from "./scripted_client.ts";

const HELLO = encode(clientHello());

/** What the peer is told of it is fixed: the error is of this side, and may name anything. */
const SAID = {
  termination: "transmission failure",
  code: "internal",
  message: "Cannot go on with the exchange: it failed to read a frame",
  tellsPeer: true,
};

/** Frames whose sink throws at each ticket, and what comes of them. */
function bench(): { frames: IncomingFrames; failures: unknown[]; reported: string[] } {
  const failures: unknown[] = [];
  const reported: string[] = [];
  const sink = {
    receive: () => {
      throw new Error("secret of this side");
    },
    receiveBad: () => {},
  };
  const frames = new IncomingFrames(serviceSettings({ clock: virtualClock() }), sink, {
    joined: () => {},
    acked: () => {},
    credited: () => true,
    greeted: () => {},
    answer: () => {},
    ponged: () => {},
    goaway: () => {
      throw new Error("another secret");
    },
    peerEnded: () => {},
    failed: (failure) => failures.push(failure),
    report: (error) => reported.push(String(error)),
  });
  return { frames, failures, reported };
}

Deno.test("IncomingFrames reports what a sink of tickets throws, and tells the peer nothing of it", () => {
  const { frames, failures, reported } = bench();
  frames.push(HELLO);
  frames.push(encode({ operation: 1, payload: 1 }));
  assertEquals([failures, reported], [[SAID], ["Error: secret of this side"]]);
});

Deno.test("IncomingFrames reports what is thrown at a control item, and tells the peer nothing of it", () => {
  const { frames, failures, reported } = bench();
  frames.push(HELLO);
  frames.push(encode({ kind: "goaway", lastOperation: 0 }));
  assertEquals([failures, reported], [[SAID], ["Error: another secret"]]);
});
