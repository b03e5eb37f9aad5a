import { assertEquals } from "@std/assert";
import { test } from "../protocol/register.ts";
import { PATH, ServiceBench } from "./bench.ts";
import { openSingle } from "./scripted_client.ts";

const KICK_OFF = { group: "g", method: "m", subscription: "full", timeout: 1_000_000 } as const;

test("P9.7 serviceLink() gives a slow client nearly a minute for what was said last", async () => {
  for (const [waitMs, arrives] of [[55_999, true], [56_000, false]] as const) {
    await using bench = new ServiceBench({ timeouts: { heartbeatMs: 7_000 } });
    const client = await openSingle(bench.fetch, PATH, [{ operation: 1, ...KICK_OFF, termination: "completion" }]);
    await bench.mate.expectTicket();
    bench.mate.send({ payload: "last" });
    bench.mate.send({ termination: "completion" });
    await bench.clock.advance(waitMs);
    const frames = arrives
      ? [{ operation: 1, payload: "last" }, { operation: 1, termination: "completion" }, { kind: "end" }]
      : [];
    assertEquals<unknown>(await client.gets.rest(), frames);
  }
});
