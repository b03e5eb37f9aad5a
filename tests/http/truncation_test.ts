import { assertEquals } from "@std/assert";
import type { ExchangeEnd } from "../../src/wire/mod.ts";
import { test } from "../protocol/register.ts";
import { nextTurn } from "../../src/testing/_next_turn.ts";
import { InvocationBench, PATH, ServiceBench } from "./bench.ts";
import { encode, FrameFeed } from "./frame_feed.ts";
import { FrameLog } from "./frame_log.ts";
import { serverHello } from "./scripted_server.ts";
import { clientHello, openDuplex, postStream } from "./scripted_client.ts";

const KICK_OFF = { group: "g", method: "m", subscription: "full", timeout: 1_000 } as const;

for (const exchange of ["duplex", "single"] as const) {
  test(`P9.8 serviceLink() fails what a ${exchange} request cut at any byte has begun, and nothing else`, async () => {
    await using bench = new ServiceBench();
    const neighbour = await openDuplex(bench.fetch, PATH);
    neighbour.sends.send({ operation: 1, ...KICK_OFF, method: "neighbour" });
    const { operationId } = await bench.mate.expectTicket({ method: "neighbour" });
    const hello = encode(clientHello({ exchange }));
    const begun = encode(clientHello({ exchange }), { operation: 1, ...KICK_OFF, payload: new Uint8Array(30) });
    const whole = Uint8Array.of(...begun, ...encode({ operation: 1, timeout: 5 }, { kind: "end" }));

    for (let length = 0; length < whole.length; length++) {
      const feed = new FrameFeed();
      feed.raw(whole.slice(0, length));
      feed.close();
      const response = await postStream(bench.fetch, PATH, feed.stream);
      assertEquals(response.status, length < hello.length ? 400 : 200, `${length} bytes`);
      if (length < hello.length) {
        await response.text();
        continue;
      }
      const gets = new FrameLog(response.body!);
      const { kind, code } = (await gets.rest()).at(-1) as ExchangeEnd;
      assertEquals([kind, code], ["end", "unavailable"], `${length} bytes`);
      if (length < begun.length) continue;
      await bench.mate.expectTicket({ group: "g" });
      if (length >= whole.length - encode({ kind: "end" }).length) await bench.mate.expectTicket({ timeout: 5 });
      await bench.mate.expectTicket({ termination: "transmission failure", code: "unavailable" });
    }

    bench.mate.send({ operationId, payload: "unharmed", termination: "cancellation" });
    await neighbour.gets.expect({ payload: "unharmed" });
    await neighbour.finish();
  });

  test(`P9.8 invocationLink() fails what a ${exchange} response cut at any byte leaves open`, async () => {
    await using bench = new InvocationBench({ exchange });
    const answer = encode({ operation: 1, payload: new Uint8Array(30), termination: "completion" });
    const whole = Uint8Array.of(...encode(serverHello()), ...answer, ...encode({ kind: "end" }));
    const answered = whole.length - encode({ kind: "end" }).length;

    for (let length = 0; length < whole.length; length++) {
      bench.mate.open({ termination: "completion" });
      const request = await bench.server.next();
      request.sends.raw(whole.slice(0, length));
      request.sends.close();
      request.respond(request.sends.stream, { headers: { "content-type": "application/vnd.ticketlink+cbor-seq" } });
      if (length >= answered) await bench.mate.expectTicket({ termination: "completion" });
      else await bench.mate.expectTicket({ termination: "transmission failure", code: "unavailable" });
      await nextTurn();
      assertEquals(bench.link.exchangeCount, 0, `${length} bytes`);
    }
  });
}
