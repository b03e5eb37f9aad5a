import { assertEquals } from "@std/assert";
import { type Course, courseProblem } from "./audit.ts";

const WHOLE: Course = {
  kind: "unary",
  ending: "whole",
  result: "ok",
  atClient: "completed",
  atServer: "completed",
  count: 1,
  first: 0,
};

const FINE: readonly (readonly [what: string, course: Partial<Course>])[] = [
  ["a call that went well", {}],
  ["one whose last word was lost", { atServer: "transmission failure" }],
  ["one that was lost", { result: "unavailable", atClient: "transmission failure", atServer: "absent" }],
  ["one that never started", { result: "unavailable", atClient: "remote shutdown", atServer: "absent" }],
  ["one that expired", { ending: "expired", result: "deadline_exceeded", atClient: "expired", atServer: "expired" }],
  ["a method that is not there", {
    kind: "missing",
    result: "unimplemented",
    atClient: "local failure",
    atServer: "absent",
  }],
  ["a request of which nothing more is known", { kind: "one way", atServer: "absent" }],
];

const WRONG: readonly (readonly [what: string, course: Partial<Course>])[] = [
  ["a wrong answer", { result: "wrong" }],
  ["no answer", { result: "no result" }],
  ["a call that expired for no reason", { result: "deadline_exceeded", atClient: "expired", atServer: "expired" }],
  ["an answer of a server that was not asked", { atServer: "absent" }],
  ["an answer of a server that expired", { atServer: "expired" }],
  ["an operation that still runs", { atServer: "running" }],
  ["one that still runs and whose caller does not care", { kind: "one way", atServer: "running" }],
  ["one that never started and was served", { result: "unavailable", atClient: "remote shutdown" }],
  ["a broken rule", { result: "internal", atClient: "reception failure", atServer: "reception failure" }],
  ["a loss that the end counts as success", { result: "unavailable" }],
  ["a success that the end counts as a loss", { atClient: "transmission failure" }],
];

Deno.test("courseProblem() accepts what may become of a call", () => {
  for (const [what, course] of FINE) assertEquals(courseProblem({ ...WHOLE, ...course }), undefined, what);
});

Deno.test("courseProblem() finds what must not", () => {
  for (const [what, course] of WRONG) assertEquals(typeof courseProblem({ ...WHOLE, ...course }), "string", what);
});
