import { assertEquals } from "../assert.ts";
import { casesFor } from "../conformance_case.ts";
import { collect, later } from "../stage.ts";

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

/** The four kinds of call. */
export const CALL_CASES = [
  ...casesFor("calls", {
    async "a unary call is answered"(stage) {
      assertEquals(await stage.client().echo("Ada"), "Ada");
    },

    async "a server streaming call yields all messages in order"(stage) {
      assertEquals(await collect(stage.client().count(1_000)), numbers(1_000));
    },

    async "a server streaming call without messages ends"(stage) {
      assertEquals(await collect(stage.client().count(0)), []);
    },

    async "a client streaming call is answered when all is said"(stage) {
      assertEquals(await stage.client().sum(numbers(1_000)), 499_500);
    },

    async "a client streaming call takes its messages from a generator that takes its time"(stage) {
      async function* slowly(): AsyncGenerator<number> {
        for (const number of numbers(5)) {
          await new Promise((resolve) => setTimeout(resolve, 5));
          yield number;
        }
      }
      assertEquals(await stage.client().sum(slowly()), 10);
    },

    async "a client streaming call without messages is answered"(stage) {
      assertEquals(await stage.client().sum([]), 0);
    },

    async "a one-way call reaches its handler"(stage) {
      await stage.client().note(stage.key, { oneWay: true });
      await stage.observe(({ ended }) => ended === 1);
    },

    async "a call whose response is not wanted waits for its end"(stage) {
      const client = stage.client();
      await client.note(stage.key, { discardResponse: true });
      assertEquals((await client.observe(stage.key)).ended, 1);
    },

    async "the first message of a stream arrives before there is a second"(stage) {
      const production = { key: stage.key, bytes: 10, everyMs: 0, pauseAfter: 1, count: 2 };
      let messages = 0;
      for await (const _ of stage.client().produce(production)) {
        messages += 1;
        // Whatever holds the first back until there is more, holds it back until the case has taken too long.
        if (messages === 1) await stage.release();
      }
      assertEquals(messages, 2);
    },
  }),

  ...casesFor("bidi", {
    async "a bidirectional call answers each request before the next is made"(stage) {
      const asked: number[] = [];
      const answered: number[] = [];
      let answer = (): void => {};
      async function* questions(): AsyncGenerator<number> {
        for (const number of numbers(50)) {
          asked.push(number);
          const isAnswered = new Promise<void>((resolve) => answer = resolve);
          yield number;
          await isAnswered;
        }
      }
      for await (const message of stage.client().chat(questions())) {
        answered.push(Number(message));
        assertEquals(asked, answered);
        answer();
      }
      assertEquals(answered, numbers(50));
    },

    async "a bidirectional call streams both ways at once"(stage) {
      assertEquals(await collect(stage.client().chat(numbers(3_000))), numbers(3_000));
    },

    async "a bidirectional call reaches its handler before its caller has said anything"(stage) {
      const abort = new AbortController();
      const silent: AsyncIterable<never> = {
        [Symbol.asyncIterator]: () => ({
          next: () => new Promise(() => {}),
          return: () => Promise.resolve({ done: true, value: undefined }),
        }),
      };
      const options = { metadata: [["key", stage.key]], signal: abort.signal } as const;
      const call = later(collect(stage.client().chat(silent, options)));
      await Promise.race([call, stage.observe(({ started }) => started === 1)]);
      abort.abort();
      await stage.assertFails(call, "cancelled");
    },

    async "a bidirectional call without messages ends"(stage) {
      assertEquals(await collect(stage.client().chat([])), []);
    },

    async "a bidirectional handler may end first"(stage) {
      let left = false;
      async function* countdown(): AsyncGenerator<number> {
        try {
          for (let number = 3;; number--) yield number;
        } finally {
          left = true;
        }
      }
      assertEquals(await collect(stage.client().chatUntil(countdown())), [3, 2, 1, 0]);
      await stage.until(() => left, "the caller's generator was closed");
    },
  }),
];
