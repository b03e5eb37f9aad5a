import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import {
  bidiStreaming,
  clientStreaming,
  defineService,
  jsonSerializer,
  type Method,
  MethodKind,
  type Serializer,
  serverStreaming,
  type StandardSchema,
  textSerializer,
  unary,
  unchecked,
} from "../../mod.ts";
import { Natural } from "./_schemas.ts";

Deno.test("defineService() keeps the name and the methods, in their order", () => {
  const contract = defineService("demo.Greeter", { hello: unary(), count: serverStreaming() });
  assertEquals(contract.name, "demo.Greeter");
  assertEquals(Object.keys(contract.methods), ["hello", "count"]);
});

Deno.test("defineService() gives a frozen contract that later changes to the methods object do not reach", () => {
  const methods: Record<string, Method> = { hello: unary() };
  const contract = defineService("demo.Greeter", methods);
  methods["bye"] = unary();
  assert(Object.isFrozen(contract) && Object.isFrozen(contract.methods) && Object.isFrozen(contract.methods["hello"]));
  assertEquals(Object.keys(contract.methods), ["hello"]);
});

Deno.test("defineService() refuses an empty service name", () => {
  assertThrows(() => defineService("", {}), TypeError, 'service "": its name must be a text');
});

Deno.test("defineService() refuses a service name that is no text", () => {
  assertThrows(() => defineService(null as unknown as string, {}), TypeError, "service null: its name must be a text");
});

for (const name of ["", "then", "__proto__"]) {
  Deno.test(`defineService() refuses a method named "${name}"`, () => {
    assertThrows(() => defineService("demo", { [name]: unary() }), TypeError, `a method cannot be named "${name}"`);
  });
}

Deno.test("defineService() refuses what is no method", () => {
  const wrong = { hello: () => "Hello" } as unknown as Record<string, Method>;
  assertThrows(() => defineService("demo", wrong), TypeError, '"hello" must be made with unary');
});

Deno.test("unary() and its siblings make a method of their kind", () => {
  const kinds = [unary(), serverStreaming(), clientStreaming(), bidiStreaming()].map((method) => method.kind);
  assertEquals(kinds, Object.values(MethodKind));
});

Deno.test("unary() takes one serializer for both directions", () => {
  const method = unary<number, number>({ serializer: jsonSerializer });
  assertStrictEquals(method.request.serializer, jsonSerializer);
  assertStrictEquals(method.response.serializer, jsonSerializer);
});

Deno.test("unary() prefers a direction's own serializer", () => {
  const method = unary<number, string>({ serializer: jsonSerializer, outputSerializer: textSerializer });
  assertStrictEquals(method.request.serializer, jsonSerializer);
  assertStrictEquals(method.response.serializer, textSerializer);
});

Deno.test("unary() refuses a serializer that cannot deserialize", () => {
  const half = { serialize: () => new Uint8Array() } as unknown as Serializer<number>;
  assertThrows(() => unary<number, number>({ inputSerializer: half }), TypeError, "the serializer of its input");
});

Deno.test("unary() refuses a schema that is none", () => {
  const wrong = {} as unknown as StandardSchema<number>;
  assertThrows(() => unary<number, number>({ output: wrong }), TypeError, "its output is not a Standard Schema");
});

Deno.test("unchecked() leaves a direction without a schema", () => {
  const method = unary({ input: Natural, output: unchecked<string>() });
  assertStrictEquals(method.request.schema, Natural);
  assertStrictEquals(method.response.schema, undefined);
});

Deno.test("unchecked() accepts everything where it is asked", async () => {
  assertEquals(await unchecked<string>()["~standard"].validate("as it is"), { value: "as it is" });
});
