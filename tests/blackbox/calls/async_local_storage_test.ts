/** What `AsyncLocalStorage` holds for a call is seen in every step of its handler, on every runtime and carrier. */
import { assertEquals } from "@std/assert";
import { AsyncLocalStorage } from "node:async_hooks";
import { createClient, defineService, type ExchangeKind, implement, serverStreaming } from "@ticketlink/ticketlink";
import { knownFailure } from "../../known_failure.ts";
import { Steps } from "./programs/steps_app.ts";
import { type Runtime, RUNTIMES } from "./programs/steps_server.ts";
import { resultOf, sleep, within } from "./result.ts";
import { serve } from "./served.ts";

const ISSUE = "Nothing hangs, nothing surprises";

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

/** A unary call and a stream of three steps. */
const both = async (
  client: StepsClient,
): Promise<readonly string[]> => [...await once(client), ...await stream(client)];

const THREE = ["Ada", "Ada", "Ada"];

for (const [name, runtime] of Object.entries(RUNTIMES)) {
  const { ignore, carriers } = runtime;
  const known = (what: string, test: () => Promise<void>): void => {
    knownFailure(ISSUE, import.meta.url, `AsyncLocalStorage on ${name}: ${what}`, test, { ignore });
  };

  Deno.test({
    name: `AsyncLocalStorage on ${name}: a unary handler sees what an interceptor runs it with`,
    ignore,
    fn: () => allSee(runtime, "interceptor", carriers, once, ["Ada"]),
  });

  known("a generator sees in every step what an interceptor runs it with", () => {
    return allSee(runtime, "interceptor", carriers, stream, THREE);
  });

  known("a bidirectional generator sees in every step what an interceptor runs it with", () => {
    return allSee(runtime, "interceptor", carriers.filter((exchange) => exchange !== "single"), chat, THREE);
  });

  Deno.test({
    name: `AsyncLocalStorage on ${name}: handlers see in every step what middleware runs a request with`,
    ignore,
    fn: () => {
      const requests = carriers.filter((exchange) => exchange !== "socket");
      return allSee(runtime, "middleware", requests, both, ["Ada", ...THREE]);
    },
  });

  const onSocket = () => allSee(runtime, "middleware", ["socket"], both, ["Ada", ...THREE]);
  const what = "handlers see in every step what middleware runs a socket with";
  Deno.test({ name: `AsyncLocalStorage on ${name}: ${what}`, ignore, fn: onSocket });
}

const storage = new AsyncLocalStorage<string>();

const Endless = defineService("context.Endless", { count: serverStreaming<void, number>() });

knownFailure(
  ISSUE,
  import.meta.url,
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
