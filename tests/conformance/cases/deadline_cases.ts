import type { CallControl } from "../../../src/client.ts";
import { assert, assertEquals } from "../assert.ts";
import { casesFor, waitingCasesFor } from "../conformance_case.ts";
import { MAXIMUM_TIMEOUT_MS } from "../handlers.ts";
import { sleep } from "../sleep.ts";
import { later } from "../stage.ts";

/** Deadlines: they expire on both sides, travel, and change while a call runs. */
export const DEADLINE_CASES = [
  ...casesFor("calls", {
    async "a call that takes too long ends, and its handler is told"(stage) {
      const startMs = performance.now();
      await stage.assertFails(stage.client().wait(stage.key, { timeoutMs: 150 }), "deadline_exceeded");
      const ms = performance.now() - startMs;
      assert(ms >= 140 && ms < 4_000, `It took ${ms} ms`);
      const seen = await stage.observe(({ ended }) => ended === 1);
      assert(seen.aborted === "deadline_exceeded" || seen.aborted === "cancelled", `It was told ${seen.aborted}`);
    },

    async "the handler knows how much time is left"(stage) {
      const remainingMs = await stage.client().delay({ key: stage.key, ms: 50 }, { timeoutMs: 10_000 });
      assert(remainingMs > 5_000 && remainingMs <= 9_960, `${remainingMs} ms were left`);
    },

    async "the server bounds a timeout that is too long"(stage) {
      const remainingMs = await stage.client().delay({ key: stage.key, ms: 0 }, { timeoutMs: 10 * MAXIMUM_TIMEOUT_MS });
      assert(remainingMs <= MAXIMUM_TIMEOUT_MS, `${remainingMs} ms were left`);
    },

    async "the handler can shorten its call"(stage) {
      const call = stage.client().delay({ key: stage.key, ms: 5_000, timeoutMs: 100 }, { timeoutMs: 10_000 });
      await stage.assertFails(call, "deadline_exceeded");
      await stage.observe(({ ended }) => ended === 1);
    },

    async "the handler cannot have more time than the caller allows"(stage) {
      const call = stage.client().delay({ key: stage.key, ms: 5_000, timeoutMs: 10_000 }, { timeoutMs: 150 });
      await stage.assertFails(call, "deadline_exceeded");
    },

    async "a caller that allows more at once gives the handler more time"(stage) {
      const remainingMs = await stage.client().delay({ key: stage.key, ms: 300 }, {
        timeoutMs: 100,
        onStart: (call) => call.changeTimeout(10_000),
      });
      assert(remainingMs > 1_000, `${remainingMs} ms were left`);
    },

    async "a call made within another has no more time than it"(stage) {
      const ctx = { signal: new AbortController().signal, timeRemaining: () => 100 };
      await stage.assertFails(stage.client().wait(stage.key, { ctx }), "deadline_exceeded");
    },
  }),

  ...casesFor("early leaving", {
    async "the caller can shorten a call that runs"(stage) {
      let control: CallControl | undefined;
      const call = stage.client().wait(stage.key, { timeoutMs: 30_000, onStart: (started) => control = started });
      const failed = later(stage.assertFails(call, "deadline_exceeded"));
      await stage.observe(({ started }) => started === 1);
      control?.changeTimeout(30_000 - control.timeRemaining() + 50);
      await failed;
      await stage.observe(({ ended }) => ended === 1);
    },
  }),

  ...waitingCasesFor("calls", {
    async "a stream that takes too long ends after what has come"(stage) {
      let messages = 0;
      const call = (async () => {
        const production = { key: stage.key, bytes: 10, everyMs: 20 };
        for await (const _ of stage.client().produce(production, { timeoutMs: 2_000 })) messages++;
      })();
      await stage.assertFails(call, "deadline_exceeded");
      assert(messages > 0, "Nothing had come");
      await stage.observe(({ ended }) => ended === 1);
    },
  }),

  ...waitingCasesFor("retiming", {
    async "the caller can lengthen a call that runs"(stage) {
      let control: CallControl | undefined;
      const call = later(stage.client().wait(stage.key, { timeoutMs: 1_000, onStart: (started) => control = started }));
      // The request has left by then, and with it the first timeout.
      await sleep(100);
      control?.changeTimeout(20_000);
      await sleep(1_900);
      await stage.release();
      const remainingMs = await call;
      assert(remainingMs > 2_000, `${remainingMs} ms were left`);
      assertEquals((await stage.observe(({ ended }) => ended === 1)).aborted, undefined);
    },
  }),
];
