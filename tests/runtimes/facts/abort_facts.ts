import { assert, assertEquals } from "../../conformance/assert.ts";
import { sleep } from "../../conformance/sleep.ts";
import { Child } from "../child.ts";
import type { Installation } from "../install.ts";
import { SERVERS } from "../servers.ts";
import type { FactTable } from "./fact.ts";
import { clientOf, codeOf, trustingFetch } from "./serving.ts";

/** What an abort comes to. */
export const ABORT_FACTS: FactTable = {
  async "aborts that are not sent: Deno's fetch over HTTP/2 is made to tell the server of a request given up"(
    installation,
  ) {
    const told = Promise.withResolvers<string>();
    await using server = await serveSilence(installation, told.resolve);
    using trusting = await trustingFetch(installation);
    await using client = clientOf(server.url, {
      exchange: "duplex",
      timeouts: { helloTimeoutMs: 300 },
      fetch: trusting.fetch,
    });
    assertEquals(await codeOf(client.echo(1)), "unavailable");
    const timer = setTimeout(() => told.resolve("nothing"), 5_000);
    const what = await told.promise;
    clearTimeout(timer);
    assert(what !== "nothing", "The server was not told");
  },

  "aborts that come at once, and are taken for an attack: a connection to Deno's server over HTTP/2 outlives them":
    giveUpUnseen,

  async "a body that breaks off when Node's fetch has let go of it: calls fail, and the process lives"({
    programs: { node, laterNode },
    bundles,
  }) {
    for (const program of laterNode === undefined ? [node] : [node, laterNode]) {
      await using child = new Child(program, [bundles.get("torn_node") ?? ""]);
      assertEquals(await child.next(), { codes: ["unavailable", "unavailable"] });
    }
  },
};

/** Calls that are given up before the server has seen anything of them: servers on hyper take 20 of those for an attack. */
const GIVEN_UP = 60;

async function giveUpUnseen(installation: Installation): Promise<void> {
  await using process = await SERVERS["deno"]!(installation);
  const { port, path } = process.servers.find(({ protocol }) => protocol === "https:")!;
  using trusting = await trustingFetch(installation);
  const url = `https://127.0.0.1:${port}${path}`;
  await using client = clientOf(url, { exchange: "single", fetch: trusting.fetch });
  const key = crypto.randomUUID();
  const bystander = codeOf(client.wait(key));
  while ((await client.observe(key)).started === 0) await sleep(10);
  process.kill("SIGSTOP");
  const abort = new AbortController();
  const calls = Array.from({ length: GIVEN_UP }, () => codeOf(client.wait("given up", { signal: abort.signal })));
  await sleep(100);
  abort.abort();
  assertEquals(new Set(await Promise.all(calls)), new Set(["cancelled"]));
  await sleep(100);
  process.kill("SIGCONT");
  while ((await client.observe("given up")).ended < GIVEN_UP - 16) await sleep(10);
  await client.release(key);
  assertEquals(await bystander, "ok");
}

/** A server over HTTP/2 that says headers and nothing more, and tells how the request ends. */
async function serveSilence(
  { certificate }: Installation,
  told: (what: string) => void,
): Promise<{ readonly url: string } & AsyncDisposable> {
  const [cert, key] = await Promise.all([certificate.cert, certificate.key].map((path) => Deno.readTextFile(path)));
  const options = { hostname: "127.0.0.1", port: 0, cert: cert ?? "", key: key ?? "", onListen() {} };
  const server = Deno.serve(options, ({ body }) => {
    void drain(body).then(told);
    const headers = { "content-type": "application/vnd.ticketlink+cbor-seq" };
    return new Response(new ReadableStream({ cancel: () => told("the response was cancelled") }), { headers });
  });
  return { url: `https://127.0.0.1:${server.addr.port}/rpc`, [Symbol.asyncDispose]: () => server.shutdown() };
}

async function drain(body: ReadableStream<Uint8Array> | null): Promise<string> {
  try {
    for await (const _ of body ?? []);
    return "the request ended";
  } catch (error) {
    return `the request broke off: ${error}`;
  }
}
