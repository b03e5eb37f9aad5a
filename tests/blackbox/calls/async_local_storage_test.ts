/** What `AsyncLocalStorage` holds for a call is seen in every step of its handler, on every runtime and carrier. */
import { assertEquals } from "@std/assert";
import { AsyncLocalStorage } from "node:async_hooks";
import { createClient, defineService, type ExchangeKind, implement, serverStreaming } from "@ticketlink/ticketlink";
import { Steps } from "./programs/steps_app.ts";
import { type Runtime, RUNTIMES } from "./programs/steps_server.ts";
import { resultOf, sleep, within } from "./result.ts";
import { serve } from "./served.ts";

type StepsClient = ReturnType<typeof createClient<typeof Steps.methods>>;

/** What runs a call with the name that its handler is to see. */
type Source = "interceptor" | "middleware";

/** Shows what handlers see, carrier by carrier. */
async function allSee(
  { start }: Runtime,
  source: Source,
  carriers: readonly ExchangeKind[],
  call: (client: StepsClient) => Promise<readonly string[]>,
  expected: readonly string[],
): Promise<void> {
  await using server = await start();
  const seen = new Map<ExchangeKind, unknown>();
  for (const exchange of carriers) {
    await using client = createClient(Steps, `${server.url}${source}/rpc`, { exchange });
    const { error, ...result } = await resultOf(() => call(client));
    seen.set(exchange, error ?? ("value" in result ? result.value : undefined));
  }
  assertEquals(seen, new Map(carriers.map((exchange) => [exchange, expected])));
}

const once = async (client: StepsClient): Promise<readonly string[]> => [await client.once()];
const stream = (client: StepsClient): Promise<readonly string[]> => Array.fromAsync(client.seen());
const chat = (client: StepsClient): Promise<readonly string[]> => Array.fromAsync(client.chat([1, 2]));

/** A stream that is longer than its windows, and waits for its reader. */
async function many(client: StepsClient): Promise<readonly string[]> {
  const seen = new Set<string>();
  for await (const name of client.many(5_000)) seen.add(name);
  return [...seen];
}

/** A unary call and a stream of three steps. */
const both = async (
  client: StepsClient,
): Promise<readonly string[]> => [...await once(client), ...await stream(client)];

const THREE = ["Ada", "Ada", "Ada"];

for (const [name, runtime] of Object.entries(RUNTIMES)) {
  const { ignore, carriers } = runtime;
  const test = (what: string, fn: () => Promise<void>): void => {
    Deno.test({ name: `AsyncLocalStorage on ${name}: ${what}`, ignore, fn });
  };

  test("a unary handler sees what an interceptor runs it with", () => {
    return allSee(runtime, "interceptor", carriers, once, ["Ada"]);
  });

  test("a generator sees in every step what an interceptor runs it with", () => {
    return allSee(runtime, "interceptor", carriers, stream, THREE);
  });

  test("a bidirectional generator sees in every step what an interceptor runs it with", () => {
    return allSee(runtime, "interceptor", carriers.filter((exchange) => exchange !== "single"), chat, THREE);
  });

  test("a generator sees what an interceptor runs it with in steps that wait for grants", () => {
    return allSee(runtime, "interceptor", carriers, many, ["Ada"]);
  });

  test("handlers see in every step what middleware runs a request with", () => {
    return allSee(runtime, "middleware", carriers, both, ["Ada", ...THREE]);
  });

  test("a generator sees what middleware runs a request with in steps that wait for grants", () => {
    return allSee(runtime, "middleware", carriers, many, ["Ada"]);
  });

  test("no handler sees what middleware runs the request of another caller with", async () => {
    await using server = await runtime.start();
    for (const exchange of carriers) {
      const seen = await Promise.all(["Ada", "Bob", "Cyd"].map(async (caller) => {
        await using client = createClient(Steps, `${server.url}middleware/rpc?name=${caller}`, { exchange });
        // More than are begun in one time slice.
        const calls = Array.from({ length: exchange === "single" ? 50 : 600 }, () => client.once());
        return [...new Set([...await Promise.all(calls), ...await many(client)])];
      }));
      assertEquals(seen, [["Ada"], ["Bob"], ["Cyd"]], exchange);
    }
  });
}

const storage = new AsyncLocalStorage<string>();

const Endless = defineService("context.Endless", { count: serverStreaming<void, number>() });

Deno.test(
  "AsyncLocalStorage: the finally of a generator whose caller leaves sees what an interceptor runs it with",
  async () => {
    const closed = Promise.withResolvers<string | undefined>();
    await using server = serve(
      implement(Endless, {
        async *count() {
          try {
            for (let i = 0;; i++) {
              yield i;
              await sleep(5);
            }
          } finally {
            closed.resolve(storage.getStore());
          }
        },
      }),
      { interceptors: [(next) => (request) => storage.run("Ada", () => next(request))] },
    );
    await using client = createClient(Endless, server.url);
    for await (const _number of client.count()) break;
    assertEquals(await within(2_000, "the generator's end", closed.promise), "Ada");
  },
);

Deno.test("AsyncLocalStorage: the finally of a generator that a stop ends sees what middleware runs it with", async () => {
  const closed = Promise.withResolvers<string | undefined>();
  const endless = implement(Endless, {
    async *count() {
      try {
        for (let i = 0;; i++) yield i;
      } finally {
        closed.resolve(storage.getStore());
      }
    },
  });
  const server = serve(endless, { middleware: (_context, next) => storage.run("Ada", next) });
  await using client = createClient(Endless, server.url, { exchange: "duplex" });
  const numbers = client.count();
  await numbers.next();
  // The generator waits for its reader.
  await sleep(50);
  await server[Symbol.asyncDispose]();
  assertEquals(await within(2_000, "the generator's end", closed.promise), "Ada");
});
