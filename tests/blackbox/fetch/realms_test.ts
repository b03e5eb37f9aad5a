import { assertEquals, assertRejects } from "@std/assert";
import { Hono } from "npm:hono@^4";
import vm from "node:vm";
import {
  bytesSerializer,
  Code,
  createClient,
  defineService,
  implement,
  RpcError,
  ticketHandler,
  unary,
} from "../../../mod.ts";
import { programNamed } from "../../programs.ts";
import { runOnNode } from "./npm_folder.ts";

const CONTRACT = defineService("test.Realms", {
  bytes: unary<Uint8Array, Uint8Array>({ inputSerializer: bytesSerializer }),
  tag: unary<void, number>(),
});

/** Makes a value in another realm, as tests of browsers do and iframes are. */
function elsewhere<Value>(code: string): Value {
  return vm.runInNewContext(code, { AbortController }) as Value; // the caller says what the code makes
}

/** A client of a service in the same process. */
function openClient(): { client: ReturnType<typeof connectTo>; [Symbol.asyncDispose](): Promise<void> } {
  const handler = ticketHandler(implement(CONTRACT, {
    bytes: (message) => message,
    tag: (_, { metadata }) => metadata.map(([, value]) => value.length).reduce((sum, length) => sum + length, 0),
  }));
  const client = connectTo(new Hono().all("/rpc", handler));
  return {
    client,
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await handler.stop(0);
    },
  };
}

function connectTo(app: Hono) {
  return createClient(CONTRACT, "/rpc", { fetch: app.request });
}

Deno.test("bytesSerializer takes bytes of another realm", async () => {
  await using open = openClient();
  assertEquals(await open.client.bytes(elsewhere("new Uint8Array([1, 2, 3])")), new Uint8Array([1, 2, 3]));
});

Deno.test("metadata takes bytes of another realm", async () => {
  await using open = openClient();
  const metadata = { id: elsewhere<Uint8Array>("new Uint8Array(5)") };
  assertEquals(await open.client.tag(undefined, { metadata }), 5);
});

Deno.test("a signal's timeout of another realm is a deadline that has passed", async () => {
  await using open = openClient();
  const signal = elsewhere<AbortSignal>(`
    const controller = new AbortController();
    controller.abort(Object.assign(new Error("Too late"), { name: "TimeoutError" }));
    controller.signal;
  `);
  const error = await assertRejects(() => open.client.tag(undefined, { signal }), RpcError);
  assertEquals(error.code, Code.DEADLINE_EXCEEDED);
});

Deno.test("RpcError.from() knows errors of another realm by their names", () => {
  const error = elsewhere('Object.assign(new Error("Gone"), { name: "AbortError" })');
  assertEquals(RpcError.from(error).code, Code.CANCELLED);
});

Deno.test("createClient() takes a URL of another class", async () => {
  await using client = createClient(CONTRACT, elsewhere<URL>('({ toString: () => "http://127.0.0.1:9/" })'));
  assertEquals((await assertRejects(() => client.tag(), RpcError)).code, Code.UNAVAILABLE);
});

const { path: node, ignore } = programNamed("node");

Deno.test({
  name: "an RpcError of another copy of the library is told as one, and what that copy found out itself is not",
  ignore,
  fn: async () => {
    assertEquals(await runOnNode(node, "two_copies.mjs", []), [
      { code: "not_found", message: "No user 5", details: [{ user: 5 }] },
      { code: "unavailable", message: "A call that the service made failed: unavailable", details: [] },
    ]);
  },
});
