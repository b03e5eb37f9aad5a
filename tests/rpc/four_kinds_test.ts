import { assert, assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { type End, invocationEnd, type OperationContext, OutcomeKind } from "../../src/ends/mod.ts";
import { Code, joinLinks, servicer, Subscription } from "../../src/links/mod.ts";
import {
  bidiStreaming,
  clientStreaming,
  createClient,
  defineService,
  type Handlers,
  implement,
  RpcError,
  serverStreaming,
  unary,
} from "../../mod.ts";
import { compact, scriptedPeer } from "../../src/testing/mod.ts";
import { collect, serving } from "./_serving.ts";

const Greeter = defineService("demo.Greeter", {
  hello: unary<string, string>(),
  count: serverStreaming<number, number>(),
  sum: clientStreaming<number, number>(),
  chat: bidiStreaming<string, string>(),
});

const greeter = implement(Greeter, {
  hello: (name) => `Hello, ${name}`,
  async *count(n) {
    for (let i = 0; i < n; i++) yield i;
  },
  async sum(numbers) {
    let total = 0;
    for await (const n of numbers) total += n;
    return total;
  },
  async *chat(messages) {
    for await (const message of messages) yield `You said: ${message}`;
  },
});

/** Numbers from 0, as many as asked. */
function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

Deno.test("createClient() makes a unary call that gives the response", async () => {
  await using service = serving(greeter);
  assertEquals(await createClient(Greeter, service.end).hello("Ada"), "Hello, Ada");
});

for (const count of [0, 1, 200, 3_000]) {
  Deno.test(`createClient() makes a server streaming call with ${count} responses`, async () => {
    await using service = serving(greeter);
    assertEquals(await collect(createClient(Greeter, service.end).count(count)), upTo(count));
  });

  Deno.test(`createClient() makes a client streaming call with ${count} requests`, async () => {
    await using service = serving(greeter);
    const total = await createClient(Greeter, service.end).sum(upTo(count));
    assertEquals(total, upTo(count).reduce((sum, n) => sum + n, 0));
  });

  Deno.test(`createClient() makes a bidirectional call with ${count} messages each way`, async () => {
    await using service = serving(greeter);
    const lines = upTo(count).map(String);
    const replies = await collect(createClient(Greeter, service.end).chat(lines));
    assertEquals(replies, lines.map((line) => `You said: ${line}`));
  });
}

Deno.test("createClient() sends what a generator makes", async () => {
  await using service = serving(greeter);
  const total = await createClient(Greeter, service.end).sum(function* () {
    yield* [1, 2, 3];
  }());
  assertEquals(total, 6);
});

Deno.test("createClient() sends what an async generator makes, while answers to it come back", async () => {
  await using service = serving(greeter);
  const heard: string[] = [];
  const say = async function* () {
    yield "one";
    while (heard.length === 0) await Promise.resolve();
    yield "two";
  };
  for await (const reply of createClient(Greeter, service.end).chat(say())) heard.push(reply);
  assertEquals(heard, ["You said: one", "You said: two"]);
});

Deno.test("createClient() sends what a ReadableStream holds", async () => {
  await using service = serving(greeter);
  assertEquals(await createClient(Greeter, service.end).sum(ReadableStream.from([1, 2])), 3);
});

Deno.test("implement() takes handlers that give plain values, arrays and sync generators", async () => {
  const plain = implement(Greeter, {
    hello: (name) => name,
    count: (n) => upTo(n),
    sum: () => 7,
    *chat() {
      yield "first";
    },
  });
  await using service = serving(plain);
  const client = createClient(Greeter, service.end);
  assertEquals(await collect(client.count(2)), [0, 1]);
  assertEquals(await client.sum([]), 7);
  assertEquals(await collect(client.chat([])), ["first"]);
});

Deno.test("implement() calls the methods of a class's instance on it", async () => {
  class Counting implements Handlers<typeof Greeter.methods> {
    calls = 0;
    hello(name: string): string {
      this.calls += 1;
      return `${name} ${this.calls}`;
    }
    count(): number[] {
      return [this.calls];
    }
    sum(): number {
      return this.calls;
    }
    chat(): string[] {
      return [];
    }
  }
  await using service = serving(implement(Greeter, new Counting()));
  const client = createClient(Greeter, service.end);
  assertEquals([await client.hello("a"), await client.hello("b")], ["a 1", "b 2"]);
  assertEquals(await collect(client.count(0)), [2]);
});

Deno.test("implement() refuses a missing handler", () => {
  const partial = { hello: () => "" } as unknown as Handlers<typeof Greeter.methods>;
  assertThrows(() => implement(Greeter, partial), TypeError, 'method "count" has no handler');
});

const Echo = defineService("demo.Echo", {
  one: unary<unknown, unknown>(),
  each: bidiStreaming<unknown, unknown>(),
});
const echo = implement(Echo, {
  one: (value) => value,
  async *each(values) {
    yield* values;
  },
});

for (const value of [undefined, null, false, 0, "", new Uint8Array()]) {
  Deno.test(`createClient() carries the message ${Deno.inspect(value)} both ways`, async () => {
    await using service = serving(echo);
    assertEquals(await createClient(Echo, service.end).one(value), value);
  });
}

Deno.test("createClient() carries falsy messages in streams, and ends the stream at none of them", async () => {
  await using service = serving(echo);
  const values = [undefined, null, false, 0, ""];
  assertEquals(await collect(createClient(Echo, service.end).each(values)), values);
});

Deno.test("servicer() serves several services", async () => {
  await using service = serving([greeter, echo]);
  assertEquals(await createClient(Greeter, service.end).hello("Ada"), "Hello, Ada");
  assertEquals(await createClient(Echo, service.end).one(5), 5);
});

Deno.test("servicer() refuses the same service twice", () => {
  assertThrows(() => servicer([greeter, greeter]), TypeError, "Cannot serve demo.Greeter: it is implemented twice");
});

Deno.test("servicer() refuses an implementation that lacks a handler", () => {
  assertThrows(() => servicer({ contract: Echo, handlers: new Map() }), TypeError, 'method "one" has no handler');
});

Deno.test("S35 a service that is not there fails with UNIMPLEMENTED and its name", async () => {
  await using service = serving(echo);
  const error = await assertRejects(() => createClient(Greeter, service.end).hello("Ada"), RpcError);
  assertEquals([error.code, error.message, error.origin], [
    "unimplemented",
    "There is no service demo.Greeter",
    "peer",
  ]);
});

Deno.test("S35 a method that is not there fails with UNIMPLEMENTED and its name", async () => {
  const Newer = defineService("demo.Echo", { two: serverStreaming<void, number>() });
  await using service = serving(echo);
  const error = await assertRejects(() => collect(createClient(Newer, service.end).two()), RpcError);
  assertEquals([error.code, error.message], ["unimplemented", "Service demo.Echo has no method two"]);
});

Deno.test("createClient() gives a frozen object with the contract's methods and nothing inherited", () => {
  const client = createClient(Greeter, invocationEnd());
  assert(Object.isFrozen(client));
  assertEquals(Object.keys(client), ["hello", "count", "sum", "chat"]);
  assertStrictEquals(Object.getPrototypeOf(client), null);
});

Deno.test("createClient() gives no promise, so that a client can be awaited", async () => {
  const client = createClient(Greeter, invocationEnd());
  assertStrictEquals(await Promise.resolve(client), client);
});

Deno.test("createClient() lets its end be when it is disposed of", async () => {
  await using service = serving(greeter);
  {
    await using client = createClient(Greeter, service.end);
    await client.hello("Ada");
  }
  assertEquals(await createClient(Greeter, service.end).hello("Bob"), "Hello, Bob");
});

Deno.test("createClient() fails calls at an end that does not run with UNAVAILABLE", async () => {
  const client = createClient(Greeter, invocationEnd());
  const error = await assertRejects(() => client.hello("Ada"), RpcError);
  assertEquals([error.code, error.message], [
    "unavailable",
    "Cannot call demo.Greeter/hello: the client is closed, or its end was not started",
  ]);
  const late = await assertRejects(() => collect(client.count(5)), RpcError);
  assertEquals(late.code, "unavailable");
});

Deno.test("S1 a unary call is one ticket out", async () => {
  const end = invocationEnd();
  const peer = scriptedPeer();
  joinLinks(end, peer);
  end.start();
  const response = createClient(Greeter, end, { timeoutMs: 1_000 }).hello("Ada");
  const ticket = await peer.expectTicket({ sequenceNumber: 0 });
  assertEquals(compact(ticket), {
    operationId: ticket.operationId,
    sequenceNumber: 0,
    group: "demo.Greeter",
    method: "hello",
    methodKind: "unary",
    subscription: Subscription.FULL,
    timeout: 1_000,
    payload: new Uint8Array([0x63, 0x41, 0x64, 0x61]),
    termination: "completion",
  });
  peer.send({ payload: new Uint8Array([0x00]), termination: "completion" });
  assertEquals<unknown>(await response, 0);
  await end.stop(0);
});

Deno.test("S17 a streaming call grants its window with the first ticket", async () => {
  const end = invocationEnd();
  const peer = scriptedPeer();
  joinLinks(end, peer);
  end.start();
  const stream = createClient(Greeter, end).count(5);
  const first = stream.next();
  await peer.expectTicket({ sequenceNumber: 0, allowance: 15, termination: "completion" });
  await stream.return();
  await first;
  await end.stop(0);
});

Deno.test("S17 a stream of requests begins with what is at hand, in the first ticket", async () => {
  const end = invocationEnd();
  const peer = scriptedPeer();
  joinLinks(end, peer);
  end.start();
  const sum = createClient(Greeter, end).sum([7]);
  await peer.expectTicket({ sequenceNumber: 0, payload: new Uint8Array([7]), termination: "completion" });
  peer.send({ payload: new Uint8Array([0x07]), termination: "completion" });
  assertEquals(await sum, 7);
  await end.stop(0);
});

Deno.test("createClient() fails a unary call whose service completes without a response", async () => {
  const end = invocationEnd();
  const peer = scriptedPeer();
  joinLinks(end, peer);
  end.start();
  const response = createClient(Greeter, end).hello("Ada");
  await peer.expectTicket({ sequenceNumber: 0 });
  peer.send({ termination: "completion" });
  const error = await assertRejects(() => response, RpcError);
  assertEquals([error.code, error.message], ["internal", "Call demo.Greeter/hello completed without a response"]);
  await end.stop(0);
});

Deno.test("createClient() takes any end: one whose operations are over as soon as they begin", async () => {
  const context: OperationContext = {
    methodKind: undefined,
    peerSubscription: "full",
    outcome: () => undefined,
    addTerminationCallback: () => ({ kind: OutcomeKind.REMOTE_SHUTDOWN, code: Code.UNAVAILABLE, message: "Full" }),
    timeRemaining: () => 0,
    changeTimeout() {},
    cancel() {},
    consumed() {},
    retain() {},
    release() {},
    fail() {},
  };
  const end: End = Object.assign(invocationEnd(), { operate: () => ({ context, operator: { advance() {} } }) });
  const error = await assertRejects(() => createClient(Greeter, end).hello("Ada"), RpcError);
  assertEquals([error.code, error.message], ["unavailable", "Full"]);
});
