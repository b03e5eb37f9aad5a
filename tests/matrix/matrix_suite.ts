import { assertEquals } from "@std/assert";
import { countedIn } from "../protocol/bench.ts";
import { test } from "../protocol/register.ts";
import type { Environment } from "./environment.ts";
import { type Duplex, ENDINGS, type MatrixCase, MatrixInvoker, MatrixServicer, OUTCOMES } from "./matrix_case.ts";
import { payloads } from "./payloads.ts";

/** What an environment sees differently. */
export interface MatrixOptions {
  /** The kinds of conversation that it can carry; both by default. */
  readonly duplexes?: readonly Duplex[];
  /** Outcomes that differ from those of the tables of S29 and S30. */
  readonly outcomes?: Partial<typeof OUTCOMES>;
  /**
   * Whether the servicer is granted as the transport takes its payloads, not as the invoker does (S46): then its abort may
   * overtake some (S7).
   */
  readonly servicerMayOvertake?: boolean;
}

/**
 * Registers {half duplex, full duplex} × {0, 1, 200 payloads} × {completion, cancellation by either side, expiration,
 * failure in the servicer}, each a test of its own.
 */
export function matrixSuite(environment: Environment, options: MatrixOptions = {}): void {
  for (const duplex of options.duplexes ?? ["half", "full"]) {
    for (const count of [0, 1, 200]) {
      for (const ending of ENDINGS) {
        test(
          `${environment.name}: ${duplex} duplex, ${count} payloads, ${ending}`,
          () => runCase(environment, { duplex, count, ending }, options),
        );
      }
    }
  }
}

async function runCase(environment: Environment, cell: MatrixCase, options: MatrixOptions): Promise<void> {
  const servicer = new MatrixServicer(cell);
  const session = await environment.open(servicer);
  await using closing = new AsyncDisposableStack();
  closing.defer(() => session.close());
  const invoker = new MatrixInvoker(cell);
  invoker.run(session);
  if (cell.ending === "expiration") {
    await invoker.through;
    await invoker.expire(session);
  }
  const outcomes = await Promise.all([invoker.outcome, servicer.outcome]);
  const [atInvocation, atService] = { ...OUTCOMES, ...options.outcomes }[cell.ending];
  assertEquals(outcomes.map(({ kind }) => kind), [atInvocation, atService]);
  if (cell.ending === "completion") {
    assertEquals(outcomes.map(({ code, message }) => [code, message]), [["done", ""], ["sent", null]]);
  }
  assertEquals(servicer.received, payloads("request", cell.count));
  assertEquals(invoker.received, payloads("response", responsesOf(cell, invoker, options)));
  await session.elapse(0);
  assertEquals(countedIn(session.invocation), { [atInvocation]: 1 });
  assertEquals(countedIn(session.service), { [atService]: 1 });
  const errors = cell.ending === "failure in the servicer" ? ["Error: failure in the servicer"] : [];
  assertEquals(session.errors.map(String), errors);
}

/** How many responses the invoker is to have received. */
function responsesOf({ count, ending }: MatrixCase, { received }: MatrixInvoker, options: MatrixOptions): number {
  const byServicer = ending === "cancellation by the servicer" || ending === "failure in the servicer";
  return byServicer && options.servicerMayOvertake === true ? received.length : count;
}
