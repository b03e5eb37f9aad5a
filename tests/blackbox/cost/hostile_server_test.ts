/** What a hostile server can cost its client. The server is a process of its own, so that CPU time is the client's. */
import { assert, assertStringIncludes } from "@std/assert";
import { createClient, defineService, serverStreaming, unary } from "../../../mod.ts";
import { knownFailure, type KnownFailureOptions } from "../../known_failure.ts";
import { WatchedProcess } from "../../watched_process.ts";
import { type Carrier, CARRIERS, outcomeOf } from "../core/site.ts";
import { costOf, inWords } from "./cost.ts";

const ISSUE = "What one caller, and one server, can cost";

const Target = defineService("cost.Target", {
  echo: unary<string, string>(),
  flood: serverStreaming<void, Uint8Array>(),
});

/** Longer than the test waits, so that a call which ends earlier does not end for this. */
const CALL = { timeoutMs: 20_000 };

/** The hostile server, which ends with this process. */
class HostileServer extends WatchedProcess {
  constructor() {
    const path = new URL("hostile_answers.ts", import.meta.url).pathname;
    super(Deno.execPath(), { args: ["run", "--no-check", "--allow-net=127.0.0.1", path], input: "piped" });
  }

  static async start(): Promise<{ readonly origin: string } & AsyncDisposable> {
    const server = new HostileServer();
    const port = await server.line();
    return { origin: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
  }
}

/** How a call ends that a server answers in that way. */
async function callOn(url: string, exchange: Carrier, limitMs: number): Promise<string> {
  await using client = createClient(Target, url, { exchange, timeouts: { helloTimeoutMs: 300, heartbeatMs: 300 } });
  return await outcomeOf(client.echo("Ada", CALL), limitMs);
}

/** A test that fails as yet where several calls share an exchange. */
function testOn(exchange: Carrier, name: string, test: () => Promise<void>, options: KnownFailureOptions = {}): void {
  if (exchange === "single") Deno.test(name, test);
  else knownFailure(ISSUE, import.meta.url, name, test, options);
}

for (const exchange of ["single", "duplex"] as const) {
  testOn(
    exchange,
    `64 MB of tickets of no operation in a response of 440 KB cost no more than to read them, on ${exchange}`,
    async () => {
      await using server = await HostileServer.start();
      const url = `${server.origin}/bomb`;
      const read = async (): Promise<void> => {
        for await (const _ of (await fetch(url, { method: "POST" })).body ?? []);
      };
      await read(); // what is compiled at first is not measured
      const control = await costOf(read);
      const cost = await costOf(() => callOn(url, exchange, 8_000));
      const said = `${inWords(cost)}; to read it costs ${inWords(control)}`;
      assert(cost.cpuMs < control.cpuMs * 1.5 + 100, said);
      assert(cost.longestMs < control.longestMs * 2 + 30, said);
    },
  );
}

for (const exchange of ["single", "duplex", "pair"] as const) {
  testOn(
    exchange,
    `tickets of no operation without end fail the exchange as soon as they are too many, on ${exchange}`,
    async () => {
      await using server = await HostileServer.start();
      assertStringIncludes(await callOn(`${server.origin}/strays`, exchange, 3_000), "resource_exhausted");
    },
    { nightly: "8 s" },
  );
}

/** Answers that have the right status and then no more. */
const SILENT: Readonly<Record<string, string>> = {
  "/nothing": "a response without a hello",
  "/hello": "a hello, and silence",
};

for (const [path, what] of Object.entries(SILENT)) {
  for (const exchange of CARRIERS) {
    const name = `${what} ends a call before its deadline, as unavailable, on ${exchange}`;
    const test = async (): Promise<void> => {
      await using server = await HostileServer.start();
      assertStringIncludes(await callOn(server.origin + path, exchange, 3_000), "unavailable");
    };
    Deno.test(name, test);
  }
}
