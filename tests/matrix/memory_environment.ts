import { assertEquals } from "@std/assert";
import { invocationEnd, serviceEnd } from "../../src/ends/mod.ts";
import { joinLinks } from "../../src/links/mod.ts";
import { memoryLinkPair, virtualClock } from "../../src/testing/mod.ts";
import type { Environment } from "./environment.ts";

/** Two ends joined to each other, on a virtual clock. */
export const MEMORY: Environment = {
  name: "joined in memory",
  open: (servicer) => {
    const clock = virtualClock();
    const errors: unknown[] = [];
    const onError = (error: unknown): void => void errors.push(error);
    const service = serviceEnd(servicer, { clock, onError });
    const invocation = invocationEnd({ clock, onError });
    const pair = memoryLinkPair({ delivery: "microtask" });
    joinLinks(invocation, pair.invocation);
    joinLinks(service, pair.service);
    service.start();
    invocation.start();
    const alive = (): Record<string, number> => ({ timers: clock.pendingTimers });
    return Promise.resolve({
      invocation,
      service,
      errors,
      alive,
      elapse: (ms) => clock.advance(ms),
      close: async () => {
        await invocation.stop(0);
        await service.stop(0);
        assertEquals(alive(), { timers: 0 });
      },
    });
  },
};
