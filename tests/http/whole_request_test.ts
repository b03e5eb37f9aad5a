import { assertEquals } from "@std/assert";
import { nextTurn } from "../../src/testing/_next_turn.ts";
import { test } from "../protocol/register.ts";
import { PATH, ServiceBench } from "./bench.ts";
import { FrameFeed } from "./frame_feed.ts";
import { FrameLog } from "./frame_log.ts";
import { clientHello, postStream } from "./scripted_client.ts";

const KICK_OFF = { group: "g", method: "m", subscription: "full", timeout: 10_000 } as const;

/** A single exchange whose request has not come as a whole. */
interface Beginning {
  readonly sends: FrameFeed;
  readonly answer: Promise<Response>;
  begun(): boolean;
}

async function begin(bench: ServiceBench, headers: HeadersInit): Promise<Beginning> {
  const sends = new FrameFeed();
  sends.send(clientHello({ exchange: "single" }), { operation: 1, ...KICK_OFF, payload: 1 });
  const answer = postStream(bench.fetch, PATH, sends.stream, { headers });
  let begun = false;
  answer.then(() => begun = true);
  await bench.mate.expectTicket({ payload: 1 });
  await nextTurn();
  return { sends, answer, begun: () => begun };
}

for (
  const [what, headers] of [
    ["a request with a length", { "content-length": "1000" }],
    ["a request in pieces", {}],
  ] as const
) {
  test(`P7.41 serviceLink() answers ${what} when it has read its end`, async () => {
    await using bench = new ServiceBench();
    const { sends, answer, begun } = await begin(bench, headers);
    assertEquals(begun(), false);
    sends.send({ operation: 1, termination: "completion" }, { kind: "end" });
    sends.close();
    await bench.mate.expectTicket({ termination: "completion" });
    const gets = new FrameLog((await answer).body!);
    await gets.expect({ kind: "hello" });
    bench.mate.send({ subscription: "full", termination: "completion" });
    await gets.expect({ operation: 1, termination: "completion" });
    await gets.rest();
  });

  test(`P7.41 serviceLink() answers ${what} when its operation is over`, async () => {
    await using bench = new ServiceBench();
    const { sends, answer, begun } = await begin(bench, headers);
    bench.mate.send({ termination: "cancellation" });
    await nextTurn();
    assertEquals(begun(), true);
    const gets = new FrameLog((await answer).body!);
    await gets.expect({ kind: "hello" });
    await gets.expect({ operation: 1, termination: "cancellation" });
    sends.send({ kind: "end" });
    sends.close();
    await gets.rest();
  });

  for (
    const [name, fail] of [
      ["breaks off", (sends: FrameFeed) => sends.error(new Error("reset"))],
      ["cannot be read", (sends: FrameFeed) => sends.raw(Uint8Array.of(0x40))],
    ] as const
  ) {
    test(`P7.41 serviceLink() answers ${what} that ${name}`, async () => {
      await using bench = new ServiceBench();
      const { sends, answer } = await begin(bench, headers);
      fail(sends);
      await bench.mate.expectTicket({ termination: "transmission failure" });
      const response = await answer;
      assertEquals(response.status, 200);
      await response.body?.cancel();
    });
  }
}
