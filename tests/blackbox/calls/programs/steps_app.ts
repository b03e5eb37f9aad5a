/**
 * A service whose handlers say what they find in an `AsyncLocalStorage`, for the servers of all runtimes: at `/interceptor/rpc`
 * an interceptor runs each call with a name in it, at `/middleware/rpc` middleware does.
 *
 * @module
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { Hono } from "hono";
import {
  bidiStreaming,
  defineService,
  implement,
  serverStreaming,
  ticketHandler,
  unary,
  type UpgradeWebSocket,
} from "@ticketlink/ticketlink/server";

/** The service. */
export const Steps = defineService("context.Steps", {
  once: unary<void, string>(),
  seen: serverStreaming<void, string>(),
  chat: bidiStreaming<number, string>(),
});

const storage = new AsyncLocalStorage<string>();
const seenNow = (): string => storage.getStore() ?? "nothing";

const steps = implement(Steps, {
  once: () => seenNow(),
  async *seen() {
    yield seenNow();
    yield seenNow();
    await new Promise((resolve) => setTimeout(resolve, 5));
    yield seenNow();
  },
  async *chat(numbers) {
    yield seenNow();
    for await (const _number of numbers) yield seenNow();
  },
});

/** Makes the app; what upgrades may need the app itself, as on Node. */
export function stepsApp(upgrading: (app: Hono) => UpgradeWebSocket): Hono {
  const app = new Hono();
  const upgradeWebSocket = upgrading(app);
  app.all(
    "/interceptor/rpc",
    ticketHandler(steps, {
      upgradeWebSocket,
      interceptors: [(next) => (request) => storage.run("Ada", () => next(request))],
    }),
  );
  app.use("/middleware/*", (_context, next) => storage.run("Ada", next));
  app.all("/middleware/rpc", ticketHandler(steps, { upgradeWebSocket }));
  return app;
}
