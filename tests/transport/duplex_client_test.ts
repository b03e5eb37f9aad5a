import { assertEquals } from "@std/assert";
import { PLATFORM_CLOCK } from "../../src/clock.ts";
import { duplexCarrier } from "../../src/transport/duplex/client.ts";
import { nextTurn } from "../../src/testing/_next_turn.ts";

Deno.test("duplexCarrier() aborts a request before its body breaks off, not after", async () => {
  const events: string[] = [];
  const fetch = (_url: string, { body, signal }: RequestInit): Promise<Response> => {
    const reader = new Response(body).body?.getReader();
    void reader?.read();
    signal?.addEventListener("abort", () => {
      events.push("aborted");
      // As Node's `fetch` does, which nobody can catch if the body has broken off.
      void reader?.cancel("given up").then(() => events.push("cancelled"));
    });
    return new Promise(() => {});
  };
  const carrier = duplexCarrier({ url: "http://service.test/", fetch, headers: undefined, clock: PLATFORM_CLOCK });
  const transport = carrier.open({
    headers: undefined,
    opened: () => {},
    lastOperation: () => 0,
    refusedAbove: () => {},
  });
  await nextTurn();
  transport.close(new Error("lost"));
  await nextTurn();
  assertEquals(events, ["aborted", "cancelled"]);
});
