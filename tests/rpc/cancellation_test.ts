import { assert, assertEquals, assertInstanceOf, assertRejects, assertStrictEquals } from "@std/assert";
import { type End, serviceEnd } from "../../src/ends/mod.ts";
import { type CallControl, Code, joinLinks, servicer } from "../../src/links/mod.ts";
import { createClient, RpcError } from "../../mod.ts";
import { scriptedPeer } from "../../src/testing/mod.ts";
import { abortOf, countedSignal, Endless, Probe, probe, untilAborted } from "./_probe.ts";
import { collect, serving, settled } from "./_serving.ts";

/** Waits for a rejection with an RpcError and tells its code. */
async function codeOf(promise: PromiseLike<unknown>): Promise<string> {
  return (await assertRejects(() => promise, RpcError)).code;
}

/** How many calls have begun at an end and are over. */
function callsOf(end: End): number {
  return Object.values(end.operationStats()).reduce((sum, count) => sum + count);
}

Deno.test("break cancels the call: the handler's signal aborts and its generator is closed", async () => {
  let aborted: unknown;
  const source = new Endless();
  await using service = serving(probe({
    many: (_n, ctx) => {
      ctx.signal.addEventListener("abort", () => aborted = ctx.signal.reason);
      return source;
    },
  }));
  for await (const n of createClient(Probe, service.end).many(0)) if (n === 3) break;
  await settled();
  assertInstanceOf(aborted, RpcError);
  assertEquals([aborted.code, aborted.origin, source.closed], ["cancelled", "peer", true]);
  assertEquals(service.service.operationStats().cancelled, 1);
});

Deno.test("break from a bidirectional call closes the caller's own generator too", async () => {
  await using service = serving(probe({
    async *both(messages) {
      yield* messages;
    },
  }));
  const source = new Endless();
  for await (const n of createClient(Probe, service.end).both(source)) if (n === 100) break;
  assert(source.closed);
});

Deno.test("return() before the first next() means that there is no call", async () => {
  await using service = serving(probe({ many: () => new Endless() }));
  const stream = createClient(Probe, service.end).many(0);
  assertEquals(await stream.return(), { done: true, value: undefined });
  await settled();
  assertEquals(await stream.next(), { done: true, value: undefined });
  assertEquals(callsOf(service.end), 0);
});

Deno.test("return() before the first next() cancels a bidirectional call, which has begun", async () => {
  await using service = serving(probe({ both: () => new Endless() }));
  const stream = createClient(Probe, service.end).both([]);
  assertEquals(await stream.return(), { done: true, value: undefined });
  await settled();
  assertEquals(service.end.operationStats().cancelled, 1);
  assertEquals(await stream.next(), { done: true, value: undefined });
});

Deno.test("signal that aborts before the first next() fails that, without a listener until then", async () => {
  await using service = serving(probe({ many: () => new Endless() }));
  const { signal, controller, listeners } = countedSignal();
  const stream = createClient(Probe, service.end).many(0, { signal });
  assertEquals(listeners(), 0);
  controller.abort();
  assertEquals(await codeOf(stream.next()), "cancelled");
  assertEquals(callsOf(service.end), 0);
});

Deno.test("signal has one listener for all calls on it", async () => {
  await using service = serving(probe({ one: (_n, ctx) => untilAborted(ctx) }));
  const client = createClient(Probe, service.end);
  const { signal, controller, listeners } = countedSignal();
  const calls = Array.from({ length: 20 }, (_, n) => client.one(n, { signal }));
  assertEquals(listeners(), 1);
  controller.abort();
  assertEquals(await Promise.all(calls.map(codeOf)), calls.map(() => "cancelled"));
  assertEquals(listeners(), 0);
});

Deno.test("return() while next() waits ends the wait", async () => {
  await using service = serving(probe({ many: (_n, ctx) => untilAborted(ctx) }));
  const stream = createClient(Probe, service.end).many(0);
  const waiting = stream.next();
  await stream.return();
  assertEquals(await waiting, { done: true, value: undefined });
});

Deno.test("throw() leaves the stream and throws what it is given", async () => {
  await using service = serving(probe({ many: () => new Endless() }));
  const stream = createClient(Probe, service.end).many(0);
  await stream.next();
  const error = new Error("mine");
  assertStrictEquals(await assertRejects(() => stream.throw?.(error) ?? Promise.resolve()), error);
  assertEquals(service.end.operationStats().cancelled, 1);
});

Deno.test("disposing of a stream cancels the call", async () => {
  await using service = serving(probe({ many: () => new Endless() }));
  {
    await using stream = createClient(Probe, service.end).many(0);
    assertEquals(await stream.next(), { done: false, value: 0 });
  }
  assertEquals(service.end.operationStats().cancelled, 1);
});

Deno.test("a stream that was read to its end cancels nothing", async () => {
  await using service = serving(probe({ many: () => [1] }));
  const stream = createClient(Probe, service.end).many(0);
  assertEquals(await collect(stream), [1]);
  await stream.return();
  assertEquals(service.end.operationStats().completed, 1);
});

