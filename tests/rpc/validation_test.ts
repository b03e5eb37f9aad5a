import { assertEquals, assertInstanceOf, assertRejects, assertStrictEquals } from "@std/assert";
import {
  bidiStreaming,
  bytesSerializer,
  type Client,
  clientStreaming,
  createClient,
  defineService,
  implement,
  type Implementation,
  type Method,
  RpcError,
  serverStreaming,
  type StandardSchema,
  unary,
  unchecked,
} from "../../mod.ts";
import { Endless } from "./_probe.ts";
import { checked, Decimal, Natural, NaturalLater, schemaOf } from "./_schemas.ts";
import { collect, serving, settled } from "./_serving.ts";

/** Whatever the types say, these tests send what the schemas refuse. */
const BAD = -1;
const ISSUE = [{ message: "Expected a number from 0", path: ["n"] }];

/** One method of each kind, with a schema in one direction. */
function contractWith(input: StandardSchema<number>, output: StandardSchema<number>) {
  return defineService("test.Checked", {
    one: unary({ input, output }),
    many: serverStreaming({ input, output }),
    fold: clientStreaming({ input, output }),
    both: bidiStreaming({ input, output }),
  });
}

type Contract = ReturnType<typeof contractWith>;
type CheckedClient = Client<Contract["methods"]>;

/** Handlers that answer what they are asked for, or a bad number. */
function handlersOf(contract: Contract, answer?: number): Implementation {
  return implement(contract, {
    one: (n) => answer ?? n,
    many: (n) => [0, answer ?? n],
    fold: async (numbers) => answer ?? (await collect(numbers)).length,
    async *both(numbers) {
      for await (const n of numbers) yield answer ?? n;
    },
  });
}

async function failure(promise: PromiseLike<unknown>): Promise<RpcError> {
  return await assertRejects(() => promise, RpcError);
}

const CALLS: Readonly<Record<string, (client: CheckedClient, n: number) => Promise<unknown>>> = {
  one: (client, n) => client.one(n),
  many: (client, n) => collect(client.many(n)),
  fold: (client, n) => client.fold([0, n]),
  both: (client, n) => collect(client.both([0, n])),
};

for (const [timing, schema] of [["at once", Natural], ["later", NaturalLater]] as const) {
  const asked = contractWith(schema, unchecked());
  const answered = contractWith(unchecked(), schema);
  const free = contractWith(unchecked(), unchecked());

  for (const [kind, call] of Object.entries(CALLS)) {
    Deno.test(`a good request and response of "${kind}" pass a schema that answers ${timing}`, async () => {
      const contract = contractWith(schema, schema);
      await using service = serving(handlersOf(contract));
      const expected = { one: 3, many: [0, 3], fold: 2, both: [0, 3] }[kind];
      assertEquals(await call(createClient(contract, service.end), 3), expected);
    });

    Deno.test(`a bad request of "${kind}" is INVALID_ARGUMENT at the caller, ${timing}`, async () => {
      await using service = serving(handlersOf(free));
      const error = await failure(call(createClient(asked, service.end), BAD));
      assertEquals([error.code, error.origin, error.details], ["invalid_argument", "local", ISSUE]);
      assertEquals(error.message, `Cannot send the request of test.Checked/${kind}: n: Expected a number from 0`);
    });

    Deno.test(`a bad request of "${kind}" is INVALID_ARGUMENT by the service, ${timing}`, async () => {
      await using service = serving(handlersOf(asked));
      const error = await failure(call(createClient(free, service.end), BAD));
      assertEquals([error.code, error.origin, error.details], ["invalid_argument", "peer", ISSUE]);
      assertEquals(error.message, `Cannot accept the request of test.Checked/${kind}: n: Expected a number from 0`);
      assertEquals(service.errors, []);
    });

    Deno.test(`a bad response of "${kind}" is INTERNAL by the service, which alone says why, ${timing}`, async () => {
      await using service = serving(handlersOf(answered, BAD));
      const error = await failure(call(createClient(free, service.end), 3));
      assertEquals([error.code, error.origin, error.details], ["internal", "peer", []]);
      assertEquals(error.message, `Response of test.Checked/${kind} cannot be sent`);
      assertInstanceOf(service.errors[0], RpcError);
      assertEquals(service.errors[0].details, ISSUE);
    });

    Deno.test(`a bad response of "${kind}" is INTERNAL at the caller, ${timing}`, async () => {
      await using service = serving(handlersOf(free, BAD));
      const error = await failure(call(createClient(answered, service.end), 3));
      assertEquals([error.code, error.origin, error.details], ["internal", "local", ISSUE]);
      assertEquals(error.message, `Cannot accept the response of test.Checked/${kind}: n: Expected a number from 0`);
    });
  }
}

