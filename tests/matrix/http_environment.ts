import { assertEquals } from "@std/assert";
import { Hono } from "npm:hono@^4";
import { upgradeWebSocket } from "npm:hono@^4/deno";
import { invocationEnd, serviceEnd } from "../../src/ends/mod.ts";
import { type FetchFunction, invocationLink, serviceLink } from "../../src/transport/mod.ts";
import { joinLinks } from "../../src/links/mod.ts";
import { countingClock } from "./counting_clock.ts";
import type { Environment } from "./environment.ts";

/** How the requests of a client come to the Hono app. */
interface Server {
  readonly url: string;
  readonly fetch?: FetchFunction;
  close(): Promise<void>;
}

/** Hands requests to the app itself. */
function byRequest(app: Hono): Server {
  return { url: "/tickets", fetch: (input, init) => app.request(input, init), close: () => Promise.resolve() };
}

/** Listens on a port of the loopback interface. */
function bySocket(app: Hono): Server {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, app.fetch);
  return { url: `http://127.0.0.1:${server.addr.port}/tickets`, close: () => server.shutdown() };
}

function httpEnvironment(
  name: string,
  exchange: "duplex" | "single" | "pair" | "socket",
  serve: (app: Hono) => Server,
): Environment {
  return {
    name,
    open: (servicer) => {
      const clock = countingClock();
      const errors: unknown[] = [];
      const onError = (error: unknown): void => void errors.push(error);
      const service = serviceEnd(servicer, { clock, onError });
      const serverLink = serviceLink({ clock, onError, upgradeWebSocket });
      joinLinks(service, serverLink);
      service.start();
      const server = serve(new Hono().all("/tickets", serverLink.handler));
      const invocation = invocationEnd({ clock, onError });
      const clientLink = invocationLink(server.url, { clock, onError, exchange, fetch: server.fetch });
      joinLinks(invocation, clientLink);
      invocation.start();
      const alive = (): Record<string, number> => ({
        timers: clock.pendingTimers,
        exchanges: clientLink.exchangeCount + serverLink.exchangeCount,
        operations: clientLink.operationCount + serverLink.operationCount,
      });
      return Promise.resolve({
        invocation,
        service,
        errors,
        alive,
        elapse: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
        close: async () => {
          await invocation.stop(0);
          await clientLink.close();
          await serverLink.stop(0);
          await service.stop(0);
          await server.close();
          assertEquals(alive(), { timers: 0, exchanges: 0, operations: 0 });
        },
      });
    },
  };
}

/** Over one duplex exchange, without a network. */
export const APP_REQUEST: Environment = httpEnvironment("over app.request, duplex", "duplex", byRequest);

/** Over one duplex exchange and a real socket. */
export const SOCKET: Environment = httpEnvironment("over a socket, duplex", "duplex", bySocket);

/** Over an exchange per operation whose request is complete, without a network. */
export const APP_REQUEST_SINGLE: Environment = httpEnvironment("over app.request, single", "single", byRequest);

/** Over an exchange per operation whose request is complete, and a real socket. */
export const SOCKET_SINGLE: Environment = httpEnvironment("over a socket, single", "single", bySocket);

/** Over one response and many requests, without a network. */
export const APP_REQUEST_PAIR: Environment = httpEnvironment("over app.request, pair", "pair", byRequest);

/** Over one response and many requests, and real sockets. */
export const SOCKET_PAIR: Environment = httpEnvironment("over a socket, pair", "pair", bySocket);

/** Over one WebSocket. */
export const WEB_SOCKET: Environment = httpEnvironment("over a WebSocket", "socket", bySocket);
