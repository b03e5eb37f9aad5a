/** What stays on its side of the wire: texts of errors, causes, stacks, names of files (P11.6). Every byte is looked at. */
import { assert, assertEquals, assertInstanceOf, assertRejects, assertStringIncludes } from "@std/assert";
import {
  bidiStreaming,
  clientStreaming,
  createClient,
  defineService,
  RpcError,
  type Serializer,
  serverStreaming,
  type StandardSchema,
  unary,
} from "../../src/client.ts";
import { implement, type TicketHandlerOptions } from "../../src/server.ts";
import { WireTap } from "./wire_tap.ts";

const PASSWORD = "xyzzy-1234";

/** An error as a database might throw it: with a password in whatever it has. */
class DatabaseError extends Error {
  readonly password = PASSWORD;
  override readonly name = `DatabaseError ${PASSWORD}`;

  constructor() {
    super(`Cannot log in with ${PASSWORD}`, { cause: new Error(PASSWORD) });
  }
}

/** What no error may bring across. */
const TELLTALES = [PASSWORD, "DatabaseError", "secrets_test", "file:", ".ts:", "    at ", "stack", "cause"];

function assertKeepsSecrets(tap: WireTap): void {
  const text = tap.text();
  assert(text.includes("test.Vault"), "Nothing was recorded");
  assertEquals(TELLTALES.filter((telltale) => text.includes(telltale)), []);
}

/** A schema whose own code fails where a message arrives; where one is sent, it passes. */
function brokenSchema(): StandardSchema<string> {
  let seen = 0;
  const validate = (value: unknown): { value: string } => {
    seen += 1;
    if (seen > 1) throw new DatabaseError();
    return { value: String(value) };
  };
  return { "~standard": { version: 1, vendor: "test", validate } };
}

/** A serializer that fails to read. */
const UNREADABLE: Serializer<string> = {
  serialize: (text) => new TextEncoder().encode(text),
  deserialize: () => {
    throw new DatabaseError();
  },
};

const Vault = defineService("test.Vault", {
  one: unary<string, unknown>(),
  many: serverStreaming<string, unknown>(),
  fold: clientStreaming<string, unknown>(),
  both: bidiStreaming<string, unknown>(),
  unreadable: unary<string, unknown>({ inputSerializer: UNREADABLE }),
  unchecked: unary({ input: brokenSchema(), output: brokenSchema() }),
});

type VaultHandlers = Parameters<typeof implement<typeof Vault.methods>>[1];
type VaultClient = ReturnType<typeof createClient<typeof Vault.methods>>;

const IDLE: VaultHandlers = {
  one: () => "",
  many: () => [],
  fold: () => "",
  both: () => [],
  unreadable: () => "",
  unchecked: () => "",
};

/** Makes a call that fails, and checks that nothing of why crosses the wire; returns what the caller is told. */
async function failingCall(
  handlers: Partial<VaultHandlers>,
  call: (vault: VaultClient) => Promise<unknown>,
  options?: TicketHandlerOptions,
): Promise<{ readonly error: RpcError; readonly tap: WireTap }> {
  await using tap = new WireTap(implement(Vault, { ...IDLE, ...handlers }), options);
  await using vault = createClient(Vault, "/rpc", { fetch: tap.fetch });
  const error = await assertRejects(() => call(vault), RpcError);
  assertKeepsSecrets(tap);
  return { error, tap };
}

async function readAll(messages: AsyncIterable<unknown>): Promise<void> {
  for await (const _message of messages);
}

/** What handlers throw, none of it meant for the caller. */
const THROWN: readonly (readonly [what: string, thrown: unknown])[] = [
  ["an error", new DatabaseError()],
  ["a text", PASSWORD],
  ["an object", { code: "aborted", message: PASSWORD, stack: PASSWORD }],
  ["an error with a code of ours", Object.assign(new DatabaseError(), { code: "not_found", details: [PASSWORD] })],
];

