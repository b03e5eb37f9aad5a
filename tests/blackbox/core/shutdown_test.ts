import { assert, assertEquals, assertMatch } from "@std/assert";
import { createClient, defineService, type FetchFunction, implement, unary } from "../../../mod.ts";
import { type Carrier, eventually, gate, outcomeOf, pause, Site } from "./site.ts";

const Work = defineService("core.Work", { work: unary<string, string>() });

/** Two servers behind one address, of which the first goes. */
class TwoServers implements AsyncDisposable {
  readonly begun: string[] = [];
  readonly released: ReturnType<typeof gate> = gate();
  readonly first: Site = this.#site("first");
  readonly second: Site = this.#site("second");
  #current = this.first;

  /** Leads to the server that is there now. */
  readonly fetch: FetchFunction = (_url, init) => fetch(this.#current.url, init);

  /** New requests reach the second server from now on. */
  replace(): void {
    this.#current = this.second;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.released.open();
    await this.first[Symbol.asyncDispose]();
    await this.second[Symbol.asyncDispose]();
  }

  #site(server: string): Site {
    return new Site(implement(Work, {
      work: async (name) => {
        this.begun.push(`${name} on the ${server}`);
        if (server === "first") await this.released.opened;
        return server;
      },
    }));
  }
}

/** "Cut off" is not "never started". */
async function cutOffIsNotRepeated(exchange: Carrier): Promise<void> {
  await using servers = new TwoServers();
  await using client = createClient(Work, "http://two.example/rpc", { exchange, fetch: servers.fetch });
  const call = outcomeOf(client.work("call", { timeoutMs: 3_000 }));
  assert(await eventually(() => servers.begun.length === 1), "The call was not begun");
  servers.replace();
  await servers.first.stop();
  assertMatch(await call, /^unavailable: /);
  await pause(200);
  assertEquals(servers.begun, ["call on the first"]);
}

/** What a server refuses because it is stopping begins on the other one, once. */
async function refusedBeginsElsewhere(exchange: Carrier): Promise<void> {
  await using servers = new TwoServers();
  await using client = createClient(Work, "http://two.example/rpc", { exchange, fetch: servers.fetch });
  const running = outcomeOf(client.work("running", { timeoutMs: 3_000 }), 3_000);
  assert(await eventually(() => servers.begun.length === 1), "The call was not begun");
  servers.replace();
  const stopped = servers.first.stop(2_000);
  assertEquals(await outcomeOf(client.work("new", { timeoutMs: 2_000 })), '"second"');
  servers.released.open();
  assertEquals(await running, '"first"');
  await stopped;
  assertEquals(servers.begun, ["running on the first", "new on the second"]);
}

for (const carrier of ["single", "duplex", "pair"] as const) {
  Deno.test(`A call that is cut off by stop(0) does not begin again, on ${carrier}`, () =>
    cutOffIsNotRepeated(carrier));
}

// All requests of a *pair* have to reach the same server.
for (const carrier of ["single", "duplex"] as const) {
  Deno.test(`A call that a stopping server refuses begins elsewhere, on ${carrier}`, () =>
    refusedBeginsElsewhere(carrier));
}
