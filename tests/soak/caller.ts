import { type CallOptions, type Client, RpcError } from "../../src/client.ts";
import { CALL_KEY, type Message, message, messageProblem, type Missing, type Soak } from "./contract.ts";
import { WORK_MS } from "./handlers.ts";
import { pause } from "./pause.ts";
import type { Plan } from "./plan.ts";

/** The clients of one channel. */
export interface Clients {
  readonly soak: Client<typeof Soak.methods>;
  readonly missing: Client<typeof Missing.methods>;
}

/** A call has brought something that it should not have. */
export class WrongAnswer extends Error {}

/**
 * Milliseconds of a call that is not to expire: long enough that one which does has been forgotten by somebody, since
 * every loss is to be noticed within seconds.
 */
const PATIENCE_MS = 60_000;

/**
 * Makes a call as planned.
 *
 * @returns `"ok"`, or the code of the error.
 * @throws {WrongAnswer} If messages are missing, doubled, in another order or altered.
 */
export async function makeCall(clients: Clients, plan: Plan): Promise<string> {
  using bounds = new CallBounds(plan);
  try {
    await CALLS[plan.kind](clients, plan, bounds.options);
    return "ok";
  } catch (error) {
    if (error instanceof RpcError) return error.code;
    throw error;
  }
}

/** What a caller says with a call, and the timer that aborts it. */
class CallBounds implements Disposable {
  readonly options: CallOptions;
  readonly #timer: ReturnType<typeof setTimeout> | undefined;

  constructor({ ending, afterMs, order }: Plan) {
    const metadata = { [CALL_KEY]: String(order.call) };
    const controller = new AbortController();
    const { signal } = controller;
    if (ending === "aborted") this.#timer = setTimeout(() => controller.abort(), afterMs);
    const timeoutMs = ending === "expired" ? afterMs : ending === "prolonged" ? WORK_MS / 2 : PATIENCE_MS;
    const onStart = ending === "prolonged" ? PROLONG : undefined;
    this.options = { metadata, signal, timeoutMs, onStart };
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}

const PROLONG: CallOptions["onStart"] = (call) => call.changeTimeout(PATIENCE_MS);

type MakeCall = (clients: Clients, plan: Plan, options: CallOptions) => Promise<unknown>;

const CALLS: Readonly<Record<Plan["kind"], MakeCall>> = {
  "unary": async ({ soak }, plan, options) => checkAnswer(await soak.one(first(plan), options), plan, 0),
  "server_streaming": ({ soak }, plan, options) => readAll(soak.many(first(plan), options), plan, plan.order.responses),
  "client_streaming": async ({ soak }, plan, options) =>
    checkAnswer(await soak.fold(requests(plan), options), plan, plan.requests),
  "bidi_streaming": ({ soak }, plan, options) => readAll(soak.both(requests(plan), options), plan, plan.requests),
  "one way": ({ soak }, plan, options) => soak.one(first(plan), { ...options, oneWay: true }),
  "response discarded": ({ soak }, plan, options) => soak.one(first(plan), { ...options, discardResponse: true }),
  "missing": async ({ missing }, plan, options) => void await missing.one(first(plan), options),
};

function first({ order }: Plan): Message {
  return message(order.call, 0, order.bytes, order);
}

function* requests(plan: Plan): Generator<Message> {
  const { order: { call, bytes, at }, ending } = plan;
  for (let index = 0; index < plan.requests; index++) {
    if (ending === "source failed" && index === at) throw new Error("The caller's stream fails on purpose");
    yield index === 0 ? first(plan) : message(call, index, bytes);
  }
}

async function readAll(responses: AsyncIterable<Message>, plan: Plan, expected: number): Promise<void> {
  let count = 0;
  for await (const response of responses) {
    checkAnswer(response, plan, count);
    count += 1;
    if (plan.ending === "left" && count > plan.order.at) return;
    if (plan.readerPaceMs > 0) await pause(plan.readerPaceMs);
  }
  if (count !== expected) {
    throw new WrongAnswer(`call ${plan.order.call} ended well with ${count} responses of ${expected}`);
  }
}

function checkAnswer(answer: Message, { order: { call, bytes } }: Plan, index: number): void {
  const problem = messageProblem(answer, call, index, bytes);
  if (problem !== undefined) throw new WrongAnswer(problem);
}
