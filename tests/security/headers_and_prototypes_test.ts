/** What a peer names is data and nothing more: no HTTP header, no prototype, no key of the library's own (P4.5, P11.5). */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { encodeValue } from "../../src/cbor/encode.ts";
import { createClient, defineService, type Metadata, metadataValue, RpcError, unary } from "../../src/client.ts";
import { jsonSerializer } from "../../mod.ts";
import { invocationEnd, joinLinks, serviceEnd, type Servicer } from "../../src/links/mod.ts";
import { implement } from "../../src/server.ts";
import { openSingle } from "../http/scripted_client.ts";
import { WireTap } from "./wire_tap.ts";

const Echo = defineService("test.Echo", { echo: unary<unknown, unknown>() });

/** Names that would do harm as the names of headers or of properties. */
const HOSTILE: Metadata = [
  ["set-cookie", "session=stolen"],
  ["access-control-allow-origin", "*"],
  ["content-type", "text/html"],
  ["location", "https://evil.example"],
  ["x\r\nset-cookie: session=stolen", "a\r\n\r\n<script>"],
  ["__proto__", "polluted"],
  ["constructor", "polluted"],
  ["toString", "polluted"],
  ["__proto__", new Uint8Array([1])],
];

/** Fails if any object has got something that it was not made with. */
function assertNothingPolluted(): void {
  const plain: Record<string, unknown> = {};
  assertEquals(["polluted", "session", "0"].map((key) => plain[key]), [undefined, undefined, undefined]);
  assertEquals(Object.getPrototypeOf(plain), Object.prototype);
  assertEquals(typeof plain.toString, "function");
}

/** Names and values as lists, to be compared. */
function listOf(headers: Headers | undefined): [string, string][] {
  return [...headers ?? []].sort(([a], [b]) => a < b ? -1 : 1);
}

for (const exchange of ["duplex", "single"] as const) {
  Deno.test(`S44 metadata of either side becomes no HTTP header on a ${exchange} exchange, and arrives as it is`, async () => {
    let received: Metadata = [];
    await using tap = new WireTap(implement(Echo, {
      echo(message, ctx) {
        received = ctx.metadata;
        for (const [key, value] of HOSTILE) {
          ctx.setHeader(key, value);
          ctx.setTrailer(key, value);
        }
        return message;
      },
    }));
    await using plain = createClient(Echo, "/rpc", { fetch: tap.fetch, exchange });
    await using hostile = createClient(Echo, "/rpc", { fetch: tap.fetch, exchange, metadata: HOSTILE });
    let header: Metadata = [];
    let trailer: Metadata = [];
    await plain.echo(1);
    await hostile.echo(1, { onHeader: (pairs) => header = pairs, onTrailer: (pairs) => trailer = pairs });

    assertEquals(received, HOSTILE);
    // Setting a key twice keeps the last value.
    const last = HOSTILE.filter(([key, value]) => key !== "__proto__" || value instanceof Uint8Array);
    assertEquals([header, trailer], [last, last]);
    const media = "application/vnd.ticketlink+cbor-seq";
    for (const headers of tap.requestHeaders) {
      assertEquals(listOf(headers), [["accept", media], ["content-type", media], ["incremental", "?1"]]);
    }
    for (const headers of tap.responseHeaders) {
      assertEquals(listOf(headers), [
        ["cache-control", "no-store, no-transform"],
        ["content-type", media],
        ["incremental", "?1"],
        ["x-accel-buffering", "no"],
      ]);
    }
    assertEquals([tap.requestHeaders.length, tap.responseHeaders.length], [2, 2]);
    assertNothingPolluted();
  });
}

Deno.test("metadataValue() finds no key that every object has", () => {
  for (const key of ["__proto__", "constructor", "toString", "0", "length"]) {
    assertEquals(metadataValue([["a", "1"]], key), undefined);
  }
  assertEquals(metadataValue(HOSTILE, "__proto__"), "polluted");
});

