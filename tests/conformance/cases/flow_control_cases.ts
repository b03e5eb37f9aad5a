import { assert, assertEquals } from "../assert.ts";
import { casesFor } from "../conformance_case.ts";
import { sleep } from "../sleep.ts";
import type { Stage } from "../stage.ts";

const BLOCK_BYTES = 65_536;

/** Blocks that may be under way on an exchange of its own to flow: two windows of 1 MiB, and what a chunk more has. */
const WINDOW_BLOCKS = 40;

/** Blocks of an upload: more than may be under way, and few enough for pairs that take 44 ms for each. */
const UPLOADED_BLOCKS = 64;

/**
 * Blocks that may be under way where only the HTTP layers hold the server back: Chromium takes some 64 MiB of a response
 * that nobody reads, others 4 to 16.
 */
const HTTP_BLOCKS = 1_600;

/** Blocks of a stream that a client takes whole although nobody reads it: more than an HTTP/2 connection's window has. */
const TAKEN_BLOCKS = 256;

/** Requests that a single exchange may have in these cases, so that it need not collect 16 MiB to refuse more. */
const MAX_REQUEST_BYTES = 1_048_576;

/** Waits until the handler has produced nothing for a while, and tells how much it had. */
async function standstill(stage: Stage, key?: string): Promise<number> {
  let before = -1;
  for (;;) {
    const { messages } = await stage.observe(({ started }) => started > 0, key);
    if (messages === before) return messages;
    before = messages;
    await sleep(150);
  }
}

/** Nobody runs further ahead than the other allows. */
export const FLOW_CONTROL_CASES = [
  ...casesFor("held responses", {
    async "a slow consumer pauses the producer"(stage) {
      // Where it does not, that shows soon enough, and does not fill the memory.
      const count = stage.can("held responses") ? undefined : HTTP_BLOCKS + WINDOW_BLOCKS;
      const production = { key: stage.key, bytes: BLOCK_BYTES, everyMs: 0, count };
      let taken = 0;
      for await (const _ of stage.client().produce(production)) {
        taken++;
        if (taken < 4) continue;
        const ahead = await standstill(stage) - taken;
        const bound = stage.isShared ? WINDOW_BLOCKS : HTTP_BLOCKS;
        assert(ahead <= bound, `The producer was ${ahead} messages ahead`);
        break;
      }
      await stage.observe(({ ended }) => ended === 1);
    },
  }),

  ...casesFor("calls", {
    async "a consumer that goes on gets all that there is"(stage) {
      let bytes = 0;
      const production = { key: stage.key, bytes: BLOCK_BYTES, everyMs: 0, count: 200 };
      for await (const message of stage.client().produce(production)) {
        if (bytes === 0) await sleep(200);
        bytes += message.byteLength;
      }
      assertEquals(bytes, 200 * BLOCK_BYTES);
    },
  }),

  ...casesFor("stalled streams", {
    async "streams that nobody reads hold up no other call"(stage) {
      const client = stage.client();
      const count = stage.can("held responses") ? undefined : TAKEN_BLOCKS;
      const stalled = Array.from({ length: 4 }, (_, index) => {
        const key = `${stage.key} ${index}`;
        return {
          key,
          messages: client.produce({ key, bytes: BLOCK_BYTES, everyMs: 0, count })[Symbol.asyncIterator](),
        };
      });
      await Promise.all(stalled.map(({ messages }) => messages.next()));
      // The windows are full when all stand still. To ask for that, another connection is needed.
      stage.lookFrom(stage.target.cuttable.url);
      for (const { key } of stalled) await standstill(stage, key);
      const bytes = new Uint8Array(20_000);
      for (let i = 0; i < 10; i++) assertEquals(await client.echo(bytes, { timeoutMs: 4_000 }), bytes);
      await Promise.all(stalled.map(({ messages }) => messages.return?.()));
      if (!stage.can("hurried leaving")) return;
      for (const { key } of stalled) await stage.observe(({ ended }) => ended === 1, key);
    },
  }),

  ...casesFor("streamed upload", {
    async "a slow handler pauses the caller's generator"(stage) {
      let produced = 0;
      function* source(): Generator<Uint8Array | string> {
        yield stage.key;
        for (; produced < UPLOADED_BLOCKS; produced++) yield new Uint8Array(BLOCK_BYTES);
      }
      const call = stage.client({ limits: { maxRequestBytes: MAX_REQUEST_BYTES } }).weigh(source());
      const outcome = call.then((weight) => ({ weight }), (error: unknown) => ({ error }));
      await Promise.race([outcome, stage.observe(({ started }) => started === 1)]);
      await sleep(300);
      const ahead = produced;
      await stage.release();
      const answer = await outcome;
      if ("error" in answer) throw answer.error;
      assert(ahead <= WINDOW_BLOCKS, `The caller was ${ahead} messages ahead`);
      assertEquals(answer.weight, UPLOADED_BLOCKS * BLOCK_BYTES);
    },

    async "a handler that has heard enough stops the caller's generator"(stage) {
      let left = false;
      function* source(): Generator<Uint8Array> {
        try {
          for (;;) yield new Uint8Array(1_000);
        } finally {
          left = true;
        }
      }
      const answer = await stage.client({ limits: { maxRequestBytes: MAX_REQUEST_BYTES } }).first(source());
      assertEquals(answer, new Uint8Array(1_000));
      await stage.until(() => left, "the caller's generator was closed");
    },
  }),
];
