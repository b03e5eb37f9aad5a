import { assert, assertEquals, assertFalse } from "@std/assert";
import { Code, isCode, MethodKind, ProtocolKind, Subscription, Termination } from "../../src/links/mod.ts";

/** The enumerations of SEMANTICS §1, written out: they are a contract with other implementations of `Link`. */
const ENUMERATIONS: readonly (readonly [string, object, Readonly<Record<string, string>>])[] = [
  ["MethodKind", MethodKind, {
    UNARY: "unary",
    SERVER_STREAMING: "server_streaming",
    CLIENT_STREAMING: "client_streaming",
    BIDI_STREAMING: "bidi_streaming",
  }],
  ["Subscription", Subscription, { NONE: "none", TERMINATION: "termination", FULL: "full" }],
  ["Termination", Termination, {
    COMPLETION: "completion",
    CANCELLATION: "cancellation",
    EXPIRATION: "expiration",
    SHUTDOWN: "shutdown",
    RECEPTION_FAILURE: "reception failure",
    TRANSMISSION_FAILURE: "transmission failure",
    LOCAL_FAILURE: "local failure",
    REMOTE_FAILURE: "remote failure",
  }],
  ["ProtocolKind", ProtocolKind, {
    CALL_OPTION: "call option",
    INVOCATION_CONTEXT: "invocation context",
    SERVICER_CONTEXT: "servicer context",
  }],
  ["Code", Code, {
    OK: "ok",
    CANCELLED: "cancelled",
    UNKNOWN: "unknown",
    INVALID_ARGUMENT: "invalid_argument",
    DEADLINE_EXCEEDED: "deadline_exceeded",
    NOT_FOUND: "not_found",
    ALREADY_EXISTS: "already_exists",
    PERMISSION_DENIED: "permission_denied",
    RESOURCE_EXHAUSTED: "resource_exhausted",
    FAILED_PRECONDITION: "failed_precondition",
    ABORTED: "aborted",
    OUT_OF_RANGE: "out_of_range",
    UNIMPLEMENTED: "unimplemented",
    INTERNAL: "internal",
    UNAVAILABLE: "unavailable",
    DATA_LOSS: "data_loss",
    UNAUTHENTICATED: "unauthenticated",
  }],
];

for (const [name, actual, expected] of ENUMERATIONS) {
  Deno.test(`${name} has these members and is frozen`, () => {
    assertEquals({ ...actual }, { ...expected });
    assert(Object.isFrozen(actual));
  });
}

Deno.test("isCode() takes the seventeen codes and nothing else", () => {
  const codes = Object.values(Code);
  assertEquals(codes.length, 17);
  for (const code of codes) assert(isCode(code));
  const others = ["OK", "", "not found", "toString", "__proto__", 0, 5, null, undefined, {}, Code];
  for (const other of others) assertFalse(isCode(other));
});