for (const [what, thrown] of THROWN) {
  const fail = (): never => {
    throw thrown;
  };
  const told = async (handlers: Partial<VaultHandlers>, call: (vault: VaultClient) => Promise<unknown>) => {
    const { error, tap } = await failingCall(handlers, call);
    assertEquals([error.code, error.message, error.details, error.cause], ["unknown", "Handler failed", [], undefined]);
    assertEquals(tap.errors, [thrown]);
  };

  Deno.test(`P11.6 ${what} that a handler throws stays at the server: unary`, () =>
    told({ one: fail }, (vault) => vault.one("")));

  Deno.test(`P11.6 ${what} that a handler throws stays at the server: server streaming`, () =>
    told({
      async *many() {
        yield 1;
        fail();
      },
    }, (vault) => readAll(vault.many(""))));

  Deno.test(`P11.6 ${what} that a handler throws stays at the server: client streaming`, () =>
    told({
      async fold(messages) {
        for await (const _message of messages) fail();
      },
    }, (vault) => vault.fold(["", ""])));

  Deno.test(`P11.6 ${what} that a handler throws stays at the server: bidirectional streaming`, () =>
    told({
      async *both(messages) {
        for await (const message of messages) yield message === "" ? fail() : message;
      },
    }, (vault) => readAll(vault.both(["a", ""]))));
}

Deno.test("P11.6 an RpcError brings code, message, metadata and details, and neither its cause nor its stack", async () => {
  class OwnError extends RpcError {
    readonly password = PASSWORD;
  }
  const thrown = new OwnError("aborted", "For all to read", {
    cause: new DatabaseError(),
    metadata: { retry: "later" },
    details: [{ left: 3 }],
  });
  const { error } = await failingCall({ one: () => Promise.reject(thrown) }, (vault) => vault.one(""));
  assertEquals([error.code, error.message, error.origin], ["aborted", "For all to read", "peer"]);
  assertEquals([error.metadata, error.details, error.cause], [[["retry", "later"]], [{ left: 3 }], undefined]);
});

Deno.test("P11.6 what the code around a handler throws stays at the server: details, response, interceptor", async () => {
  const secret = {
    get key(): never {
      throw new DatabaseError();
    },
  };
  const refusal = new RpcError("aborted", "Without details", { details: [secret] });
  const { error } = await failingCall({ one: () => Promise.reject(refusal) }, (vault) => vault.one(""));
  assertEquals([error.code, error.message, error.details], ["aborted", "Without details", []]);

  const response = await failingCall({ one: () => secret }, (vault) => vault.one(""));
  assertEquals([response.error.code, response.tap.errors.length], ["internal", 1]);

  const interceptors = [() => () => Promise.reject(new DatabaseError())];
  const intercepted = await failingCall({}, (vault) => vault.one(""), { interceptors });
  assertEquals([intercepted.error.code, intercepted.error.message], ["unknown", "Handler failed"]);
});

Deno.test("P11.6 what a serializer or a schema throws stays at the server", async () => {
  const unreadable = await failingCall({}, (vault) => vault.unreadable("text"));
  assertEquals(unreadable.error.code, "invalid_argument");
  assertStringIncludes(unreadable.error.message, "its serializer did not accept it");

  const unchecked = await failingCall({}, (vault) => vault.unchecked("text"));
  assertEquals(unchecked.error.code, "internal");
  assertStringIncludes(unchecked.error.message, "its schema failed");
});

Deno.test("P11.6 why a caller gives up stays with the caller: an abort's reason, a stream that throws", async () => {
  const running = Promise.withResolvers<void>();
  const controller = new AbortController();
  const hang = (_request: unknown, { signal }: { readonly signal: AbortSignal }): Promise<never> => {
    running.resolve();
    return new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  };
  const aborted = await failingCall({ one: hang }, async (vault) => {
    const call = vault.one("", { signal: controller.signal });
    await running.promise;
    controller.abort(new DatabaseError());
    return await call;
  });
  assertEquals(aborted.error.code, "cancelled");
  assertInstanceOf(aborted.error.cause, DatabaseError);

  const fold = (messages: AsyncIterable<string>): Promise<void> => readAll(messages);
  const failed = await failingCall({ fold }, (vault) =>
    vault.fold((function* () {
      yield "";
      yield "";
      throw new DatabaseError();
    })()));
  assertInstanceOf(failed.error.cause, DatabaseError);
});

Deno.test("P11.6 a reporter that throws changes nothing of what the caller is told", async () => {
  const onError = (): never => {
    throw new DatabaseError();
  };
  const fail = (): never => {
    throw new DatabaseError();
  };
  const { error } = await failingCall({ one: fail }, (vault) => vault.one(""), { onError });
  assertEquals([error.code, error.message], ["unknown", "Handler failed"]);
});
