import { assertEquals, assertRejects } from "@std/assert";
import { type CallOptions, createClient, RpcError } from "../../mod.ts";
import type { CallScope } from "../../src/links/mod.ts";
import { virtualClock } from "../../src/testing/mod.ts";
import { countedSignal, Endless, Probe, probe, untilAborted } from "./_probe.ts";
import { collect, type Serving, serving, settled } from "./_serving.ts";

/** A service that answers by calling another with its handler's context, and the other. */
function relay(options: CallOptions = {}, clock = virtualClock()): { front: Serving; back: Serving; seen: unknown[] } {
  const seen: unknown[] = [];
  const back = serving(
    probe({
      one: (_n, ctx) => {
        seen.push(ctx.timeRemaining());
        ctx.signal.addEventListener("abort", () => seen.push(ctx.signal.reason.code));
        return untilAborted(ctx);
      },
      many: (_n, ctx) => {
        ctx.signal.addEventListener("abort", () => seen.push(ctx.signal.reason.code));
        return new Endless();
      },
    }),
    { ends: { clock } },
  );
  const client = createClient(Probe, back.end);
  const front = serving(
    probe({
      one: (n, ctx) => client.one(n, { ...options, ctx }),
      many: (n, ctx) => client.many(n, { ...options, ctx }),
    }),
    { ends: { clock } },
  );
  return { front, back, seen };
}

Deno.test("ctx passes the deadline on: the inner call has what the outer has left", async () => {
  const clock = virtualClock();
  const { front, back, seen } = relay({}, clock);
  await using _both = both(front, back);
  const call = createClient(Probe, front.end).one(1, { timeoutMs: 700 });
  await clock.advance(0);
  assertEquals(seen, [700]);
  const rejected = assertRejects(() => call, RpcError);
  await clock.advance(700);
  // Whichever of its two deadlines comes first ends the inner call: its own, or the outer one's by way of the signal.
  assertEquals([(await rejected).code, seen], ["deadline_exceeded", [700, "cancelled"]]);
});

Deno.test("ctx bounds an inner call that asks for more", async () => {
  const clock = virtualClock();
  const { front, back, seen } = relay({ timeoutMs: 5_000 }, clock);
  await using _both = both(front, back);
  const call = createClient(Probe, front.end).one(1, { timeoutMs: 700 });
  await clock.advance(0);
  assertEquals(seen, [700]);
  const rejected = assertRejects(() => call, RpcError);
  await clock.advance(700);
  await rejected;
});

Deno.test("ctx leaves an inner call that asks for less what it asks for", async () => {
  const clock = virtualClock();
  const { front, back, seen } = relay({ timeoutMs: 200 }, clock);
  await using _both = both(front, back);
  const rejected = assertRejects(() => createClient(Probe, front.end).one(1, { timeoutMs: 700 }), RpcError);
  await clock.advance(200);
  const error = await rejected;
  assertEquals([seen[0], error.code, error.origin], [200, "deadline_exceeded", "peer"]);
});

Deno.test("ctx passes a cancellation on", async () => {
  const { front, back, seen } = relay();
  await using _both = both(front, back);
  const controller = new AbortController();
  const call = createClient(Probe, front.end).one(1, { signal: controller.signal });
  await settled();
  controller.abort();
  assertEquals((await assertRejects(() => call, RpcError)).code, "cancelled");
  await settled();
  assertEquals(seen.slice(1), ["cancelled"]);
  assertEquals([front.errors, back.errors], [[], []]);
});

Deno.test("ctx passes on that the outer stream was left", async () => {
  const { front, back, seen } = relay();
  await using _both = both(front, back);
  for await (const n of createClient(Probe, front.end).many(0)) if (n === 50) break;
  await settled();
  assertEquals(seen, ["cancelled"]);
});

Deno.test("ctx of an outer call that was cancelled starts no inner call", async () => {
  let inner: unknown;
  await using back = serving(probe({}));
  await using front = serving(probe({
    one: async (n, ctx) => {
      await untilAborted(ctx).catch(() => {});
      inner = await assertRejects(() => createClient(Probe, back.end).one(n, { ctx }), RpcError);
      return n;
    },
  }));
  const controller = new AbortController();
  const call = createClient(Probe, front.end).one(1, { signal: controller.signal });
  await settled();
  controller.abort();
  await assertRejects(() => call, RpcError);
  await settled();
  assertEquals([(inner as RpcError).code, back.end.operationStats().completed], ["cancelled", 0]);
});

Deno.test("ctx of an outer call that has completed bounds nothing", async () => {
  await using back = serving(probe({ one: (n) => n + 1 }));
  const later = Promise.withResolvers<number>();
  await using front = serving(probe({
    one: (n, ctx) => {
      setTimeout(() => createClient(Probe, back.end).one(n, { ctx }).then(later.resolve, later.reject), 0);
      return n;
    },
  }));
  await createClient(Probe, front.end).one(1);
  assertEquals(await later.promise, 2);
});

Deno.test("ctx can be any scope: one without time left starts no call", async () => {
  await using service = serving(probe({}));
  const scope: CallScope = { signal: new AbortController().signal, timeRemaining: () => 0 };
  const error = await assertRejects(() => createClient(Probe, service.end).one(1, { ctx: scope }), RpcError);
  assertEquals([error.code, error.message], [
    "deadline_exceeded",
    "Cannot call test.Probe/one: its scope has no time left",
  ]);
});

Deno.test("ctx and signal both cancel", async () => {
  await using service = serving(probe({ one: (_n, ctx) => untilAborted(ctx) }));
  const client = createClient(Probe, service.end);
  for (const which of ["scope", "signal"] as const) {
    const scope = new AbortController();
    const own = new AbortController();
    const ctx: CallScope = { signal: scope.signal, timeRemaining: () => 1_000 };
    const call = client.one(1, { ctx, signal: own.signal });
    (which === "scope" ? scope : own).abort(which);
    assertEquals((await assertRejects(() => call, RpcError)).cause, which);
  }
});

Deno.test("ctx has no listener of the call's left on its signal when the call has ended", async () => {
  await using service = serving(probe({}));
  const { signal, listeners } = countedSignal();
  const ctx: CallScope = { signal, timeRemaining: () => 1_000 };
  await createClient(Probe, service.end).one(1, { ctx });
  assertEquals(listeners(), 0);
});

Deno.test("an error of the inner call reaches the outer caller with its code and details", async () => {
  await using back = serving(probe({
    one: () => {
      throw new RpcError("not_found", "No such number", { details: [1], metadata: { a: "1" } });
    },
  }));
  await using front = serving(probe({ one: (n, ctx) => createClient(Probe, back.end).one(n, { ctx }) }));
  const error = await assertRejects(() => createClient(Probe, front.end).one(1), RpcError);
  assertEquals([error.code, error.message, error.details, error.metadata], [
    "not_found",
    "No such number",
    [1],
    [["a", "1"]],
  ]);
});

Deno.test("a relayed stream arrives whole", async () => {
  await using back = serving(probe({ many: (n) => Array.from({ length: n }, (_, i) => i) }));
  const client = createClient(Probe, back.end);
  await using front = serving(probe({ many: (n, ctx) => client.many(n, { ctx }) }));
  assertEquals((await collect(createClient(Probe, front.end).many(2_000))).length, 2_000);
});

/** Disposes of both, the front first. */
function both(front: Serving, back: Serving): AsyncDisposable {
  return {
    async [Symbol.asyncDispose](): Promise<void> {
      await front[Symbol.asyncDispose]();
      await back[Symbol.asyncDispose]();
    },
  };
}
