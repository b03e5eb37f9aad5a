import { assert, assertEquals, assertRejects } from "../assert.ts";
import { casesFor, waitingCasesFor } from "../conformance_case.ts";
import { sleep } from "../sleep.ts";
import { collect, later } from "../stage.ts";

/** How exchanges live and end. */
export const EXCHANGE_CASES = [
  ...waitingCasesFor("calls", {
    async "a call that is silent for longer than two heartbeats is not given up"(stage) {
      const remainingMs = await stage.client({ timeouts: { heartbeatMs: 2_000 } }).delay({ key: stage.key, ms: 4_500 });
      assert(remainingMs > 0, "It had no time left");
      assertEquals((await stage.observe(({ ended }) => ended === 1)).aborted, undefined);
    },
  }),
  ...casesFor("calls", {
    async "the link says which kind of exchange it uses"(stage) {
      const { client, channel } = stage.open();
      await client.echo(1);
      const { exchange } = stage.target;
      if (exchange === "auto") assert(channel.link.exchange !== "socket", "Nobody has offered a socket");
      else assertEquals(channel.link.exchange, exchange);
    },

    async "an exchange without calls is closed, and the next call opens another"(stage) {
      const { client, channel } = stage.open({ timeouts: { idleMs: 30 } });
      for (let i = 0; i < 3; i++) {
        assertEquals(await client.echo(i), i);
        await stage.until(() => channel.link.exchangeCount === 0, "the exchange was closed");
      }
    },

    async "fifty calls in a row on exchanges that end at once"(stage) {
      const client = stage.client({ timeouts: { idleMs: 1 } });
      for (let i = 0; i < 50; i++) {
        assertEquals(await client.echo(i), i);
        if (i % 3 === 0) await sleep(2);
      }
    },

    async "a server that cannot be reached fails the call"(stage) {
      const error = await stage.assertFails(
        stage.open({}, unreachable(stage.target.url)).client.echo(1),
        "unavailable",
      );
      assertEquals(error.origin, "transport");
    },
  }),

  ...casesFor("noticed loss", {
    async "a connection that breaks ends the calls on it at once, on both sides"(stage) {
      const { client } = stage.open({}, stage.target.cuttable.url);
      // Their responses have begun: browsers repeat a request by themselves whose connection breaks before that.
      const streams = [{ pauseAfter: 1 }, { pauseAfter: 1 }, {}].map((more) =>
        client.produce({ key: stage.key, bytes: 10, everyMs: 50, ...more })[Symbol.asyncIterator]()
      );
      for (const stream of streams) assertEquals((await stream.next()).done, false);
      const calls = streams.map((stream) => collect({ [Symbol.asyncIterator]: () => stream }));
      const failed = later(Promise.all(calls.map((call) => stage.assertFails(call, "unavailable"))));
      await stage.cut();
      const errors = await Promise.race([failed, sleep(3_000)]);
      assert(errors !== undefined, "The calls went on for 3,000 ms");
      for (const error of errors) assertEquals(error.origin, "transport");
      const seen = await stage.observe(({ ended }) => ended === calls.length);
      assert(seen.aborted === "unavailable" || seen.aborted === "cancelled", `The handlers were told ${seen.aborted}`);
      assertEquals(await client.echo("again"), "again");
    },
  }),

  ...casesFor("http answer", {
    async "a path where there is no handler fails the call"(stage) {
      const { client } = stage.open({}, new URL("/nothing", stage.target.url).href);
      const error = await assertRejects(client.echo(1));
      if (!(error instanceof stage.library.RpcError && error.code === "unimplemented")) throw error;
    },
  }),
];

/** Nothing listens on port 9, and browsers do not even try. */
function unreachable(url: string): string {
  const target = new URL(url);
  target.port = "9";
  return target.href;
}
