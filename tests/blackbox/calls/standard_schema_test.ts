/** Standard Schema: what other libraries' schemas say of a message arrives, whole, plain and bounded. */
import { assert, assertEquals, assertInstanceOf, assertLess } from "@std/assert";
import { type } from "npm:arktype@2.2.10";
import * as v from "npm:valibot@1.5.0";
import { z } from "npm:zod@4.6.7";
import {
  createClient,
  defineService,
  implement,
  RpcError,
  type SchemaResult,
  type StandardSchema,
  unary,
  unchecked,
} from "@ticketlink/ticketlink";
import { resultOf } from "./result.ts";
import { serve } from "./served.ts";

/** One contract with a schema, and the same without. */
function contracts(schema: StandardSchema) {
  return {
    checked: defineService("schema.Shop", { buy: unary({ input: schema, output: unchecked<unknown>() }) }),
    free: defineService("schema.Shop", { buy: unary<unknown, unknown>() }),
  };
}

/** What a call with a message fails with that the side does not let pass. */
async function failureOn(
  side: "client" | "server",
  schema: StandardSchema,
  message: unknown,
): Promise<{ error: RpcError; told: readonly (readonly unknown[])[]; handled: readonly unknown[] }> {
  const { checked, free } = contracts(schema);
  const handled: unknown[] = [];
  const buy = (request: unknown): void => void handled.push(request);
  await using server = serve(implement(side === "server" ? checked : free, { buy }));
  await using client = createClient(side === "client" ? checked : free, server.url);
  const { error, ...result } = await resultOf(() => client.buy(message));
  assertInstanceOf(error, RpcError, `it gave ${Deno.inspect(error ?? result)}`);
  return { error, told: server.told, handled };
}

const BAD_ORDER = { items: [{ price: 5 }, { price: "free" }] };

/** The same order as each library describes it. */
const ORDERS = {
  arktype: type({ items: type({ price: "number" }).array() }),
  valibot: v.object({ items: v.array(v.object({ price: v.number() })) }),
  zod: z.object({ items: z.array(z.object({ price: z.number() })) }),
};

/** The paths in the details of what a side finds wrong with the bad order. */
async function pathsFoundBy(side: "client" | "server", schema: StandardSchema): Promise<readonly unknown[]> {
  const { error } = await failureOn(side, schema, BAD_ORDER);
  assertEquals(error.code, "invalid_argument");
  return error.details.map((detail) => (detail as { readonly path: unknown }).path); // an issue has one
}

/** Shows that the path is right. */
async function hasPath(side: "client" | "server", schema: StandardSchema): Promise<void> {
  const paths = await pathsFoundBy(side, schema);
  assertEquals(paths.map((path) => JSON.stringify(path)), ['["items",1,"price"]']);
}

/** Shows that the path is an array and no class of the library. */
async function hasPlainPath(side: "client" | "server", schema: StandardSchema): Promise<void> {
  const [path] = await pathsFoundBy(side, schema);
  assert(Array.isArray(path) && Object.getPrototypeOf(path) === Array.prototype, Deno.inspect(path));
}

for (const [library, schema] of Object.entries(ORDERS)) {
  Deno.test(`${library}: a message that passes arrives`, async () => {
    const { checked } = contracts(schema);
    await using server = serve(implement(checked, { buy: (order) => order }));
    await using client = createClient(checked, server.url);
    assertEquals(await client.buy({ items: [{ price: 5 }] }), { items: [{ price: 5 }] });
  });
}

for (const library of ["valibot", "zod"] as const) {
  for (const side of ["client", "server"] as const) {
    Deno.test(`${library}: the details of an error found by the ${side} have the path of the issue`, () => {
      return hasPath(side, ORDERS[library]);
    });

    Deno.test(`${library}: the path in the details of an error found by the ${side} is a plain array`, () => {
      return hasPlainPath(side, ORDERS[library]);
    });
  }
}

Deno.test("arktype: the details of an error found by the client have the path of the issue", () => {
  return hasPath("client", ORDERS.arktype);
});

Deno.test(
  "arktype: the path in the details of an error found by the client is a plain array",
  () => hasPlainPath("client", ORDERS.arktype),
);

Deno.test(
  "arktype: the details of an error found by the server have the path of the issue",
  () => hasPath("server", ORDERS.arktype),
);

/** A schema without a library. */
function schemaOf(
  validate: (value: unknown) => SchemaResult<unknown> | Promise<SchemaResult<unknown>>,
): StandardSchema {
  return { "~standard": { version: 1, vendor: "test", validate } };
}

/** A schema that finds an issue whose path has a key of 4 MB, as a message with such a key would have it. */
const longKey = schemaOf(() => ({ issues: [{ message: "Expected less", path: ["k".repeat(4_000_000)] }] }));

for (const side of ["client", "server"] as const) {
  Deno.test(`a path with a key of 4 MB leaves the message of an error of the ${side} short`, async () => {
    const { error } = await failureOn(side, longKey, {});
    assertEquals(error.code, "invalid_argument");
    assertLess(error.message.length, 10_000);
  });

  Deno.test(`a path with a key of 4 MB leaves the details of an error of the ${side} short`, async () => {
    const { error } = await failureOn(side, longKey, {});
    assertEquals(error.details.length, 1);
    assertLess(JSON.stringify(error.details).length, 10_000);
  });
}

const broken = new Error("The schema is broken");

/** Schemas that throw or reject. */
const THROWING: Readonly<Record<string, StandardSchema>> = {
  "a schema that throws": schemaOf(() => {
    throw broken;
  }),
  "a schema that rejects": schemaOf(() => Promise.reject(broken)),
};

for (const [what, schema] of Object.entries(THROWING)) {
  Deno.test(`${what} on the server is told to onError`, async () => {
    const { told } = await failureOn("server", schema, {});
    assertEquals(told.length, 1);
    const [error] = told[0] ?? [];
    assert(error === broken || error instanceof Error && error.cause === broken, Deno.inspect(error));
  });

  Deno.test(`${what} on the server fails the call without its text`, async () => {
    const { error } = await failureOn("server", schema, {});
    assertEquals([error.code, error.message.includes("broken")], ["internal", false]);
  });

  Deno.test(`${what} on the client fails the call and is its cause`, async () => {
    const { error } = await failureOn("client", schema, {});
    assertEquals([error.code, error.cause], ["internal", broken]);
  });
}

/** What is no result of a validation. The cast stands for a schema that was written without types. */
const NO_RESULTS: readonly unknown[] = [undefined, null, true, 5, "fine", Promise.resolve(5)];

for (const side of ["client", "server"] as const) {
  Deno.test(`validate() that returns no object fails the call, on the ${side}`, async () => {
    const failures: unknown[] = [];
    for (const result of NO_RESULTS) {
      const { error, handled } = await failureOn(side, schemaOf(() => result as SchemaResult<unknown>), {});
      failures.push([result, error.code, handled]);
    }
    assertEquals(failures, NO_RESULTS.map((result) => [result, "internal", []]));
  });
}
