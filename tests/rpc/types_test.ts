/**
 * What the types infer. Most of these tests are held by `deno check`; running them shows that nothing else is wrong.
 *
 * @module
 */
import type { Context } from "npm:hono@^4";
import {
  bidiStreaming,
  bytesSerializer,
  type CallOptions,
  type Client,
  clientStreaming,
  createClient,
  defineService,
  type HandlerContext,
  type Handlers,
  implement,
  jsonSerializer,
  type Messages,
  type MessageStream,
  type Method,
  serverStreaming,
  textSerializer,
  unary,
  unchecked,
  ValueKey,
} from "../../mod.ts";
import type { End } from "../../src/ends/mod.ts";
import { Decimal, Natural } from "./_schemas.ts";

/** Whether two types are the same, and not merely assignable to each other. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false;

/** Fails to compile unless given `true`. */
function expectType<_Holds extends true>(): void {}

const Greeter = defineService("demo.Greeter", {
  hello: unary<string, string>(),
  count: serverStreaming<number, number>(),
  sum: clientStreaming<number, number>(),
  chat: bidiStreaming({ input: Natural, output: Decimal }),
  ping: unary<void, void>(),
});

type GreeterClient = Client<typeof Greeter.methods>;
type GreeterHandlers = Handlers<typeof Greeter.methods>;

Deno.test("unary() infers nothing where types are given", () => {
  const method = unary<string, number>();
  expectType<Same<typeof method, Method<"unary", string, number, string, number>>>();
});

Deno.test("unary() infers from its schemas what is sent and what is received", () => {
  const method = unary({ input: Decimal, output: Natural });
  expectType<Same<typeof method, Method<"unary", string, number, number, number>>>();
});

Deno.test("unary() takes a type alone beside a schema", () => {
  const method = unary({ input: Decimal, output: unchecked<Date>() });
  expectType<Same<typeof method, Method<"unary", string, Date, number, Date>>>();
});

Deno.test("unary() infers from its serializers", () => {
  const method = unary({ inputSerializer: bytesSerializer, outputSerializer: textSerializer });
  expectType<Same<typeof method, Method<"unary", Uint8Array, string, Uint8Array, string>>>();
});

Deno.test("unary() takes a universal serializer for any types", () => {
  const method = unary<{ readonly a: 1 }, string>({ serializer: jsonSerializer });
  expectType<Same<typeof method, Method<"unary", { readonly a: 1 }, string>>>();
});

Deno.test("unary() refuses a serializer of another type", () => {
  // @ts-expect-error: text cannot carry numbers
  unary<number, number>({ inputSerializer: textSerializer });
});

Deno.test("createClient() gives each kind of method its shape", () => {
  type Hello = Parameters<GreeterClient["hello"]>;
  expectType<Same<Hello, [message: string, options?: CallOptions | undefined]>>();
  expectType<Same<ReturnType<GreeterClient["hello"]>, Promise<string>>>();
  expectType<Same<Parameters<GreeterClient["count"]>, [message: number, options?: CallOptions | undefined]>>();
  expectType<Same<ReturnType<GreeterClient["count"]>, MessageStream<number>>>();
  expectType<Same<Parameters<GreeterClient["sum"]>, [messages: Messages<number>, options?: CallOptions | undefined]>>();
  expectType<Same<ReturnType<GreeterClient["sum"]>, Promise<number>>>();
});

Deno.test("createClient() sends a schema's input and gives its output", () => {
  expectType<Same<Parameters<GreeterClient["chat"]>[0], Messages<number>>>();
  expectType<Same<ReturnType<GreeterClient["chat"]>, MessageStream<number>>>();
});

Deno.test("createClient() lets a message be left out that may be undefined", () => {
  expectType<Same<Parameters<GreeterClient["ping"]>, [message?: void, options?: CallOptions | undefined]>>();
});