Deno.test("a bad request is not sent at all", async () => {
  const contract = contractWith(Natural, unchecked());
  await using service = serving(handlersOf(contract));
  await failure(createClient(contract, service.end).one(BAD));
  assertEquals(Object.values(service.end.operationStats()).reduce((sum, count) => sum + count), 0);
});

Deno.test("a bad request amid a stream cancels the call and closes the caller's generator", async () => {
  const contract = contractWith(Natural, unchecked());
  await using service = serving(handlersOf(contract));
  let closed = false;
  const source = function* (): Generator<number> {
    try {
      yield 1;
      yield BAD;
      yield 2;
    } finally {
      closed = true;
    }
  };
  await failure(createClient(contract, service.end).fold(source()));
  await settled();
  assertEquals([closed, service.service.operationStats().cancelled], [true, 1]);
});

Deno.test("a bad request amid a stream is told at once, whatever the handler makes of it", async () => {
  const contract = contractWith(Natural, unchecked());
  const free = contractWith(unchecked(), unchecked());
  await using service = serving(implement(contract, {
    one: () => 0,
    many: () => [],
    fold: async (numbers) => (await collect(numbers).catch(() => [])).length,
    both: () => [],
  }));
  assertEquals((await failure(createClient(free, service.end).fold([1, BAD, 2]))).code, "invalid_argument");
});

Deno.test("a bad response amid a stream cancels the call: the handler's generator is closed", async () => {
  const free = contractWith(unchecked(), unchecked());
  const answered = contractWith(unchecked(), checked<number>((n) => n !== 5, { message: "Not five" }));
  const source = new Endless();
  await using service = serving(implement(free, { one: () => 0, many: () => source, fold: () => 0, both: () => [] }));
  const seen: number[] = [];
  const error = await failure((async () => {
    for await (const n of createClient(answered, service.end).many(0)) seen.push(n);
  })());
  await settled();
  assertEquals([seen, error.message], [[0, 1, 2, 3, 4], "Cannot accept the response of test.Checked/many: Not five"]);
  assertEquals([source.closed, service.service.operationStats().cancelled], [true, 1]);
});

Deno.test("a transform applies once, where the message is received", async () => {
  const Parsing = defineService("test.Parsing", {
    double: unary({ input: Decimal, output: Decimal }),
    each: bidiStreaming({ input: Decimal, output: Decimal }),
  });
  const seen: unknown[] = [];
  await using service = serving(implement(Parsing, {
    double: (n) => {
      seen.push(n);
      return String(2 * n);
    },
    async *each(numbers) {
      for await (const n of numbers) yield String(n + 1);
    },
  }));
  const client = createClient(Parsing, service.end);
  assertEquals([await client.double("21"), seen], [42, [21]]);
  assertEquals(await collect(client.each(["1", "2"])), [2, 3]);
});

Deno.test("messages of a stream keep their order where a schema takes longer for some", async () => {
  const slow = schemaOf<number>(async (value) => {
    for (let i = 0; i < (value === 0 ? 10 : 0); i++) await Promise.resolve();
    return { value: value as number };
  });
  const Slow = defineService("test.Slow", { each: bidiStreaming({ input: slow, output: slow }) });
  await using service = serving(implement(Slow, { each: (numbers) => numbers }));
  assertEquals(await collect(createClient(Slow, service.end).each([0, 1, 0, 2])), [0, 1, 0, 2]);
});

Deno.test("a schema that throws is INTERNAL, with what it threw as the cause", async () => {
  const broken = new Error("Broken schema");
  for (const throws of [() => Promise.reject(broken), (): never => raise(broken)]) {
    const Broken = defineService("test.Broken", { one: unary({ input: schemaOf<number>(throws), output: Natural }) });
    await using service = serving(implement(Broken, { one: () => 0 }));
    const error = await failure(createClient(Broken, service.end).one(1));
    assertEquals([error.code, error.message], [
      "internal",
      "Cannot send the request of test.Broken/one: Broken schema",
    ]);
    assertStrictEquals(error.cause, broken);
  }
});

