import { assert, assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { IncomingMessages, type MessageSource } from "../../src/rpc/incoming_messages.ts";
import { CLIENT_SIDE } from "../../src/rpc/client.ts";
import { type MessageCodec, messageCodec } from "../../src/rpc/message_codec.ts";
import { type Serializer, serverStreaming, textSerializer } from "../../mod.ts";
import { iteratorOf, type MessageSink, OutgoingMessages } from "../../src/rpc/outgoing_messages.ts";
import { RpcError } from "../../src/rpc/rpc_error.ts";
import { windowLimits } from "../../src/rpc/receive_window.ts";
import { settled } from "./_serving.ts";

/** Each message is one letter. */
function codec(serializer: Serializer<string> = textSerializer): MessageCodec {
  const method = serverStreaming<string, string>({ outputSerializer: serializer });
  return messageCodec(method.response, "response", "test/letters", CLIENT_SIDE);
}

const bytes = (text: string) => new TextEncoder().encode(text);
const ERROR = new RpcError("unavailable", "Gone");

/** The receiving side, and what it says to its call. */
function incoming(): { messages: IncomingMessages; said: unknown[] } {
  const said: unknown[] = [];
  const source: MessageSource = {
    step: ({ allowance }) => said.push(allowance),
    consumed: () => {},
    decodingFailed: (error) => said.push((error as RpcError).code),
    left: () => said.push("left"),
  };
  return { messages: new IncomingMessages(codec(), source, windowLimits({ initialWindowPayloads: 2 })), said };
}

Deno.test("IncomingMessages() answers those who wait in their order", async () => {
  const { messages } = incoming();
  const waiting = [messages.next(), messages.next(), messages.next()];
  for (const letter of ["a", "b"]) messages.push(bytes(letter));
  messages.end(undefined, false);
  assertEquals(await Promise.all(waiting), [
    { done: false, value: "a" },
    { done: false, value: "b" },
    { done: true, value: undefined },
  ]);
});

Deno.test("IncomingMessages() delivers what waits before the error of an orderly end", async () => {
  const { messages } = incoming();
  messages.push(bytes("a"));
  messages.end(ERROR, false);
  assertEquals(await messages.next(), { done: false, value: "a" });
  assertStrictEquals(await assertRejects(() => messages.next()), ERROR);
  assertEquals(await messages.next(), { done: true, value: undefined });
});

Deno.test("IncomingMessages() discards what waits at an abort", async () => {
  const { messages } = incoming();
  messages.push(bytes("a"));
  messages.end(ERROR, true);
  assertStrictEquals(await assertRejects(() => messages.next()), ERROR);
});

Deno.test("IncomingMessages() lets an abort cut an orderly end short", async () => {
  const { messages } = incoming();
  messages.push(bytes("a"));
  messages.end(undefined, false);
  messages.end(ERROR, true);
  assertStrictEquals(await assertRejects(() => messages.next()), ERROR);
});

Deno.test("IncomingMessages() tells the first of those who wait of an error, the others of the end", async () => {
  const { messages } = incoming();
  const waiting = [messages.next(), messages.next()];
  messages.end(ERROR, true);
  assertStrictEquals(await assertRejects(() => waiting[0] ?? Promise.resolve()), ERROR);
  const done = { done: true, value: undefined };
  assertEquals([await waiting[1], await messages.next()], [done, done]);
});

Deno.test("IncomingMessages() ignores what comes after its end", async () => {
  const { messages } = incoming();
  messages.end(undefined, false);
  messages.push(bytes("a"));
  messages.end(ERROR, false);
  messages.end(ERROR, true);
  assertEquals(await messages.next(), { done: true, value: undefined });
});

Deno.test("IncomingMessages() tells its call once that the consumer has left", async () => {
  const { messages, said } = incoming();
  messages.push(bytes("a"));
  await messages.return();
  await messages.return();
  assertEquals([said, await messages.next()], [["left"], { done: true, value: undefined }]);
});

Deno.test("IncomingMessages() gives the value that return() is called with, awaited", async () => {
  const { messages } = incoming();
  // As the language has it: any iterator takes a value here.
  const stream: { return(value: unknown): Promise<unknown> } = messages;
  assertEquals(await stream.return(Promise.resolve(5)), { done: true, value: 5 });
  assertEquals(await stream.return(6), { done: true, value: 6 });
});

Deno.test("IncomingMessages() can be iterated over until it is over", async () => {
  const { messages } = incoming();
  messages.push(bytes("a"));
  messages.push(bytes("b"));
  messages.end(undefined, false);
  assertEquals(await messages[Symbol.asyncIterator]().next(), { done: false, value: "a" });
  assertEquals(await Array.fromAsync(messages), ["b"]);
  assertThrows(() => messages[Symbol.asyncIterator](), TypeError, "a stream is read once");

  const left = incoming();
  await left.messages.return();
  assertThrows(() => left.messages[Symbol.asyncIterator](), TypeError);

  const failed = incoming();
  failed.messages.end(ERROR, true);
  assertStrictEquals(await assertRejects(() => Array.fromAsync(failed.messages)), ERROR);
  assertThrows(() => failed.messages[Symbol.asyncIterator](), TypeError);
});

Deno.test("IncomingMessages() does not tell of leaving when there is nothing left", async () => {
  const { messages, said } = incoming();
  messages.end(undefined, false);
  await messages.return();
  assertEquals(said, []);
});

Deno.test("IncomingMessages() grants as messages are taken, not as they come", async () => {
  const { messages, said } = incoming();
  messages.push(bytes("a"));
  messages.push(bytes("b"));
  assertEquals(said, []);
  await messages.next();
  assertEquals(said, [3]);
});

Deno.test("IncomingMessages() grants nothing when the peer has said all", async () => {
  const { messages, said } = incoming();
  messages.push(bytes("a"));
  messages.push(bytes("b"));
  messages.end(undefined, false);
  await messages.next();
  assertEquals(said, []);
});

Deno.test("IncomingMessages() ends with a payload that is none, and tells its call", async () => {
  const { messages, said } = incoming();
  const waiting = [messages.next(), messages.next()];
  messages.push("no bytes");
  const error = await assertRejects(() => waiting[0] ?? Promise.resolve(), RpcError);
  assertEquals(error.message, "Cannot read the response of test/letters: expected bytes, got a value of type string");
  assertEquals([await waiting[1], said.at(-1)], [{ done: true, value: undefined }, "internal"]);
});

/** The sending side, and what it says to its call. */
function outgoing(letterCodec = codec()): { messages: OutgoingMessages; said: unknown[] } {
  const said: unknown[] = [];
  const sink: MessageSink = {
    send: (payload) => said.push(new TextDecoder().decode(payload)),
    step: () => said.push("all"),
    failed: (error, isMessage) => said.push(isMessage ? ["message", (error as RpcError).code] : ["source", error]),
    failedLate: (error) => said.push(["late", error]),
  };
  return { messages: new OutgoingMessages(letterCodec, sink), said };
}

/** Letters, noting what is asked. */
function letters(said: unknown[], ...all: string[]): Iterator<string> {
  return {
    next: () => {
      const value = all.shift();
      return value === undefined ? { done: true, value: undefined } : { done: false, value };
    },
    return: (value) => {
      said.push("closed");
      return { done: true, value };
    },
  };
}

Deno.test("OutgoingMessages() is one message ahead of the allowance", async () => {
  const { messages, said } = outgoing();
  messages.start(letters(said, "a", "b", "c", "d"));
  assertEquals(said, ["a", "b"]);
  messages.grant(1);
  await settled();
  assertEquals(said, ["a", "b", "c"]);
  messages.grant(5);
  await settled();
  assertEquals(said, ["a", "b", "c", "d", "all"]);
});

Deno.test("S15 OutgoingMessages() needs no allowance to say that there are no more messages", () => {
  const { messages, said } = outgoing();
  messages.start(letters(said, "a"));
  assertEquals(said, ["a", "all"]);
});

Deno.test("OutgoingMessages() counts what is granted before it begins", async () => {
  const { messages, said } = outgoing();
  messages.grant(2);
  messages.start(letters(said, "a", "b", "c", "d", "e"));
  await settled();
  assertEquals(said, ["a", "b", "c", "d"]);
  messages.stop();
});

Deno.test("OutgoingMessages() closes its iterator when it is stopped, once", async () => {
  const { messages, said } = outgoing();
  messages.start(letters(said, "a", "b", "c"));
  messages.stop();
  messages.stop();
  messages.grant(5);
  await settled();
  assertEquals(said, ["a", "b", "closed"]);
});

Deno.test("OutgoingMessages() closes an iterator that comes after it was stopped, without asking it", () => {
  const { messages, said } = outgoing();
  messages.stop();
  messages.start(letters(said, "a"));
  assertEquals(said, ["closed"]);
});

Deno.test("OutgoingMessages() does not close an iterator that has said all", async () => {
  const { messages, said } = outgoing();
  messages.grant(5);
  messages.start(letters(said, "a"));
  await settled();
  messages.stop();
  assertEquals(said, ["a", "all"]);
});

Deno.test("OutgoingMessages() tells a failing iterator from a failing message, and closes only for the latter", async () => {
  const source = outgoing();
  const error = new Error("Broken");
  source.messages.start({ next: () => Promise.reject(error), return: () => Promise.reject(error) });
  await settled();
  assertEquals(source.said, [["source", error]]);

  const message = outgoing();
  message.messages.start(letters(message.said, 5 as unknown as string));
  await settled();
  assertEquals(message.said, ["closed", ["message", "internal"]]);
});

Deno.test("OutgoingMessages() tells of what its iterator throws after it was stopped", async () => {
  const { messages, said } = outgoing();
  const next = Promise.withResolvers<IteratorResult<string>>();
  messages.start({ next: () => next.promise });
  messages.stop();
  const error = new Error("Late");
  next.reject(error);
  await settled();
  assertEquals(said, [["late", error]]);
});

Deno.test("OutgoingMessages() drops what its iterator gives after it was stopped", async () => {
  const { messages, said } = outgoing();
  const next = Promise.withResolvers<IteratorResult<string>>();
  messages.start({ next: () => next.promise });
  messages.stop();
  next.resolve({ done: false, value: "a" });
  await settled();
  assertEquals(said, []);
});

Deno.test("OutgoingMessages() stops while others have their turn", async () => {
  const { messages, said } = outgoing();
  messages.grant(1_000_000);
  messages.start({ next: () => ({ done: false, value: "a" }) });
  assertEquals(said.length, 1_024);
  messages.stop();
  await settled();
  assertEquals(said.length, 1_024);
});

Deno.test("OutgoingMessages() takes an iterator that gives nothing for one that has failed, and does not wait", async () => {
  const { messages, said } = outgoing();
  // What JavaScript code may do, whatever the types say.
  messages.start({ next: () => undefined as unknown as IteratorResult<unknown> });
  await settled();
  const expected = "Cannot read the messages: their iterator gave undefined instead of an object";
  assertEquals(said.map(String), [`source,TypeError: ${expected}`]);
});

Deno.test("OutgoingMessages() awaits a message, and closes the iterator if that rejects", async () => {
  const { messages, said } = outgoing();
  const error = new Error("Broken");
  const all = [Promise.resolve("a"), "b", Promise.reject(error), "c"];
  messages.grant(5);
  messages.start({
    next: () => ({ done: false, value: all.shift() }),
    return: () => {
      said.push("closed");
      return { done: true, value: undefined };
    },
  });
  await settled();
  assertEquals(said, ["a", "b", "closed", ["source", error]]);
});

Deno.test("OutgoingMessages() does not send a message that is there after it was stopped", async () => {
  const { messages, said } = outgoing();
  const message = Promise.withResolvers<string>();
  messages.start({ next: () => ({ done: false, value: message.promise }) });
  messages.stop();
  message.resolve("a");
  await settled();
  assertEquals(said, []);
});

Deno.test("OutgoingMessages() gives others their turn after a mebibyte, however few messages they are", async () => {
  const { messages, said } = outgoing();
  const large = "a".repeat(300_000);
  messages.grant(1_000_000);
  messages.start({ next: () => ({ done: false, value: large }) });
  assertEquals(said.length, 4);
  await settled();
  assertEquals(said.length, 4);
  await new Promise((resolve) => setTimeout(resolve, 5));
  messages.stop();
  assertEquals(said.length % 4, 0);
  assert(said.length > 4, "It did not go on");
});

Deno.test("iteratorOf() takes text letter by letter, as any iterable", () => {
  assertEquals(iteratorOf("ab", "test/letters").next(), { done: false, value: "a" });
});

for (const value of [undefined, null, 5, {}, () => {}]) {
  Deno.test(`iteratorOf() refuses ${Deno.inspect(value)}`, () => {
    assertThrows(() => iteratorOf(value, "test/letters"), TypeError, "Cannot send the messages of test/letters");
  });
}
