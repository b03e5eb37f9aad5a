/** Each step of a stream runs in the asynchronous context of its own call, whatever lets it go on. */
import { assertEquals, assertRejects } from "@std/assert";
import { AsyncLocalStorage } from "node:async_hooks";
import { createClient, type Interceptor } from "../../mod.ts";
import { messageCodec } from "../../src/rpc/message_codec.ts";
import { CLIENT_SIDE } from "../../src/rpc/client.ts";
import { type MessageIterator, OutgoingMessages } from "../../src/rpc/outgoing_messages.ts";
import { Probe, probe } from "./_probe.ts";
import { collect, serving, settled } from "./_serving.ts";

const caller = new AsyncLocalStorage<string>();

/** A stream that is sent in the context of Ada's call, and what its generator sees. */
function sending(): { readonly messages: OutgoingMessages; readonly seen: unknown[] } {
  const seen: unknown[] = [];
  const codec = messageCodec(Probe.methods.many.response, "response", "test.Probe/many", CLIENT_SIDE);
  const messages = new OutgoingMessages(codec, { send: () => {}, step: () => {}, failed: () => {} });
  async function* numbers(): AsyncGenerator<number> {
    try {
      for (let n = 0;; n++) {
        seen.push(caller.getStore());
        yield n;
      }
    } finally {
      seen.push(`end of ${caller.getStore()}`);
    }
  }
  caller.run("Ada", () => messages.start(numbers() as MessageIterator));
  return { messages, seen };
}

Deno.test("OutgoingMessages() asks its iterator in the context in which it was started, whoever grants", async () => {
  const { messages, seen } = sending();
  await settled();
  caller.run("Bob", () => messages.grant(2));
  await settled();
  assertEquals(seen, ["Ada", "Ada", "Ada", "Ada"]);
  messages.stop();
  await settled();
});

Deno.test("OutgoingMessages() closes its iterator in the context in which it was started, whoever stops it", async () => {
  const { messages, seen } = sending();
  await settled();
  caller.run("Bob", () => messages.stop());
  await settled();
  assertEquals(seen, ["Ada", "Ada", "end of Ada"]);
});

/** What a generator saw whose handler an interceptor has run in Ada's context. */
async function seenBy(leave: boolean, ...others: Interceptor[]): Promise<unknown[]> {
  const seen: unknown[] = [];
  const handlers = probe({
    async *many(count) {
      try {
        for (let n = 0; n < count; n++) {
          seen.push(caller.getStore());
          yield n;
          await settled();
        }
      } finally {
        seen.push(`end of ${caller.getStore()}`);
      }
    },
  });
  const interceptor: Interceptor = (next) => (request) => caller.run("Ada", () => next(request));
  await using service = serving(handlers, { servicer: { interceptors: [...others, interceptor] } });
  const numbers = createClient(Probe, service.end).many(3);
  if (leave) { for await (const _number of numbers) break; }
  else await collect(numbers);
  while (!String(seen.at(-1)).startsWith("end")) await settled();
  return seen;
}

Deno.test("interceptors of the server: what one runs next() with is seen in every step of a generator", async () => {
  assertEquals(await seenBy(false), ["Ada", "Ada", "Ada", "end of Ada"]);
});

Deno.test("interceptors of the server: what one runs next() with is seen where a generator is left, also while it is busy", async () => {
  const seen = await seenBy(true);
  assertEquals([seen[0], seen.at(-1)], ["Ada", "end of Ada"]);
});

Deno.test("interceptors of the server: what one runs next() with is seen behind the generator of another one", async () => {
  const copying: Interceptor = (next) => async (request) => {
    const response = await next(request);
    if (!response.stream) return response;
    const { messages } = response;
    async function* copied(): AsyncGenerator<unknown> {
      yield* messages;
    }
    return { ...response, messages: copied() };
  };
  assertEquals(await seenBy(false, copying), ["Ada", "Ada", "Ada", "end of Ada"]);
});

Deno.test("interceptors of the server: a synchronous iterable of promises ends where one of them rejects", async () => {
  let isClosed = false;
  function* promises(): Generator<Promise<number>> {
    try {
      yield Promise.resolve(1);
      yield Promise.reject(new Error("Broken"));
    } finally {
      isClosed = true;
    }
  }
  const passing: Interceptor = (next) => next;
  const handlers = probe({ many: () => promises() as unknown as Iterable<number> });
  await using service = serving(handlers, { servicer: { interceptors: [passing] } });
  const got: number[] = [];
  const failed = await (async () => {
    for await (const number of createClient(Probe, service.end).many(1)) got.push(number);
  })().then(() => false, () => true);
  assertEquals([got, failed, isClosed, service.errors.splice(0).map(String)], [[1], true, true, ["Error: Broken"]]);
});

Deno.test("interceptors of the server: a promise that rejects is why its stream has failed, also where its iterator then throws", async () => {
  function* promises(): Generator<Promise<number>> {
    try {
      yield Promise.reject(new Error("Broken"));
    } finally {
      // deno-lint-ignore no-unsafe-finally
      throw new Error("Cannot close");
    }
  }
  const passing: Interceptor = (next) => next;
  const handlers = probe({ many: () => promises() as unknown as Iterable<number> });
  await using service = serving(handlers, { servicer: { interceptors: [passing] } });
  await assertRejects(() => collect(createClient(Probe, service.end).many(1)));
  assertEquals(service.errors.splice(0).map(String), ["Error: Broken"]);
});