Deno.test("a schema that throws amid a stream of requests is told to onError, once", async () => {
  const broken = new Error("Broken schema");
  const strict = schemaOf<number>((n) => n === 2 ? raise(broken) : { value: n as number });
  const Strict = defineService("test.Strict", { fold: clientStreaming({ input: strict, output: Natural }) });
  const Free = defineService("test.Strict", { fold: clientStreaming<number, number>() });
  await using service = serving(implement(Strict, { fold: async (numbers) => (await collect(numbers)).length }));
  const error = await failure(createClient(Free, service.end).fold([1, 2, 3]));
  await settled();
  assertEquals([error.code, error.message], [
    "internal",
    "Cannot accept the request of test.Strict/fold: its schema failed",
  ]);
  assertEquals(service.errors.map((error) => error instanceof Error && error.cause === broken), [true]);
});

Deno.test("a path is told up to a number of characters, whatever its keys are", async () => {
  const paths: readonly (readonly [path: readonly PropertyKey[], told: readonly unknown[]])[] = [
    [["a", 5, "b"], ["a", 5, "b"]],
    [["a".repeat(150), "b".repeat(100), "c"], ["a".repeat(150), `${"b".repeat(49)}…`]],
    [Array.from({ length: 1_000 }, () => ""), Array.from({ length: 200 }, () => "")],
  ];
  for (const [path, told] of paths) {
    const Strict = defineService("test.Strict", {
      one: unary({ input: schemaOf<number>(() => ({ issues: [{ message: "No", path }] })), output: Natural }),
    });
    await using service = serving(implement(Strict, { one: () => 0 }));
    const error = await failure(createClient(Strict, service.end).one(1));
    assertEquals(error.details, [{ message: "No", path: told }]);
  }
});

Deno.test("issues that are none are a failure of the schema", async () => {
  // What JavaScript code may do, whatever the types say.
  for (const issues of [5, [null], [{}], [{ message: "No", path: [null] }]]) {
    const broken = schemaOf<number>(() => ({ issues } as unknown as { issues: [] }));
    const Broken = defineService("test.Broken", { one: unary({ input: broken, output: Natural }) });
    await using service = serving(implement(Broken, { one: () => 0 }));
    const error = await failure(createClient(Broken, service.end).one(1));
    assertEquals([error.code, error.cause instanceof TypeError], ["internal", true]);
  }
});

Deno.test("issues are told in what CBOR can say, and no more of them than helps", async () => {
  const issues = Array.from({ length: 20 }, (_, i) => ({ message: "x".repeat(300), path: [{ key: Symbol("s") }, i] }));
  const Strict = defineService("test.Strict", {
    one: unary({ input: schemaOf<number>(() => ({ issues })), output: Natural }),
  });
  const Free = defineService("test.Strict", { one: unary<number, number>() });
  await using service = serving(implement(Strict, { one: () => 0 }));
  const error = await failure(createClient(Free, service.end).one(1));
  assertEquals(error.details.length, 16);
  assertEquals(error.details[3], { message: `${"x".repeat(200)}…`, path: ["Symbol(s)", 3] });
  assertEquals(error.message.endsWith("; and 4 more"), true);
});

Deno.test("an issue that is cut within a character is still told", async () => {
  const issues = [{ message: `${"x".repeat(199)}😀😀` }];
  const Strict = defineService("test.Strict", {
    one: unary({ input: schemaOf<number>(() => ({ issues })), output: Natural }),
  });
  const Free = defineService("test.Strict", { one: unary<number, number>() });
  await using service = serving(implement(Strict, { one: () => 0 }));
  const error = await failure(createClient(Free, service.end).one(1));
  assertEquals(error.details, [{ message: `${"x".repeat(199)}\ufffd…`, path: [] }]);
});

/** A method whose messages cannot be made into bytes or back. */
function withSerializer(serialize: () => Uint8Array, deserialize: () => number): Method<"unary", number, number> {
  return unary<number, number>({ inputSerializer: { serialize, deserialize } });
}

const BYTES = new Uint8Array([1]);

Deno.test("a request without bytes is INVALID_ARGUMENT at the caller", async () => {
  const Odd = defineService("test.Odd", { one: withSerializer(() => raise(new Error("No bytes")), () => 1) });
  await using service = serving(implement(Odd, { one: (n) => n }));
  const error = await failure(createClient(Odd, service.end).one(1));
  assertEquals([error.code, error.message], [
    "invalid_argument",
    "Cannot serialize the request of test.Odd/one: No bytes",
  ]);
});

