import { assertEquals } from "@std/assert";
import { invocationEnd, serviceEnd } from "../../src/ends/mod.ts";
import type { Clock } from "../../src/clock.ts";
import { NULL_LINK, type Ticket } from "../../src/links/mod.ts";
import { virtualClock } from "../../src/testing/mod.ts";

/** A clock that counts how often it is read. */
function countingClock() {
  const clock = virtualClock();
  const counts = { readings: 0 };
  const counting: Clock = {
    now: () => {
      counts.readings += 1;
      return clock.now();
    },
    setTimer: (callback, delayMs) => clock.setTimer(callback, delayMs),
    clearTimer: (timer) => clock.clearTimer(timer),
  };
  return { clock, counting, counts };
}

const TIMEOUT = 1_000;

Deno.test("S23 an end reads the clock once for all operations that begin together", async () => {
  const { clock, counting, counts } = countingClock();
  const end = invocationEnd({ clock: counting });
  end.start();
  end.joinLink(NULL_LINK);
  const contexts = [1, 2, 3].map(() =>
    end.operate("group", "method", { kind: "full", operator: { advance() {} } }, { timeout: TIMEOUT }).context
  );
  await clock.runMicrotasks();
  assertEquals([counts.readings, clock.pendingTimers], [1, 1]);
  await clock.advance(400);
  assertEquals(contexts.map((context) => context.timeRemaining()), [600, 600, 600]);
  await clock.advance(600);
  assertEquals(contexts.map((context) => context.outcome()?.kind), ["expired", "expired", "expired"]);
  await end.stop(0);
});

Deno.test("S23, S28 the time of an operation that is asked for it starts then at the latest", async () => {
  const clock = virtualClock();
  const end = invocationEnd({ clock });
  end.start();
  const { context } = end.operate("group", "method", { kind: "none" }, { timeout: TIMEOUT });
  assertEquals(context.timeRemaining(), TIMEOUT);
  context.changeTimeout(300);
  assertEquals(context.timeRemaining(), 300);
  await clock.advance(300);
  assertEquals(context.outcome()?.kind, "expired");
});

Deno.test("S23 an end that has served an operation within the turn sets no timer for it", async () => {
  const { clock, counting, counts } = countingClock();
  const end = serviceEnd({
    service(_group, _method, _context, output) {
      output.advance({ completion: {} });
      return { kind: "none" };
    },
  }, { clock: counting });
  end.start();
  const answers: Ticket[] = [];
  end.joinLink({ acceptTicket: (ticket) => answers.push(ticket), joinLink() {} });
  for (const operationId of [1, 2, 3]) {
    const sent = { group: "group", method: "method", subscription: "full", termination: "completion" } as const;
    end.acceptTicket({ operationId, sequenceNumber: 0, timeout: TIMEOUT, ...sent });
  }
  await clock.runMicrotasks();
  assertEquals(answers.map(({ termination }) => termination), ["completion", "completion", "completion"]);
  assertEquals([end.operationStats().completed, counts.readings, clock.pendingTimers], [3, 0, 0]);
});
