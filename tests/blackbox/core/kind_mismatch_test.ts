import { assertEquals } from "@std/assert";
import {
  bidiStreaming,
  clientStreaming,
  createClient,
  defineService,
  implement,
  type Implementation,
  type MessageStream,
  serverStreaming,
  unary,
  type UrlClientOptions,
} from "../../../mod.ts";
import { type Carrier, CARRIERS, outcomeOf, SHARED_CARRIERS, Site } from "./site.ts";

const NAME = "core.Kinds";
const Unary = defineService(NAME, { run: unary<number, number>() });
const ServerStreaming = defineService(NAME, { run: serverStreaming<number, number>() });
const ClientStreaming = defineService(NAME, { run: clientStreaming<number, number>() });
const BidiStreaming = defineService(NAME, { run: bidiStreaming<number, number>() });

/** One kind of method: how it is called, what serves it, and what a message may call it. */
interface Kind {
  readonly word: RegExp;
  readonly carriers: readonly Carrier[];
  call(url: string, options: UrlClientOptions): Promise<unknown>;
  /** Says which handlers begin. */
  serve(begun: () => void): Implementation;
}

async function* two(): AsyncGenerator<number> {
  yield 2;
  yield 2;
}

async function all(messages: MessageStream<number>): Promise<number[]> {
  const values: number[] = [];
  for await (const value of messages) values.push(value);
  return values;
}

const KINDS: Readonly<Record<string, Kind>> = {
  "unary": {
    word: /\bunary\b/i,
    carriers: CARRIERS,
    async call(url, options) {
      await using client = createClient(Unary, url, options);
      return await client.run(2);
    },
    serve: (begun) =>
      implement(Unary, {
        run(value) {
          begun();
          return value;
        },
      }),
  },
  "server_streaming": {
    word: /server.?streaming/i,
    carriers: CARRIERS,
    async call(url, options) {
      await using client = createClient(ServerStreaming, url, options);
      return await all(client.run(2));
    },
    serve: (begun) =>
      implement(ServerStreaming, {
        async *run(value) {
          begun();
          for (let i = 0; i < value; i++) yield i;
        },
      }),
  },
  "client_streaming": {
    word: /client.?streaming/i,
    carriers: SHARED_CARRIERS,
    async call(url, options) {
      await using client = createClient(ClientStreaming, url, options);
      return await client.run(two());
    },
    serve: (begun) =>
      implement(ClientStreaming, {
        async run(messages) {
          begun();
          return (await all(messages)).length;
        },
      }),
  },
  "bidi_streaming": {
    word: /bidi/i,
    carriers: SHARED_CARRIERS,
    async call(url, options) {
      await using client = createClient(BidiStreaming, url, options);
      return await all(client.run(two()));
    },
    serve: (begun) =>
      implement(BidiStreaming, {
        async *run(messages) {
          begun();
          yield* messages;
        },
      }),
  },
};

for (const [called, caller] of Object.entries(KINDS)) {
  for (const [served, service] of Object.entries(KINDS)) {
    if (called === served) continue;
    Deno.test(`P11.7 a ${called} call of a ${served} method is unimplemented at once, on every carrier`, async () => {
      let begun = 0;
      await using site = new Site(service.serve(() => begun += 1));
      const outcomes = await Promise.all(caller.carriers.map(async (exchange) => {
        const outcome = await outcomeOf(caller.call(site.url, { exchange, timeoutMs: 1_500 }), 1_000);
        const isRight = outcome.startsWith("unimplemented: ") &&
          caller.word.test(outcome) && service.word.test(outcome);
        return `${exchange}: ${isRight ? "unimplemented, and both kinds are named" : outcome}`;
      }));
      assertEquals(
        outcomes,
        caller.carriers.map((carrier) => `${carrier}: unimplemented, and both kinds are named`),
      );
      assertEquals(begun, 0);
    });
  }
}
