/** What stands between an end and a servicer of calls, or between a client and its end: it may copy what they subscribe. */
import { assertEquals } from "@std/assert";
import { type End, invocationEnd, type OperationSubscription, serviceEnd, type Servicer } from "../../src/ends/mod.ts";
import { joinLinks, servicer } from "../../src/links/mod.ts";
import { createClient, defineService, implement, serverStreaming, unary } from "../../mod.ts";

const Sample = defineService("demo.Sample", {
  double: unary<number, number>(),
  upTo: serverStreaming<number, number>(),
});

/** Copies a subscription as who replaces one part of it does, and counts what passes. */
function counted(subscription: OperationSubscription, count: () => void): OperationSubscription {
  if (subscription.kind !== "full") return subscription;
  const advance: typeof subscription.operator.advance = (step) => {
    count();
    subscription.operator.advance(step);
  };
  return { ...subscription, operator: { advance } };
}

Deno.test("servicer(): what it subscribes can be copied with another operator, on both sides", async () => {
  const inner = servicer(implement(Sample, {
    double: (n) => 2 * n,
    *upTo(n) {
      for (let i = 0; i < n; i++) yield i;
    },
  }));
  let served = 0;
  const wrapped: Servicer = {
    service: (...args) => counted(inner.service(...args), () => served++),
  };
  let heard = 0;
  const service = serviceEnd(wrapped);
  const invocation = invocationEnd();
  joinLinks(invocation, service);
  service.start();
  invocation.start();
  const counting: End = {
    acceptTicket: (ticket) => invocation.acceptTicket(ticket),
    joinLink: (link) => invocation.joinLink(link),
    start: () => invocation.start(),
    stop: (graceMs) => invocation.stop(graceMs),
    operationStats: () => invocation.operationStats(),
    addIdleAction: (action) => invocation.addIdleAction(action),
    operate: (group, method, subscription, options) =>
      invocation.operate(group, method, counted(subscription, () => heard++), options),
  };
  const client = createClient(Sample, counting);
  assertEquals(await client.double(21), 42);
  assertEquals(await Array.fromAsync(client.upTo(3)), [0, 1, 2]);
  assertEquals([served > 1, heard > 3], [true, true]);
  await Promise.all([invocation.stop(0), service.stop(0)]);
});
