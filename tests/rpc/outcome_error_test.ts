import { assertEquals } from "@std/assert";
import { type Outcome, OutcomeKind } from "../../src/ends/mod.ts";
import { Code } from "../../src/links/mod.ts";
import { EMPTY_TRAILER, outcomeError } from "../../src/rpc/error_mapping.ts";

/** What a caller learns of an outcome: code, origin, text. */
function learn(kind: OutcomeKind, code?: unknown, message?: unknown): unknown {
  const outcome: Outcome = { kind, code, message };
  const error = outcomeError(outcome, "demo/run", EMPTY_TRAILER);
  return error === undefined ? undefined : [error.code, error.origin, error.message];
}

Deno.test("outcomeError() takes COMPLETED without a code for success", () => {
  assertEquals(learn(OutcomeKind.COMPLETED, undefined, "with a message"), undefined);
});

Deno.test("outcomeError() takes COMPLETED with the code of success for success", () => {
  assertEquals(learn(OutcomeKind.COMPLETED, Code.OK), undefined);
});

const FAILURES = Object.values(Code).filter((code) => code !== Code.OK);
for (const code of FAILURES) {
  Deno.test(`outcomeError() hands ${code} on from a completion`, () => {
    assertEquals(learn(OutcomeKind.COMPLETED, code, "Because"), [code, "peer", "Because"]);
  });
}

Deno.test("outcomeError() takes a completion's code that is none of the set for UNKNOWN", () => {
  assertEquals(learn(OutcomeKind.COMPLETED, 5, 6), ["unknown", "peer", "Call failed"]);
});

Deno.test("outcomeError() hands on the metadata and details of a completion", () => {
  const error = outcomeError(
    { kind: OutcomeKind.COMPLETED, code: Code.ABORTED, message: "" },
    "demo/run",
    { metadata: [["a", "1"]], details: [2] },
  );
  assertEquals([error?.metadata, error?.details], [[["a", "1"]], [2]]);
});

const ABORTS: readonly (readonly [kind: OutcomeKind, code: Code, origin: string, text: string])[] = [
  [OutcomeKind.CANCELLED, Code.CANCELLED, "peer", "was cancelled"],
  [OutcomeKind.EXPIRED, Code.DEADLINE_EXCEEDED, "local", "expired: its timeout has passed"],
  [OutcomeKind.LOCAL_SHUTDOWN, Code.UNAVAILABLE, "local", "was ended: this side stops"],
  [OutcomeKind.REMOTE_SHUTDOWN, Code.UNAVAILABLE, "peer", "was ended: the other side stops"],
  [OutcomeKind.RECEPTION_FAILURE, Code.INTERNAL, "peer", "broke a rule of the protocol"],
  [OutcomeKind.TRANSMISSION_FAILURE, Code.UNAVAILABLE, "transport", "lost its link"],
  [OutcomeKind.LOCAL_FAILURE, Code.INTERNAL, "local", "failed on this side"],
  [OutcomeKind.REMOTE_FAILURE, Code.INTERNAL, "peer", "failed on the other side"],
];

for (const [kind, code, origin, text] of ABORTS) {
  Deno.test(`outcomeError() takes ${kind} for ${code} by ${origin}`, () => {
    assertEquals(learn(kind), [code, origin, `Call demo/run ${text}`]);
  });
}

const TOLD: readonly (readonly [kind: OutcomeKind, origin: string])[] = [
  [OutcomeKind.REMOTE_SHUTDOWN, "peer"],
  [OutcomeKind.RECEPTION_FAILURE, "peer"],
  [OutcomeKind.TRANSMISSION_FAILURE, "transport"],
  [OutcomeKind.LOCAL_FAILURE, "peer"],
];

for (const [kind, origin] of TOLD) {
  Deno.test(`outcomeError() hands on the code and message of ${kind}`, () => {
    assertEquals(learn(kind, Code.RESOURCE_EXHAUSTED, "Too much"), ["resource_exhausted", origin, "Too much"]);
  });
}

Deno.test("outcomeError() does not let a peer's abort claim success", () => {
  assertEquals(learn(OutcomeKind.TRANSMISSION_FAILURE, Code.OK, "Fine"), ["unavailable", "transport", "Fine"]);
});

Deno.test("outcomeError() does not let a peer choose what its own cancellation means", () => {
  assertEquals(learn(OutcomeKind.CANCELLED, Code.DATA_LOSS), ["cancelled", "peer", "Call demo/run was cancelled"]);
});
