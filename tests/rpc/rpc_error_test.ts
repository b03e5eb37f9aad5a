import { assert, assertEquals, assertInstanceOf, assertStrictEquals, assertThrows } from "@std/assert";
import { Code } from "../../src/links/mod.ts";
import { RpcError } from "../../mod.ts";

Deno.test("RpcError() carries code, message, metadata, details and cause", () => {
  const cause = new Error("behind it");
  const error = new RpcError(Code.NOT_FOUND, "No user 5", { metadata: { retry: "no" }, details: [5], cause });
  assertInstanceOf(error, Error);
  assertEquals([error.name, error.code, error.message], ["RpcError", "not_found", "No user 5"]);
  assertEquals([error.metadata, error.details, error.origin], [[["retry", "no"]], [5], "local"]);
  assertStrictEquals(error.cause, cause);
});

Deno.test("RpcError() without options has empty metadata, no details and no cause", () => {
  const error = new RpcError(Code.ABORTED, "Lost");
  assertEquals([error.metadata, error.details, "cause" in error], [[], [], false]);
});

Deno.test("RpcError() refuses a code that is none", () => {
  assertThrows(() => new RpcError("gone" as Code, "Gone"), TypeError, "expected a code, got gone");
});

Deno.test("RpcError() refuses the code of success", () => {
  assertThrows(() => new RpcError(Code.OK, "Fine"), RangeError, '"ok" is no failure');
});

Deno.test("RpcError() refuses reserved metadata", () => {
  const metadata = { "ticketlink-details": "mine" };
  assertThrows(() => new RpcError(Code.ABORTED, "Lost", { metadata }), TypeError, "are reserved");
});

Deno.test("RpcError.toString() has the code", () => {
  assertEquals(String(new RpcError(Code.ABORTED, "Lost")), "RpcError [aborted]: Lost");
});

Deno.test("RpcError.toJSON() has what crosses the wire, and neither cause nor stack", () => {
  const error = new RpcError(Code.ABORTED, "Lost", {
    metadata: { at: "sea" },
    details: [5],
    cause: new Error("secret"),
  });
  assertEquals(JSON.parse(JSON.stringify(error)), {
    name: "RpcError",
    code: "aborted",
    message: "Lost",
    origin: "local",
    metadata: [["at", "sea"]],
    details: [5],
  });
});

Deno.test("RpcError.toJSON() has a bigint among the details as text, so that a log does not fail for it", () => {
  const error = new RpcError(Code.ABORTED, "Lost", { details: [{ id: 12n, at: new Date(0) }] });
  assertEquals(JSON.parse(JSON.stringify(error)).details, [{ id: "12", at: "1970-01-01T00:00:00.000Z" }]);
});

Deno.test("the stack of an RpcError begins with its class", () => {
  assert(new RpcError(Code.ABORTED, "Lost").stack?.startsWith("RpcError: Lost"));
});

Deno.test("RpcError.from() leaves an RpcError as it is", () => {
  const error = new RpcError(Code.ABORTED, "Lost");
  assertStrictEquals(RpcError.from(error, Code.INTERNAL), error);
});

Deno.test("RpcError.from() takes an AbortError for a cancellation", () => {
  const cause = new DOMException("Gone", "AbortError");
  const error = RpcError.from(cause);
  assertEquals(error.code, "cancelled");
  assertStrictEquals(error.cause, cause);
});

Deno.test("RpcError.from() takes a TimeoutError for a deadline that has passed", () => {
  assertEquals(RpcError.from(new DOMException("Late", "TimeoutError")).code, "deadline_exceeded");
});

Deno.test("RpcError.from() keeps the text of anything else in the cause", () => {
  const cause = new Error("password is 1234");
  const error = RpcError.from(cause);
  assertEquals([error.code, error.message], ["unknown", "Call failed"]);
  assertStrictEquals(error.cause, cause);
});

Deno.test("RpcError.from() uses the given code for what has none", () => {
  assertEquals(RpcError.from("text", Code.DATA_LOSS).code, "data_loss");
});