Deno.test("createClient() refuses what the contract does not say", () => {
  const misuse = (end: End) => {
    const client = createClient(Greeter, end);
    // @ts-expect-error: a number is no name
    client.hello(5);
    // @ts-expect-error: there is no such method
    client.bye();
    // @ts-expect-error: a message is wanted
    client.count();
    // @ts-expect-error: a stream is wanted
    client.sum(5);
    // @ts-expect-error: clients are not changed
    client.hello = () => Promise.resolve("");
  };
  expectType<Same<typeof misuse, (end: End) => void>>();
});

Deno.test("implement() gives handlers what the schema makes of a request, and asks for what it takes", () => {
  type Chat = GreeterHandlers["chat"];
  expectType<Same<Parameters<Chat>[0], MessageStream<number>>>();
  expectType<Same<ReturnType<Chat>, Messages<string> | Promise<Messages<string>>>>();
});

Deno.test("implement() knows parameters and results without annotations", () => {
  implement(Greeter, {
    hello: (name, ctx) => {
      expectType<Same<typeof name, string>>();
      expectType<Same<typeof ctx, HandlerContext<Context>>>();
      return `Hello, ${name}`;
    },
    async *count(n, ctx) {
      expectType<Same<typeof n, number>>();
      expectType<Same<typeof ctx.signal, AbortSignal>>();
      for (let i = 0; i < n; i++) yield i;
    },
    async sum(numbers) {
      let total = 0;
      for await (const n of numbers) total += n;
      return total;
    },
    async *chat(messages) {
      for await (const m of messages) {
        expectType<Same<typeof m, number>>();
        yield String(m);
      }
    },
    ping: () => {},
  });
});

Deno.test("implement() refuses a missing handler and a wrong result", () => {
  const Small = defineService("demo.Small", {
    hello: unary<string, string>(),
    count: serverStreaming<number, number>(),
  });
  const misuse = () => {
    // @ts-expect-error: count is missing
    implement(Small, { hello: (name) => name });
    // @ts-expect-error: a number is no text
    implement(Small, { hello: () => 5, count: () => [1] });
    implement(Small, {
      hello: async (name) => await name,
      // @ts-expect-error: text is no number
      async *count() {
        yield "one";
      },
    });
  };
  expectType<Same<typeof misuse, () => void>>();
});

Deno.test("implement() takes an array, a promise of one, or a generator for a stream", () => {
  const Lists = defineService("demo.Lists", {
    a: serverStreaming<void, number>(),
    b: serverStreaming<void, number>(),
    c: serverStreaming<void, number>(),
  });
  implement(Lists, {
    a: () => [1, 2],
    b: async () => await Promise.resolve(new Set([1])),
    *c() {
      yield 1;
    },
  });
});

Deno.test("implement() gives handlers Hono's context", () => {
  interface Env {
    Variables: { user: string };
  }
  const WhoAmI = defineService("demo.WhoAmI", { tell: unary<void, string>(), again: unary<void, string>() });
  implement(WhoAmI, {
    tell: (_nothing, ctx) => {
      expectType<Same<typeof ctx.http, Context | undefined>>();
      return ctx.http?.req.header("authorization") ?? "nobody";
    },
    again: () => "nobody",
  });
  implement(WhoAmI, {
    tell: (_nothing, ctx: HandlerContext<Context<Env>>) => ctx.http?.get("user") ?? "nobody",
    again: (_nothing, ctx: HandlerContext<Context<Env>>) => ctx.http?.get("user") ?? "nobody",
  });
});

Deno.test("ctx.values gives what a key says, and takes nothing else", () => {
  const USER = new ValueKey<{ readonly name: string }>("user");
  const _typed = ({ values }: HandlerContext): void => {
    const user = values.get(USER);
    expectType<Same<typeof user, { readonly name: string } | undefined>>();
    values.set(USER, { name: "Ada" });
    // @ts-expect-error: a user has a name
    values.set(USER, { age: 36 });
    // @ts-expect-error: the key of a number
    const _other: ValueKey<number> = USER;
    // @ts-expect-error: no key
    values.get("user");
  };
});