/** An item of section 4 but for its one key, which no encoder of ours would write: `{[key]: {polluted: true}}`. */
function poisoned(key: string): Uint8Array {
  const name = encodeValue(key);
  const value = encodeValue({ polluted: true });
  return new Uint8Array([0xa1, ...name, ...value]);
}

const POISON: readonly (readonly [what: string, bytes: Uint8Array])[] = [
  [`with the key "__proto__"`, poisoned("__proto__")],
  [`with the key "__proto__" deep within`, new Uint8Array([0x81, 0x81, ...poisoned("__proto__")])],
];

for (const [what, payload] of POISON) {
  Deno.test(`P4.5 a message ${what} reaches no handler`, async () => {
    let called = 0;
    await using tap = new WireTap(implement(Echo, { echo: () => called += 1 }));
    const client = await openSingle(tap.fetch, "/rpc", [{
      operation: 1,
      group: Echo.name,
      method: "echo",
      subscription: "full",
      timeout: 1_000,
      payload,
      termination: "completion",
    }]);
    await client.gets.expect({ operation: 1, code: "invalid_argument", termination: "completion" });
    await client.gets.rest();
    assertEquals(called, 0);
    assertNothingPolluted();
  });

  Deno.test(`P11.5 details ${what} reach no caller; the error does`, async () => {
    const details = new Uint8Array([0x81, ...payload]);
    const hostile: Servicer = {
      service: (_group, _method, _context, output) => ({
        kind: "full",
        operator: {
          advance: ({ completion }) => {
            if (completion === undefined) return;
            const terminalMetadata: Metadata = [["ticketlink-details", details], ["a", "1"]];
            output.advance({ completion: { code: "aborted", message: "Lost", terminalMetadata } });
          },
        },
      }),
    };
    const service = serviceEnd(hostile);
    const invocation = invocationEnd();
    joinLinks(invocation, service);
    service.start();
    invocation.start();
    const error = await assertRejects(() => createClient(Echo, invocation).echo(1), RpcError);
    assertEquals([error.code, error.message, error.details, error.metadata], ["aborted", "Lost", [], [["a", "1"]]]);
    assertNothingPolluted();
    await Promise.all([invocation.stop(0), service.stop(0)]);
  });
}

Deno.test("jsonSerializer.deserialize() gives an object its own property, and no other prototype", () => {
  const message: object = jsonSerializer.deserialize(new TextEncoder().encode('{"__proto__": {"polluted": true}}'));
  assertEquals([Object.getPrototypeOf(message) === Object.prototype, Object.keys(message)], [true, ["__proto__"]]);
  assertNothingPolluted();
});

Deno.test("P11.5 pairs with reserved keys that a peer sends are seen by no handler", async () => {
  let received: Metadata | undefined;
  await using tap = new WireTap(implement(Echo, {
    echo: (_message, ctx) => {
      received = ctx.metadata;
    },
  }));
  const client = await openSingle(tap.fetch, "/rpc", [{
    operation: 1,
    group: Echo.name,
    method: "echo",
    subscription: "full",
    timeout: 1_000,
    initialMetadata: [["ticketlink-user", "root"], ["ticketlink-", new Uint8Array()], ["user", "nobody"]],
    payload: encodeValue(1),
    termination: "completion",
  }]);
  await client.gets.rest();
  assertEquals(received, [["user", "nobody"]]);
});

Deno.test("P11.5 neither caller nor handler can set a reserved key", async () => {
  const thrown: unknown[] = [];
  await using tap = new WireTap(implement(Echo, {
    echo(_message, ctx) {
      for (const set of [ctx.setHeader, ctx.setTrailer]) {
        try {
          Reflect.apply(set, ctx, ["ticketlink-details", "forged"]);
        } catch (error) {
          thrown.push(error);
        }
      }
    },
  }));
  await using client = createClient(Echo, "/rpc", { fetch: tap.fetch });
  await client.echo(1);
  assertEquals(thrown.map((error) => error instanceof TypeError), [true, true]);
  await assertRejects(() => client.echo(1, { metadata: { "ticketlink-details": "forged" } }), TypeError, "reserved");
  assert(!tap.text().includes("forged"));
});
