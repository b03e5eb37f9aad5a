import { assertEquals, assertRejects } from "@std/assert";
import { Code, type Metadata } from "../../src/links/mod.ts";
import { type CallOptions, createClient, RpcError } from "../../mod.ts";
import { Endless, Probe, probe } from "./_probe.ts";
import { collect, serving, settled } from "./_serving.ts";

Deno.test("onHeader() and onTrailer() tell what the handler set, in order, once", async () => {
  await using service = serving(probe({
    async *many(_n, ctx) {
      ctx.setHeader("a", "1");
      ctx.setHeader("a", ["2", new Uint8Array([3])]);
      ctx.setTrailer("b", "1");
      yield 1;
      ctx.setTrailer("b", "2");
      yield 2;
    },
  }));
  const told: (readonly [string, Metadata | number])[] = [];
  const stream = createClient(Probe, service.end).many(0, {
    onHeader: (header) => told.push(["header", header]),
    onTrailer: (trailer) => told.push(["trailer", trailer]),
  });
  for await (const n of stream) told.push(["message", n]);
  assertEquals(told.filter(([what]) => what !== "message"), [
    ["header", [["a", "2"], ["a", new Uint8Array([3])]]],
    ["trailer", [["b", "2"]]],
  ]);
});

Deno.test("onHeader() and onTrailer() tell of nothing where nothing was set", async () => {
  await using service = serving(probe({}));
  const told: unknown[] = [];
  await createClient(Probe, service.end).one(1, {
    onHeader: (header) => told.push(header),
    onTrailer: (trailer) => told.push(trailer),
  });
  assertEquals(told, [[], []]);
});

Deno.test("onHeader() and onTrailer() tell what a handler set that failed", async () => {
  await using service = serving(probe({
    one: (_n, ctx) => {
      ctx.setHeader("a", "1");
      ctx.setTrailer("b", "2");
      throw new RpcError(Code.RESOURCE_EXHAUSTED, "Out of numbers", { metadata: { retry: "later" } });
    },
  }));
  const told: unknown[] = [];
  const options: CallOptions = {
    onHeader: (header) => told.push(header),
    onTrailer: (trailer) => told.push(trailer),
  };
  const error = await assertRejects(() => createClient(Probe, service.end).one(1, options), RpcError);
  assertEquals(told, [[["a", "1"]], [["b", "2"], ["retry", "later"]]]);
  assertEquals(error.metadata, [["b", "2"], ["retry", "later"]]);
});

Deno.test("setHeader() and setTrailer() throw when what they set has left", async () => {
  const thrown: unknown[] = [];
  await using service = serving(probe({
    async *many(_n, ctx) {
      yield 1;
      try {
        ctx.setHeader("a", "1");
      } catch (error) {
        thrown.push(error);
      }
    },
    one: (n, ctx) => {
      queueMicrotask(() => {
        try {
          ctx.setTrailer("b", "2");
        } catch (error) {
          thrown.push(error);
        }
      });
      return n;
    },
  }));
  await collect(createClient(Probe, service.end).many(0));
  await createClient(Probe, service.end).one(0);
  await settled();
  assertEquals(thrown.map(String), [
    'TypeError: Cannot set header "a": the headers have left',
    'TypeError: Cannot set trailer "b": the trailers have left',
  ]);
});

Deno.test("ctx.metadata has the client's pairs, then the call's", async () => {
  let metadata: Metadata | undefined;
  await using service = serving(probe({
    one: (n, ctx) => {
      metadata = ctx.metadata;
      return n;
    },
  }));
  const client = createClient(Probe, service.end, { metadata: { app: "test" } });
  await client.one(1);
  assertEquals(metadata, [["app", "test"]]);
  await client.one(1, { metadata: [["trace", new Uint8Array([1])], ["app", "again"]] });
  assertEquals(metadata, [["app", "test"], ["trace", new Uint8Array([1])], ["app", "again"]]);
});

Deno.test("ctx.metadata is empty where the caller says none", async () => {
  let metadata: Metadata | undefined;
  await using service = serving(probe({
    async fold(numbers, ctx) {
      metadata = ctx.metadata;
      return (await collect(numbers)).length;
    },
  }));
  await createClient(Probe, service.end).fold([]);
  assertEquals(metadata, []);
});

Deno.test("ctx.metadata is there when a handler of a stream begins", async () => {
  let metadata: Metadata | undefined;
  await using service = serving(probe({
    fold: (_numbers, ctx) => {
      metadata = ctx.metadata;
      return 0;
    },
  }));
  await createClient(Probe, service.end).fold(new Endless(), { metadata: { a: "1" } });
  assertEquals(metadata, [["a", "1"]]);
});

Deno.test("ctx knows what was called", async () => {
  let known: unknown;
  await using service = serving(probe({
    both: (_messages, ctx) => {
      known = [ctx.service, ctx.method, ctx.kind, ctx.http];
      return [];
    },
  }));
  await collect(createClient(Probe, service.end).both([]));
  assertEquals(known, ["test.Probe", "both", "bidi_streaming", undefined]);
});

Deno.test("createClient() refuses metadata that is none, with the call's promise where it is the call's", async () => {
  await using service = serving(probe({}));
  const wrong = { a: 5 } as unknown as Metadata;
  await assertRejects(() => createClient(Probe, service.end).one(1, { metadata: wrong }), TypeError);
  await assertRejects(async () => await createClient(Probe, service.end, { metadata: wrong }).one(1), TypeError);
});
