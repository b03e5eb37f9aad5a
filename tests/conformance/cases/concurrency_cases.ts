import { assert, assertEquals } from "../assert.ts";
import { casesFor } from "../conformance_case.ts";
import { collect, later } from "../stage.ts";

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

const LARGE_BYTES = 3 * 1_024 * 1_024;

/** Many calls at once. */
export const CONCURRENCY_CASES = [
  ...casesFor("calls", {
    async "two hundred calls at once are all answered, on one exchange where it is shared"(stage) {
      const { client, channel } = stage.open();
      const calls = range(200).map((index) => client.echo({ index }));
      assertEquals(await Promise.all(calls), range(200).map((index) => ({ index })));
      if (stage.isShared) assertEquals(channel.link.exchangeCount, 1);
      assertEquals(channel.link.operationCount, 0);
    },

    async "a slow call does not hold up those after it"(stage) {
      const client = stage.client();
      const slow = later(client.wait(stage.key));
      for (const index of range(10)) assertEquals(await client.echo(index), index);
      await stage.release();
      assert(await slow > 0, "It had no time left");
    },

    async "streams that run at once do not mix"(stage) {
      const client = stage.client();
      const streams = range(10).map((index) => collect(client.count(100 + index)));
      assertEquals(await Promise.all(streams), range(10).map((index) => range(100 + index)));
    },

    async "calls of several kinds run at once"(stage) {
      const client = stage.client();
      const failure = { code: "not_found", message: "No", metadata: [], details: [] };
      const [echoed, counted, summed] = await Promise.all([
        client.echo("Ada"),
        collect(client.count(50)),
        client.sum(range(50)),
        stage.assertFails(client.fail(failure), "not_found"),
      ]);
      assertEquals([echoed, counted, summed], ["Ada", range(50), 1_225]);
    },

    async "small calls pass a large message, where they share an exchange"(stage) {
      const client = stage.client();
      const large = new Uint8Array(LARGE_BYTES).fill(7);
      await client.echo(0);
      const ended: string[] = [];
      const calls = [
        client.echo(large).then((echoed) => {
          ended.push("large");
          assertEquals(echoed, large);
        }),
      ];
      for (const index of range(10)) calls.push(client.echo(index).then(() => void ended.push("small")));
      await Promise.all(calls);
      if (stage.isShared && stage.target.exchange !== "pair") assertEquals(ended.at(-1), "large");
    },

    async "three clients at once keep apart"(stage) {
      const clients = range(3).map(() => stage.client());
      const answers = await Promise.all(range(30).map((index) => clients[index % 3]?.echo(index)));
      assertEquals(answers, range(30));
    },
  }),

  ...casesFor("bidi", {
    async "twenty bidirectional calls run at once on one exchange"(stage) {
      const { client, channel } = stage.open();
      const calls = range(20).map((index) => collect(client.chat(range(index * 10))));
      assertEquals(await Promise.all(calls), range(20).map((index) => range(index * 10)));
      assertEquals(channel.link.exchangeCount, 1);
    },
  }),
];