Deno.test("bytes that are no request are INVALID_ARGUMENT by the service", async () => {
  const Odd = defineService("test.Odd", { one: withSerializer(() => BYTES, () => raise(new Error("No message"))) });
  await using service = serving(implement(Odd, { one: (n) => n }));
  const error = await failure(createClient(Odd, service.end).one(1));
  assertEquals([error.code, error.origin, error.message], [
    "invalid_argument",
    "peer",
    "Cannot read the request of test.Odd/one: its serializer did not accept it",
  ]);
});

Deno.test("bytes that are no response are INTERNAL at the caller", async () => {
  const deserialize = () => raise(new Error("No message"));
  const Odd = defineService("test.Odd", {
    one: unary<number, number>({ outputSerializer: { serialize: () => BYTES, deserialize } }),
  });
  await using service = serving(implement(Odd, { one: (n) => n }));
  const error = await failure(createClient(Odd, service.end).one(1));
  assertEquals([error.code, error.origin], ["internal", "local"]);
});

Deno.test("a response without bytes is INTERNAL by the service and reported", async () => {
  const Odd = defineService("test.Odd", { one: unary<number, unknown>() });
  await using service = serving(implement(Odd, { one: () => () => {} }));
  const error = await failure(createClient(Odd, service.end).one(1));
  assertEquals([error.code, error.message], [
    "internal",
    "Response of test.Odd/one cannot be sent: a function has no encoding",
  ]);
  assertInstanceOf(service.errors[0], RpcError);
});

Deno.test("a custom serializer makes the payloads of both sides", async () => {
  const reversed = {
    serialize: (text: string) => new TextEncoder().encode(text).reverse(),
    deserialize: (bytes: Uint8Array) => new TextDecoder().decode(new Uint8Array(bytes).reverse()),
  };
  const Text = defineService("test.Text", {
    one: unary<string, string>({ inputSerializer: reversed, outputSerializer: reversed }),
  });
  await using service = serving(implement(Text, { one: (text) => `${text}!` }));
  assertEquals(await createClient(Text, service.end).one("Ada"), "Ada!");
});

function raise(error: Error): never {
  throw error;
}

/** A message whose one fault lies deep within. */
const FAULTY = { items: [1, 2, 3, { price: () => 1, "net value": Symbol("x") }] };

Deno.test("a request without an encoding is told with its place", async () => {
  const Shop = defineService("test.Shop", { add: unary<unknown, unknown>() });
  await using service = serving(implement(Shop, { add: () => FAULTY }));
  const error = await failure(createClient(Shop, service.end).add(FAULTY));
  assertEquals(
    error.message,
    "Cannot serialize the request of test.Shop/add: at items[3].price: a function has no encoding",
  );
});

Deno.test("a response without an encoding is told with its place, also to the caller", async () => {
  const Shop = defineService("test.Shop", { add: unary<unknown, unknown>() });
  await using service = serving(implement(Shop, { add: () => ({ m: new Map([["k", [FAULTY.items[3]]]]) }) }));
  const error = await failure(createClient(Shop, service.end).add(1));
  assertEquals(
    error.message,
    `Response of test.Shop/add cannot be sent: at m.get("k")[0].price: a function has no encoding`,
  );
});

Deno.test("a request that breaks the profile is told with its place", async () => {
  const Shop = defineService("test.Shop", { add: unary<unknown, unknown>() });
  const Raw = defineService("test.Shop", { add: unary<Uint8Array, unknown>({ inputSerializer: bytesSerializer }) });
  await using service = serving(implement(Shop, { add: () => 1 }));
  // {"items": [0, {"price": text that is no UTF-8}]}
  const bytes = new Uint8Array([
    0xa1,
    0x65,
    ...new TextEncoder().encode("items"),
    0x82,
    0,
    0xa1,
    0x65,
    ...PRICE,
    0x61,
    0xff,
  ]);
  const error = await failure(createClient(Raw, service.end).add(bytes));
  assertEquals(error.code, "invalid_argument");
  assertEquals(
    error.message,
    "Cannot read the request of test.Shop/add: at items[1].price: a text string is not valid UTF-8",
  );
});

const PRICE = new TextEncoder().encode("price");
