import { assertThrows } from "@std/assert";
import { connect, createClient, defineService, implement, ticketHandler, unary } from "../../mod.ts";
import { invocationEnd, servicer } from "../../src/links/mod.ts";
import { invocationLink, serviceLink } from "../../src/transport/mod.ts";

const Greeter = defineService("test.Greeter", { hello: unary<string, string>() });
const greeter = implement(Greeter, { hello: (name) => name });

/** Everything that takes options in groups. */
const TAKERS: Readonly<Record<string, (options: object) => unknown>> = {
  "invocationLink()": (options) => invocationLink("/rpc", options),
  "serviceLink()": (options) => serviceLink(options),
  "connect()": (options) => connect("/rpc", options),
  "createClient() with a URL": (options) => createClient(Greeter, "/rpc", options),
  "createClient() with an end": (options) => createClient(Greeter, invocationEnd(), options),
  "servicer()": (options) => servicer(greeter, options),
  "ticketHandler()": (options) => ticketHandler(greeter, options),
};

const SERVERS: readonly string[] = ["serviceLink()", "servicer()", "ticketHandler()"];

/** What is wrong, and what is said about it. */
const MISPLACED: readonly (readonly [object, string])[] = [
  [{ maxFrameBytes: 1_024 }, 'Cannot use option "maxFrameBytes": it is limits.maxFrameBytes'],
  [{ windowBytes: 1_024 }, 'Cannot use option "windowBytes": it is flow.windowBytes'],
  [{ idleMs: 1_000 }, 'Cannot use option "idleMs": it is timeouts.idleMs'],
  [{ limits: { idleMs: 1_000 } }, 'Cannot use option "limits.idleMs": it is timeouts.idleMs'],
  [{ timeouts: { timeout: 1_000 } }, 'Cannot use option "timeouts.timeout": there is none of that name'],
  [{ limits: { toString: 1 } }, 'Cannot use option "limits.toString": there is none of that name'],
  [{ flow: 5 }, 'Cannot use option "flow": expected an object of options, got number'],
  [{ timeouts: null }, 'Cannot use option "timeouts": expected an object of options, got null'],
];

Deno.test("options of a server are refused by clients, and those of a client by servers", () => {
  const says = (owner: string) => `only a ${owner} has it`;
  for (const [taker, take] of Object.entries(TAKERS)) {
    const [other, options] = SERVERS.includes(taker)
      ? ["client", { limits: { maxRequestBytes: 1_000_000 } }] as const
      : ["server", { limits: { maxOperations: 10 } }] as const;
    assertThrows(() => take(options), TypeError, says(other));
  }
});

for (const [taker, take] of Object.entries(TAKERS)) {
  Deno.test(`${taker} refuses options that stand in the wrong place`, () => {
    for (const [options, message] of MISPLACED) assertThrows(() => take(options), TypeError, message);
  });

  Deno.test(`${taker} takes options that are undefined for absent ones`, () => {
    take({ maxFrameBytes: undefined, limits: undefined, flow: { windowBytes: undefined, other: undefined } });
  });
}
