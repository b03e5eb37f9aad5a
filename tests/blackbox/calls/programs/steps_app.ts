/**
 * A service whose handlers say what they find in an `AsyncLocalStorage`, for the servers of all runtimes: at `/interceptor/rpc`
 * an interceptor runs each call with a name in it, at `/middleware/rpc` middleware does,
 * with the name that the request's header `x-name` or the parameter `name` of its query gives.
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
  /** So many messages, more than a window has. */
  many: serverStreaming<number, string>(),
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
  async *many(count) {
    for (let i = 0; i < count; i++) yield seenNow();
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
  app.use(
    "/middleware/*",
    ({ req }, next) => storage.run(req.header("x-name") ?? req.query("name") ?? "Ada", next),
  );
  app.all("/middleware/rpc", ticketHandler(steps, { upgradeWebSocket }));
  return app;
}
