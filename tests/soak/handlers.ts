import { type HandlerContext, implement, type Implementation, RpcError } from "../../src/server.ts";
import { type Message, message, messageProblem, type Order, Soak } from "./contract.ts";
import { pause } from "./pause.ts";

/** What handlers throw on purpose and is not meant for the caller. */
export class ThrownOnPurpose extends Error {}

/** Milliseconds that a handler works: longer than its call has, unless its caller gives it more. */
export const WORK_MS = 60;

/** Implements {@linkcode Soak}: its handlers do what each call orders. */
export const soakImplementation: Implementation = implement(Soak, {
  async one(request, ctx) {
    const order = await take(request, 0, undefined);
    await act(order, 0, ctx);
    return answer(order, 0);
  },

  async *many(request, ctx) {
    const order = await take(request, 0, undefined);
    for (let index = 0; index < order.responses; index++) {
      await act(order, index, ctx);
      yield answer(order, index);
    }
  },

  async fold(requests, ctx) {
    let order: Order | undefined;
    let count = 0;
    for await (const request of requests) {
      order = await take(request, count, order);
      await act(order, count, ctx);
      count += 1;
    }
    if (order === undefined) throw new Error("A call came without an order");
    return answer(order, count);
  },

  async *both(requests, ctx) {
    let order: Order | undefined;
    let count = 0;
    for await (const request of requests) {
      order = await take(request, count, order);
      await act(order, count, ctx);
      yield answer(order, count);
      count += 1;
    }
  },
});

/** Checks a request; returns the order of its call. */
async function take(request: Message, index: number, known: Order | undefined): Promise<Order> {
  const order = known ?? request.order;
  if (order === undefined) throw new Error("A call came without an order");
  const problem = messageProblem(request, order.call, index, order.bytes);
  if (problem !== undefined) throw new Error(`A request is wrong: ${problem}`);
  if (order.paceMs > 0) await pause(order.paceMs);
  return order;
}

function answer(order: Order, index: number): Message {
  return message(order.call, index, order.bytes);
}

/** Does what is ordered for this message. */
async function act(order: Order, index: number, ctx: HandlerContext): Promise<void> {
  if (order.paceMs > 0) await pause(order.paceMs);
  if (index !== order.at) return;
  switch (order.then) {
    case "refuse":
      throw new RpcError("failed_precondition", "Refused on purpose", { details: [{ index }] });
    case "throw":
      throw new ThrownOnPurpose("Not for the caller");
    case "hang":
      return await aborted(ctx.signal);
    case "work":
      return await pause(WORK_MS);
  }
}

/** Rejects when the call ends before its time. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
