import { assertEquals, assertRejects } from "@std/assert";
import { createClient, RpcError } from "../../mod.ts";
import type { CallControl } from "../../src/links/mod.ts";
import { virtualClock } from "../../src/testing/mod.ts";
import { abortOf, Endless, Probe, probe, untilAborted } from "./_probe.ts";
import { collect, serving } from "./_serving.ts";

/** Notes how a promise ends, so that it can be looked at without waiting. */
function watch(promise: PromiseLike<unknown>): () => unknown {
  let end: unknown = "pending";
  promise.then((value) => end = value, (error) => end = error instanceof RpcError ? error.code : error);
  return () => end;
}

Deno.test("timeoutMs bounds a call on both sides", async () => {
  const clock = virtualClock();
  const seen: (() => unknown)[] = [];
  await using service = serving(
    probe({
      one: (_n, ctx) => {
        seen.push(abortOf(ctx.signal));
        return untilAborted(ctx);
      },
    }),
    { ends: { clock } },
  );
  const end = watch(createClient(Probe, service.end).one(1, { timeoutMs: 500 }));
  await clock.advance(499);
  assertEquals([end(), seen[0]?.()], ["pending", undefined]);
  await clock.advance(1);
  assertEquals([end(), seen[0]?.()], ["deadline_exceeded", "deadline_exceeded"]);
});

Deno.test("timeoutMs of the client holds for calls that name none", async () => {
  const clock = virtualClock();
  await using service = serving(probe({ one: (_n, ctx) => untilAborted(ctx) }), { ends: { clock } });
  const end = watch(createClient(Probe, service.end, { timeoutMs: 200 }).one(1));
  await clock.advance(200);
  assertEquals(end(), "deadline_exceeded");
});

Deno.test("timeoutMs of a unary call is a minute where nobody names one", async () => {
  const clock = virtualClock();
  await using service = serving(probe({ one: (_n, ctx) => untilAborted(ctx) }), { ends: { clock } });
  const end = watch(createClient(Probe, service.end).one(1));
  await clock.advance(59_999);
  assertEquals(end(), "pending");
  await clock.advance(1);
  assertEquals(end(), "deadline_exceeded");
});

Deno.test("timeoutMs of the client holds for calls that stream, too", async () => {
  const clock = virtualClock();
  const source = new Endless();
  await using service = serving(probe({ many: () => source }), { ends: { clock } });
  const stream = createClient(Probe, service.end, { timeoutMs: 100 }).many(0);
  assertEquals(await stream.next(), { done: false, value: 0 });
  await clock.advance(100);
  assertEquals((await assertRejects(() => stream.next(), RpcError)).code, "deadline_exceeded");
});

Deno.test("timeoutMs ends a stream that is read: the error comes next", async () => {
  const clock = virtualClock();
  const source = new Endless();
  await using service = serving(probe({ many: () => source }), { ends: { clock } });
  const stream = createClient(Probe, service.end).many(0, { timeoutMs: 100 });
  assertEquals(await stream.next(), { done: false, value: 0 });
  await clock.advance(100);
  assertEquals((await assertRejects(() => stream.next(), RpcError)).code, "deadline_exceeded");
  assertEquals(source.closed, true);
});

Deno.test("S23 the time of a server stream begins when its first message is asked for", async () => {
  const clock = virtualClock();
  await using service = serving(probe({ many: (_n, ctx) => untilAborted(ctx) }), { ends: { clock } });
  let starts = 0;
  const stream = createClient(Probe, service.end).many(0, { timeoutMs: 100, onStart: () => starts += 1 });
  await clock.advance(1_000);
  assertEquals(starts, 0);
  const first = watch(stream.next());
  assertEquals(starts, 1);
  await clock.advance(99);
  assertEquals(first(), "pending");
  await clock.advance(1);
  assertEquals([first(), starts], ["deadline_exceeded", 1]);
});

Deno.test("S23 the time of a bidirectional stream begins with the call", async () => {
  const clock = virtualClock();
  await using service = serving(probe({ both: (_messages, ctx) => untilAborted(ctx) }), { ends: { clock } });
  const stream = createClient(Probe, service.end).both([], { timeoutMs: 100 });
  await clock.advance(100);
  assertEquals((await assertRejects(() => stream.next(), RpcError)).code, "deadline_exceeded");
});