Deno.test("signal aborts a unary call: the caller gets CANCELLED with the reason, the handler's signal aborts", async () => {
  const seen: (() => unknown)[] = [];
  await using service = serving(probe({
    one: (_n, ctx) => {
      seen.push(abortOf(ctx.signal));
      return untilAborted(ctx);
    },
  }));
  const controller = new AbortController();
  const call = createClient(Probe, service.end).one(1, { signal: controller.signal });
  await settled();
  controller.abort("enough");
  const error = await assertRejects(() => call, RpcError);
  await settled();
  assertEquals([error.code, error.origin, error.cause, error.message], [
    "cancelled",
    "local",
    "enough",
    "Call test.Probe/one was cancelled",
  ]);
  assertEquals(seen.map((code) => code()), ["cancelled"]);
  assertEquals(service.errors, []);
});

Deno.test("signal that aborts with an RpcError fails the call with that very error", async () => {
  await using service = serving(probe({ one: (_n, ctx) => untilAborted(ctx) }));
  const controller = new AbortController();
  const call = createClient(Probe, service.end).one(1, { signal: controller.signal });
  const reason = new RpcError(Code.FAILED_PRECONDITION, "Logged out");
  controller.abort(reason);
  assertStrictEquals(await assertRejects(() => call), reason);
});

Deno.test("signal that times out fails the call with DEADLINE_EXCEEDED", async () => {
  await using service = serving(probe({ one: (_n, ctx) => untilAborted(ctx) }));
  const controller = new AbortController();
  const call = createClient(Probe, service.end).one(1, { signal: controller.signal });
  controller.abort(new DOMException("Late", "TimeoutError"));
  assertEquals(await codeOf(call), "deadline_exceeded");
});

Deno.test("signal that has aborted before fails the call without sending anything", async () => {
  await using service = serving(probe({}));
  const client = createClient(Probe, service.end);
  const signal = AbortSignal.abort();
  const source = new Endless();
  assertEquals(await codeOf(client.one(1, { signal })), "cancelled");
  assertEquals(await codeOf(client.fold(source, { signal })), "cancelled");
  assertEquals(await codeOf(collect(client.many(1, { signal }))), "cancelled");
  assertEquals(await codeOf(collect(client.both(source, { signal }))), "cancelled");
  assertEquals(callsOf(service.end), 0);
  assertEquals([source.asked, source.closed], [0, false]);
});

Deno.test("signal aborts a stream at once: what waits is discarded, the error comes next, then nothing", async () => {
  await using service = serving(probe({ many: () => new Endless() }));
  const controller = new AbortController();
  const stream = createClient(Probe, service.end).many(0, { signal: controller.signal });
  assertEquals(await stream.next(), { done: false, value: 0 });
  await settled();
  controller.abort();
  assertEquals(await codeOf(stream.next()), "cancelled");
  assertEquals(await stream.next(), { done: true, value: undefined });
});

Deno.test("signal that aborts when the call has completed takes nothing away from what waits", async () => {
  await using service = serving(probe({ many: () => [1, 2, 3] }));
  const controller = new AbortController();
  const stream = createClient(Probe, service.end).many(0, { signal: controller.signal });
  assertEquals(await stream.next(), { done: false, value: 1 });
  await settled();
  controller.abort();
  assertEquals(await collect(stream), [2, 3]);
});

Deno.test("signal aborts a stream whose consumer waits", async () => {
  await using service = serving(probe({ many: (_n, ctx) => untilAborted(ctx) }));
  const controller = new AbortController();
  const stream = createClient(Probe, service.end).many(0, { signal: controller.signal });
  const waiting = [stream.next(), stream.next()];
  await settled();
  controller.abort();
  assertEquals(await codeOf(waiting[0]!), "cancelled");
  assertEquals(await waiting[1], { done: true, value: undefined });
});

Deno.test("signal aborts a client streaming call: the generator is closed", async () => {
  await using service = serving(probe({ fold: (_messages, ctx) => untilAborted(ctx) }));
  const controller = new AbortController();
  const source = new Endless();
  const call = createClient(Probe, service.end).fold(source, { signal: controller.signal });
  await settled();
  controller.abort();
  assertEquals([await codeOf(call), source.closed], ["cancelled", true]);
});

Deno.test("signal aborts a handler that waits for its next request", async () => {
  let told: unknown;
  await using service = serving(probe({
    async fold(messages) {
      try {
        for await (const n of messages) void n;
      } catch (error) {
        told = error;
      }
      return 0;
    },
  }));
  const controller = new AbortController();
  const never = async function* () {
    yield 1;
    await new Promise(() => {});
  };
  const call = createClient(Probe, service.end).fold(never(), { signal: controller.signal });
  await settled();
  controller.abort();
  assertEquals(await codeOf(call), "cancelled");
  await settled();
  assertInstanceOf(told, RpcError);
  assertEquals(told.code, "cancelled");
});

