import { assert, assertEquals } from "../assert.ts";
import { casesFor } from "../conformance_case.ts";
import { sleep } from "../sleep.ts";
import { collect, later, take } from "../stage.ts";

const LIVELY = { bytes: 10, everyMs: 10 };
const SILENT = { bytes: 10, everyMs: 50_000 };

/** However a call is given up, its handler learns of it. */
export const CANCELLATION_CASES = [
  ...casesFor("calls", {
    async "an abort cancels a stream that is silent"(stage) {
      const abort = new AbortController();
      const messages = stage.client().produce({ key: stage.key, ...SILENT }, { signal: abort.signal });
      const failed = later(stage.assertFails(collect(messages), "cancelled"));
      await stage.observe(({ started }) => started === 1);
      // The head of its response may wait for 25 ms, and not every server tells of a client that leaves before.
      await sleep(100);
      abort.abort();
      await failed;
      assertEquals((await stage.observe(({ aborted }) => aborted !== undefined)).aborted, "cancelled");
    },

    async "leaving a stream closes the handler's generator"(stage) {
      assertEquals((await take(stage.client().produce({ key: stage.key, ...LIVELY }), 3)).length, 3);
      assertEquals((await stage.observe(({ ended }) => ended === 1)).aborted, "cancelled");
    },

    async "an abort before the call keeps it from being made"(stage) {
      const { client, channel } = stage.open();
      await stage.assertFails(client.wait(stage.key, { signal: AbortSignal.abort() }), "cancelled");
      assertEquals(channel.link.exchangeCount, 0);
      assertEquals((await stage.observe(() => true)).started, 0);
    },

    async "giving up one call leaves the others alone"(stage) {
      const client = stage.client();
      const abort = new AbortController();
      const given = later(stage.assertFails(client.wait(stage.key, { signal: abort.signal }), "cancelled"));
      const key = `${stage.key} kept`;
      const kept = later(client.wait(key));
      await stage.observe(({ started }) => started === 1);
      abort.abort();
      await given;
      await stage.release(key);
      assert(await kept > 0, "It had no time left");
    },
  }),

  ...casesFor("early leaving", {
    async "an abort cancels a call whose request streams, and closes its source"(stage) {
      let left = false;
      function* source(): Generator<string> {
        try {
          yield stage.key;
        } finally {
          left = true;
        }
      }
      const abort = new AbortController();
      const failed = later(stage.assertFails(stage.client().weigh(source(), { signal: abort.signal }), "cancelled"));
      await stage.observe(({ started }) => started === 1);
      abort.abort();
      await failed;
      await stage.observe(({ ended }) => ended === 1);
      await stage.until(() => left, "the source was closed");
    },

    async "an abort cancels a unary call, and its handler is told"(stage) {
      const abort = new AbortController();
      const failed = later(stage.assertFails(stage.client().wait(stage.key, { signal: abort.signal }), "cancelled"));
      await stage.observe(({ started }) => started === 1);
      abort.abort();
      await failed;
      assertEquals((await stage.observe(({ ended }) => ended === 1)).aborted, "cancelled");
    },

    async "closing the channel cancels what runs on it"(stage) {
      const { client, channel } = stage.open();
      const call = client.wait(stage.key).then(() => "nothing", (error) => error.code);
      await stage.observe(({ started }) => started === 1);
      await channel.close();
      const code = await call;
      assert(code === "cancelled" || code === "unavailable", `The call failed with ${code}`);
      await stage.observe(({ ended }) => ended === 1);
    },

    async "calls that are given up at once leave nothing behind"(stage) {
      const { client, channel } = stage.open();
      const abort = new AbortController();
      const calls = Array.from({ length: 4 }, () => client.wait(stage.key, { signal: abort.signal }));
      const failed = later(Promise.all(calls.map((call) => stage.assertFails(call, "cancelled"))));
      // No more than these: browsers make six requests at once over HTTP/1.1, and one has to look on.
      await stage.observe(({ started }) => started === 4);
      abort.abort();
      await failed;
      assertEquals(channel.link.operationCount, 0);
      await stage.observe(({ started, ended }) => started === ended);
    },
  }),

  ...casesFor("hurried leaving", {
    async "leaving a stream in a hurry closes the handler's generator"(stage) {
      assertEquals((await take(stage.client().produce({ key: stage.key, bytes: 1_000, everyMs: 0 }), 3)).length, 3);
      assertEquals((await stage.observe(({ ended }) => ended === 1)).aborted, "cancelled");
    },
  }),

  ...casesFor("bidi", {
    async "leaving a bidirectional call closes both generators"(stage) {
      let left = false;
      function* endless(): Generator<number> {
        try {
          for (let number = 0;; number++) yield number;
        } finally {
          left = true;
        }
      }
      const messages = stage.client().chat(endless(), { metadata: [["key", stage.key]] });
      assertEquals(await take(messages, 5), [0, 1, 2, 3, 4]);
      await stage.until(() => left, "the caller's generator was closed");
      await stage.observe(({ ended }) => ended === 1);
    },
  }),
];
