/**
 * Cases of other systems' interoperability suites, as tables. Each case runs on each carrier, by a real server on loopback
 * and a client as users make it. A test holds README.md to the tables.
 *
 * @module
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  type Channel,
  type Client,
  type Code,
  connect,
  createClient,
  type HandlerContext,
  type Implementation,
  RpcError,
  type ServiceContract,
  type UrlClientOptions,
} from "../../mod.ts";
import type { MethodMap } from "../../src/links/mod.ts";
import { serve, type ServedOptions } from "../blackbox/calls/served.ts";
import { sleep } from "../conformance/sleep.ts";

/** What carries calls, forced by the option `exchange`. */
export type Carrier = "single" | "duplex" | "pair" | "socket";

/** All of them. */
export const CARRIERS: readonly Carrier[] = ["single", "duplex", "pair", "socket"];
/** Those that stream both ways. On the others a request is complete before its response begins. */
export const BOTH_WAYS: readonly Carrier[] = ["duplex", "pair", "socket"];
/** Those that are made of requests of HTTP, whose answers a client sees. */
export const REQUESTS: readonly Carrier[] = ["single", "duplex", "pair"];

/** Milliseconds of a call that says nothing else, so that one that hangs fails by itself. */
const TIMEOUT_MS = 20_000;
/** Milliseconds that the other side may take to notice something. */
const PATIENCE_MS = 5_000;

/** A server and a client of it, on one carrier, for one case. */
export interface Stage<Methods extends MethodMap> extends AsyncDisposable {
  readonly carrier: Carrier;
  readonly url: string;
  readonly channel: Channel;
  readonly client: Client<Methods>;
  /** The contexts of the handlers that have been called, in order. */
  readonly contexts: readonly HandlerContext[];
}

/** One case of a suite. */
export interface Case<Methods extends MethodMap> {
  /** The carriers on which it makes sense; all by default. */
  readonly on?: readonly Carrier[];
  /** How the server is set up. */
  readonly server?: ServedOptions;
  /** How the client is set up. */
  readonly client?: UrlClientOptions;
  /** Makes calls, and rejects if they do not end as they must. */
  run(stage: Stage<Methods>): Promise<void>;
}

/** A service that cases call. */
export interface Service<Methods extends MethodMap> {
  readonly contract: ServiceContract<Methods>;
  /** Implements it. Each handler adds its context to the list. */
  implement(contexts: HandlerContext[]): Implementation;
}

/** Serves a service, and makes a client on a carrier. */
export function openStage<Methods extends MethodMap>(
  { contract, implement }: Service<Methods>,
  carrier: Carrier,
  { server: serverOptions = {}, client: clientOptions = {} }: Pick<Case<Methods>, "server" | "client"> = {},
): Stage<Methods> {
  const contexts: HandlerContext[] = [];
  const server = serve(implement(contexts), serverOptions);
  const channel = connect(server.url, { exchange: carrier, ...clientOptions });
  return {
    carrier,
    url: server.url,
    channel,
    client: createClient(contract, channel, { timeoutMs: TIMEOUT_MS, ...clientOptions }),
    contexts,
    async [Symbol.asyncDispose]() {
      await channel.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** Registers the cases of a suite, and the test of its section of README.md. */
export function interopTests<Methods extends MethodMap>(
  suite: string,
  service: Service<Methods>,
  cases: Readonly<Record<string, Case<Methods>>>,
): void {
  for (const [name, { run, on = CARRIERS, ...options }] of Object.entries(cases)) {
    for (const carrier of on) {
      Deno.test(`${suite}: ${name}, on ${carrier}`, async () => {
        await using stage = openStage(service, carrier, options);
        await run(stage);
      });
    }
  }

  Deno.test(`tests/interop/README.md says of each case of ${suite} on which carriers it runs`, async () => {
    const rows = Object.entries(cases).map(([name, { on = CARRIERS }]) => `${name}: ${on.join(", ")}`);
    assertEquals(await rowsOf(suite), rows.sort());
  });
}

/** Cases that a section of README.md says to run, with their carriers, and all that it says not to be applicable left out. */
async function rowsOf(suite: string): Promise<string[]> {
  const text = await Deno.readTextFile(new URL("README.md", import.meta.url));
  const section = text.split(/^## /m).find((part) => part.startsWith(`${suite}\n`)) ?? "";
  return Array.from(
    section.matchAll(/^\| (`.*?) +\| (.*?) +\| (.*?) +\|$/gm),
    ([, names = "", carriers = "", result]) => {
      assert(/^(pass(; .+)?|deviation: .+|not applicable: .+)$/.test(result ?? ""), `No result: ${names} ${result}`);
      if (result?.startsWith("not applicable")) return [];
      const on = carriers === "all" ? CARRIERS.join(", ") : carriers;
      return Array.from(names.matchAll(/`(.+?)`/g), ([, name]) => `${name}: ${on}`);
    },
  ).flat().sort();
}

/** Waits for a call to fail, and gives the error; fails unless it has the code. */
export async function assertFails(code: Code, call: Promise<unknown>): Promise<RpcError> {
  const error = await assertRejects(() => call, RpcError);
  assertEquals(error.code, code, error.message);
  return error;
}

/** Waits for something that the other side does in its time. */
export async function until(what: string, condition: () => boolean): Promise<void> {
  const endsAtMs = performance.now() + PATIENCE_MS;
  while (!condition()) {
    assert(performance.now() < endsAtMs, `Waited ${PATIENCE_MS} ms until ${what}`);
    await sleep(2);
  }
}

/** Waits until no handler works for nothing any more: the signals of all have aborted. */
export async function assertAborted({ contexts }: Pick<Stage<MethodMap>, "contexts">): Promise<void> {
  await until("the signals of the handlers abort", () => contexts.every(({ signal }) => signal.aborted));
}

/** A promise that stays pending. */
export function never(): Promise<never> {
  return new Promise(() => {});
}