Deno.test("signal has no listener of the call's left when the call has ended, however it did", async () => {
  await using service = serving(probe({
    many: () => new Endless(),
    one: () => {
      throw new RpcError(Code.ABORTED, "No");
    },
  }));
  const client = createClient(Probe, service.end);
  const { signal, listeners } = countedSignal();
  assertEquals(await client.fold([], { signal }), 0);
  assertEquals(await codeOf(client.one(1, { signal })), "aborted");
  for await (const _ of client.many(1, { signal })) break;
  assertEquals(listeners(), 0);
});

Deno.test("onStart() gives the means to cancel the call", async () => {
  await using service = serving(probe({ one: (_n, ctx) => untilAborted(ctx) }));
  let control: CallControl | undefined;
  const call = createClient(Probe, service.end).one(1, { onStart: (given) => control = given });
  control?.cancel();
  const error = await assertRejects(() => call, RpcError);
  assertEquals([error.code, error.origin], ["cancelled", "local"]);
  control?.cancel();
  assertEquals(control?.timeRemaining(), 0);
});

Deno.test("a response that comes early ends the requests: the caller's generator is closed", async () => {
  await using service = serving(probe({
    async fold(messages) {
      for await (const n of messages) if (n === 20) return n;
      return -1;
    },
  }));
  const source = new Endless();
  assertEquals(await createClient(Probe, service.end).fold(source), 20);
  assert(source.closed);
  assertEquals([service.end.operationStats().completed, service.service.operationStats().completed], [1, 1]);
});

Deno.test("a handler that leaves its requests early can still answer", async () => {
  await using service = serving(probe({
    async *both(messages) {
      for await (const n of messages) if (n === 2) break;
      yield 1;
      yield 2;
    },
  }));
  const source = new Endless();
  assertEquals(await collect(createClient(Probe, service.end).both(source)), [1, 2]);
  assert(source.closed);
});

Deno.test("ctx.signal does not abort when the call completes", async () => {
  const signals: AbortSignal[] = [];
  await using service = serving(probe({
    one: (n, ctx) => {
      signals.push(ctx.signal);
      return n;
    },
    async fold(messages, ctx) {
      signals.push(ctx.signal);
      return (await collect(messages)).length;
    },
  }));
  const client = createClient(Probe, service.end);
  await client.one(1);
  await client.fold([1, 2]);
  await settled();
  assertEquals(signals.map((signal) => signal.aborted), [false, false]);
});

Deno.test("ctx.signal has aborted already when it is first asked for after the call was cancelled", async () => {
  let code: unknown;
  const proceed = Promise.withResolvers<void>();
  await using service = serving(probe({
    async one(n, ctx) {
      await proceed.promise;
      code = abortOf(ctx.signal)();
      return n;
    },
  }));
  const controller = new AbortController();
  const call = createClient(Probe, service.end).one(1, { signal: controller.signal });
  await settled();
  controller.abort();
  assertEquals(await codeOf(call), "cancelled");
  proceed.resolve();
  await settled();
  assertEquals(code, "cancelled");
});

Deno.test("a handler of a stream that is not called yet is not called after an abort", async () => {
  let called = false;
  const fold = () => {
    called = true;
    return 0;
  };
  const end = serviceEnd(servicer(probe({ fold })));
  const peer = scriptedPeer();
  joinLinks(end, peer);
  end.start();
  peer.open({ group: "test.Probe", method: "fold" });
  peer.send({ termination: "cancellation" });
  await settled();
  assertEquals(called, false);
  await end.stop(0);
});

Deno.test("a handler that has answered gets no more requests, and grants none", async () => {
  const late: unknown[] = [];
  await using service = serving(probe({
    fold: (messages) => {
      setTimeout(async () => late.push(await messages.next()), 0);
      return 7;
    },
  }));
  assertEquals(await createClient(Probe, service.end).fold(new Endless()), 7);
  await new Promise<void>((resolve) => setTimeout(resolve, 0));
  await settled();
  assertEquals([late, service.errors], [[{ done: true, value: undefined }], []]);
});

Deno.test("stopping the client's end fails its calls with UNAVAILABLE and aborts the handlers", async () => {
  const seen: (() => unknown)[] = [];
  await using service = serving(probe({
    one: (_n, ctx) => {
      seen.push(abortOf(ctx.signal));
      return untilAborted(ctx);
    },
  }));
  const call = createClient(Probe, service.end).one(1);
  await settled();
  const stopped = service.end.stop(0);
  const error = await assertRejects(() => call, RpcError);
  await stopped;
  await settled();
  assertEquals([error.code, error.origin, seen[0]?.()], ["unavailable", "local", "unavailable"]);
});

Deno.test("stopping the server's end fails running calls with UNAVAILABLE by the peer", async () => {
  await using service = serving(probe({ one: (_n, ctx) => untilAborted(ctx) }));
  const call = createClient(Probe, service.end).one(1);
  await settled();
  const stopped = service.service.stop(0);
  const error = await assertRejects(() => call, RpcError);
  await stopped;
  assertEquals([error.code, error.origin], ["unavailable", "peer"]);
});
