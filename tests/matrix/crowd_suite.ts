import { assertEquals, assertLessOrEqual } from "@std/assert";
import type { OutcomeKind } from "../../src/ends/mod.ts";
import { countedIn } from "../protocol/bench.ts";
import { test } from "../protocol/register.ts";
import { seededRandom } from "../seeded_random.ts";
import { CROWD_KINDS, CrowdInvoker, type CrowdKind, CrowdServicer } from "./crowd.ts";
import type { Environment, Session } from "./environment.ts";
import { LeakWatch } from "./leak_watch.ts";

const SIZE = 1_000;

/** Milliseconds after which the operations that are to expire do. */
const EXPIRY_MS = 150;

/** Milliseconds at least that the service side may take to hear the last of what the invocation side knows. */
const PATIENCE_MS = 5_000;

/**
 * Registers the test with a thousand operations of all kinds at once.
 *
 * @param environment How the ends are connected.
 * @param aliveAtMost What may be alive at most while the operations run, where the environment counts it.
 */
export function crowdSuite(environment: Environment, aliveAtMost: Readonly<Record<string, number>> = {}): void {
  test(`${environment.name}: a thousand operations at once, each ends as it should and nothing is left`, async () => {
    using watch = new LeakWatch();
    const servicer = new CrowdServicer();
    const session = await environment.open(servicer);
    await using closing = new AsyncDisposableStack();
    closing.defer(() => session.close());
    const random = seededRandom(1_000);
    const kinds = Array.from({ length: SIZE }, (_, index) => CROWD_KINDS[index % CROWD_KINDS.length] as CrowdKind);
    const invokers = random.shuffle(kinds).map((kind) => new CrowdInvoker(kind));
    const ended = invokers.map((invoker) => begin(session, invoker));
    await session.elapse(0);
    checkAlive(session, aliveAtMost);
    await session.elapse(EXPIRY_MS);
    await Promise.all(ended);
    for (let left = PATIENCE_MS; left > 0 && servicer.ended < SIZE; left--) await session.elapse(1);
    assertEquals(servicer.ended, SIZE);
    checkAlive(session, aliveAtMost);
    for (const invoker of invokers) check(invoker);
    checkCounts(session, kinds);
    await becomesIdle(session);
    await closing.disposeAsync();
    assertEquals(watch.left(), { listeners: 0, lockedStreams: 0 });
  });
}

function checkAlive(session: Session, atMost: Readonly<Record<string, number>>): void {
  for (const [name, most] of Object.entries(atMost)) assertLessOrEqual(session.alive()[name], most, name);
}

/** Begins one operation; resolves when it has ended. */
function begin({ invocation }: Session, invoker: CrowdInvoker): Promise<void> {
  const { method } = invoker.kind;
  const options = invoker.options(EXPIRY_MS);
  const { context, operator } = invocation.operate("crowd", method, invoker.subscription(), options);
  invoker.begin(context, operator);
  return new Promise((resolve) => void context.addTerminationCallback(() => resolve()));
}

function check({ kind, received, context }: CrowdInvoker): void {
  const { method, subscription, responses, outcomes, code } = kind;
  const outcome = context?.outcome();
  const seen = [method, subscription, outcome?.kind, outcome?.code, received.length];
  assertEquals(seen, [method, subscription, outcomes[0], code, responses]);
  if (method === "echo") assertEquals(received, Array.from({ length: responses }, (_, index) => `request ${index}`));
}

function checkCounts(session: Session, kinds: readonly CrowdKind[]): void {
  const expected: [Partial<Record<OutcomeKind, number>>, Partial<Record<OutcomeKind, number>>] = [{}, {}];
  for (const { outcomes } of kinds) {
    for (const end of [0, 1] as const) expected[end][outcomes[end]] = (expected[end][outcomes[end]] ?? 0) + 1;
  }
  assertEquals([countedIn(session.invocation), countedIn(session.service)], expected);
  const thrown = kinds.filter(({ method }) => method === "throw").length;
  assertEquals(session.errors.map(String), Array(thrown).fill("Error: thrown on purpose"));
}

/** Both ends have no operation left. */
async function becomesIdle({ invocation, service, elapse }: Session): Promise<void> {
  let idle = 0;
  for (const end of [invocation, service]) end.addIdleAction(() => idle += 1);
  await elapse(0);
  assertEquals(idle, 2);
}