Deno.test("timeoutMs ends a stream that is sent: the generator is closed", async () => {
  const clock = virtualClock();
  const source = new Endless();
  await using service = serving(probe({ fold: (_messages, ctx) => untilAborted(ctx) }), { ends: { clock } });
  const end = watch(createClient(Probe, service.end).fold(source, { timeoutMs: 100 }));
  await clock.advance(100);
  assertEquals([end(), source.closed], ["deadline_exceeded", true]);
});

for (const timeoutMs of [0, -1, NaN, Infinity]) {
  Deno.test(`timeoutMs of ${timeoutMs} is refused`, async () => {
    await using service = serving(probe({}));
    const client = createClient(Probe, service.end);
    await assertRejects(() => client.one(1, { timeoutMs }), RangeError, "timeoutMs");
    await assertRejects(() => collect(client.many(1, { timeoutMs })), RangeError, "timeoutMs");
    await assertRejects(async () => await createClient(Probe, service.end, { timeoutMs }).one(1), RangeError);
  });
}

Deno.test("S24 the server's maximum clamps a call's timeout", async () => {
  const clock = virtualClock();
  await using service = serving(probe({ one: (_n, ctx) => untilAborted(ctx) }), {
    ends: { clock, maximumTimeoutMs: 300 },
  });
  const end = watch(createClient(Probe, service.end).one(1, { timeoutMs: 10_000 }));
  await clock.advance(300);
  assertEquals(end(), "deadline_exceeded");
});

Deno.test("timeRemaining() tells the handler and the caller how much is left", async () => {
  const clock = virtualClock();
  const left: number[] = [];
  await using service = serving(
    probe({
      one: async (n, ctx) => {
        left.push(ctx.timeRemaining());
        await new Promise<void>((resolve) => clock.setTimer(resolve, 100));
        left.push(ctx.timeRemaining());
        return n;
      },
    }),
    { ends: { clock } },
  );
  let control: CallControl | undefined;
  const call = createClient(Probe, service.end).one(1, { timeoutMs: 500, onStart: (given) => control = given });
  await clock.advance(40);
  left.push(control?.timeRemaining() ?? NaN);
  await clock.advance(60);
  await call;
  assertEquals(left, [500, 460, 400]);
});

Deno.test("timeRemaining() is 0 for a handler whose call was cut short, Infinity when it has completed", async () => {
  const clock = virtualClock();
  const left: number[] = [];
  await using service = serving(
    probe({
      one: async (n, ctx) => {
        if (n === 0) await untilAborted(ctx).catch(() => {});
        else setTimeout(() => left.push(ctx.timeRemaining()), 0);
        left.push(ctx.timeRemaining());
        return n;
      },
    }),
    { ends: { clock } },
  );
  const client = createClient(Probe, service.end);
  const end = watch(client.one(0, { timeoutMs: 50 }));
  await clock.advance(50);
  assertEquals([end(), left], ["deadline_exceeded", [0]]);
  await client.one(1, { timeoutMs: 70 });
  await new Promise<void>((resolve) => setTimeout(resolve, 0));
  assertEquals(left, [0, 70, Infinity]);
});

Deno.test("changeTimeout() by the caller extends a call on both sides", async () => {
  const clock = virtualClock();
  await using service = serving(
    probe({
      one: async (n) => {
        await new Promise<void>((resolve) => clock.setTimer(resolve, 900));
        return n;
      },
    }),
    { ends: { clock } },
  );
  const onStart = (call: CallControl) => call.changeTimeout(1_000);
  const end = watch(createClient(Probe, service.end).one(7, { timeoutMs: 100, onStart }));
  await clock.advance(900);
  assertEquals(end(), 7);
});

Deno.test("changeTimeout() by the handler shortens a call on both sides", async () => {
  const clock = virtualClock();
  await using service = serving(
    probe({
      one: (_n, ctx) => {
        ctx.changeTimeout(50);
        return untilAborted(ctx);
      },
    }),
    { ends: { clock } },
  );
  const end = watch(createClient(Probe, service.end).one(1, { timeoutMs: 10_000 }));
  await clock.advance(50);
  assertEquals(end(), "deadline_exceeded");
});
