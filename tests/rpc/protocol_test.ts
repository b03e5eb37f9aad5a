/** PROTOCOL.md §11: what calls make of operations, each side against a scripted peer that knows nothing of RPC. */
import { assertEquals, assertRejects } from "@std/assert";
import { type End, invocationEnd, serviceEnd } from "../../src/ends/mod.ts";
import { Code, joinLinks, type Metadata, servicer, Subscription, Termination } from "../../src/links/mod.ts";
import {
  clientStreaming,
  createClient,
  defineService,
  type Handlers,
  implement,
  RpcError,
  serverStreaming,
  textSerializer,
  unary,
} from "../../mod.ts";
import { type ScriptedPeer, scriptedPeer } from "../../src/testing/mod.ts";

const Sample = defineService("demo.Sample", {
  double: unary<number, number>(),
  nothing: unary<void, void>(),
  shout: unary<string, string>({ inputSerializer: textSerializer, outputSerializer: textSerializer }),
  upTo: serverStreaming<number, number>(),
  sum: clientStreaming<number, number>(),
});

/** CBOR of small numbers, `undefined` and 300, as RFC 8949 Appendix A has them. */
const CBOR = { one: bytes(0x01), two: bytes(0x02), undefined: bytes(0xf7), threeHundred: bytes(0x19, 0x01, 0x2c) };

function bytes(...values: number[]): Uint8Array {
  return new Uint8Array(values);
}

interface Stage extends AsyncDisposable {
  readonly peer: ScriptedPeer;
  readonly end: End;
}

function stage(end: End): Stage {
  const peer = scriptedPeer();
  joinLinks(peer, end);
  end.start();
  return { peer, end, [Symbol.asyncDispose]: () => end.stop(0) };
}

function server(handlers: Partial<Handlers<typeof Sample.methods>>, reported: unknown[] = []): Stage {
  const refuse = () => {
    throw new Error("No test calls this");
  };
  const all = { double: refuse, nothing: refuse, shout: refuse, upTo: refuse, sum: refuse, ...handlers };
  const onError = (error: unknown) => void reported.push(error);
  return stage(serviceEnd(servicer(implement(Sample, all), { onError })));
}

function client(): Stage {
  return stage(invocationEnd());
}

/** Opens a whole unary operation at a server. */
function call(peer: ScriptedPeer, method: string, payload: unknown): void {
  peer.open({ group: "demo.Sample", method, payload, termination: Termination.COMPLETION });
}

const COMPLETED = { subscription: Subscription.FULL, termination: Termination.COMPLETION };

Deno.test("P11.1 a message of a client without a serializer is one value in a byte string", async () => {
  await using at = client();
  const result = createClient(Sample, at.end).double(300);
  await at.peer.expectTicket({ payload: CBOR.threeHundred });
  at.peer.send({ ...COMPLETED, payload: CBOR.one });
  assertEquals(await result, 1);
});

Deno.test("P11.1 a message of a handler without a serializer is one value in a byte string", async () => {
  await using at = server({ double: (n) => n * 2 });
  call(at.peer, "double", CBOR.one);
  await at.peer.expectTicket({ payload: CBOR.two });
});

Deno.test("P11.1 `undefined` is the byte f7, both ways", async () => {
  await using at = server({ nothing: () => undefined });
  call(at.peer, "nothing", CBOR.undefined);
  await at.peer.expectTicket({ payload: CBOR.undefined });
});

Deno.test("P11.1 a message is what the method's serializer wrote", async () => {
  await using at = server({ shout: (text) => text.toUpperCase() });
  call(at.peer, "shout", new TextEncoder().encode("hey"));
  await at.peer.expectTicket({ payload: new TextEncoder().encode("HEY") });
});

Deno.test("P11.1 a request that is no byte string is the caller's mistake", async () => {
  await using at = server({});
  call(at.peer, "double", 1);
  await at.peer.expectTicket({ termination: Termination.COMPLETION, code: Code.INVALID_ARGUMENT, payload: undefined });
});

Deno.test("P11.1 a response that is no byte string is the server's mistake", async () => {
  await using at = client();
  const result = createClient(Sample, at.end).double(1);
  const rejected = assertRejects(() => result, RpcError);
  await at.peer.expectTicket();
  at.peer.send({ ...COMPLETED, payload: 2 });
  assertEquals((await rejected).code, Code.INTERNAL);
});

Deno.test("P11.2 group and method are the names that the contract has", async () => {
  await using at = client();
  const result = createClient(Sample, at.end).double(1);
  const rejected = assertRejects(() => result, RpcError);
  await at.peer.expectTicket({ group: "demo.Sample", method: "double" });
  at.peer.send({ termination: Termination.SHUTDOWN });
  await rejected;
});

for (const [group, method] of [["demo.Sample", "Double"], ["demo.sample", "double"]] as const) {
  Deno.test(`P11.2 a server has no ${group}/${method}`, async () => {
    await using at = server({ double: (n) => n });
    at.peer.open({ group, method, payload: CBOR.one, termination: Termination.COMPLETION });
    await at.peer.expectTicket({ termination: Termination.REMOTE_FAILURE, code: Code.UNIMPLEMENTED });
  });
}

for (const method of ["double", "upTo"]) {
  Deno.test(`P11.3 a server answers ${method} without a request with invalid_argument`, async () => {
    await using at = server({});
    at.peer.open({ group: "demo.Sample", method, termination: Termination.COMPLETION });
    await at.peer.expectTicket({ termination: Termination.COMPLETION, code: Code.INVALID_ARGUMENT });
  });
}

Deno.test("P11.3 a client takes a success without a response as internal", async () => {
  for (const begin of [(c: SampleClient) => c.double(1), (c: SampleClient) => c.sum([])]) {
    await using at = client();
    const result = begin(createClient(Sample, at.end));
    const rejected = assertRejects(() => result, RpcError);
    await at.peer.expectTicket();
    at.peer.send(COMPLETED);
    assertEquals((await rejected).code, Code.INTERNAL);
  }
});

type SampleClient = ReturnType<typeof createClient<typeof Sample.methods>>;

for (const code of [undefined, Code.OK]) {
  Deno.test(`P11.4 a completion with code ${code} is a success`, async () => {
    await using at = client();
    const result = createClient(Sample, at.end).double(1);
    await at.peer.expectTicket();
    at.peer.send({ ...COMPLETED, payload: CBOR.two, code });
    assertEquals(await result, 2);
  });
}

for (const [sent, taken] of [["not_found", "not_found"], ["NOT_FOUND", "unknown"], [5, "unknown"], [0, "unknown"]]) {
  Deno.test(`P11.4 a completion with code ${JSON.stringify(sent)} is a failure, ${taken}`, async () => {
    await using at = client();
    const result = createClient(Sample, at.end).double(1);
    const rejected = assertRejects(() => result, RpcError);
    await at.peer.expectTicket();
    at.peer.send({ ...COMPLETED, payload: CBOR.two, code: sent, message: "It is gone" });
    const error = await rejected;
    assertEquals([error.code, error.message, error.origin], [taken, "It is gone", "peer"]);
  });
}

/** Makes a call that fails with these trailers and returns the error. */
async function failWith(terminalMetadata: Metadata): Promise<RpcError> {
  await using at = client();
  const result = createClient(Sample, at.end).double(1);
  const rejected = assertRejects(() => result, RpcError);
  await at.peer.expectTicket();
  at.peer.send({ ...COMPLETED, code: Code.ABORTED, terminalMetadata });
  return await rejected;
}

Deno.test("P11.5 details are an array of values under ticketlink-details", async () => {
  const error = await failWith([["ticketlink-details", bytes(0x82, 0x01, 0xf5)], ["seen", "yes"]]);
  assertEquals(error.details, [1, true]);
  assertEquals(error.metadata, [["seen", "yes"]]);
});

Deno.test("P11.5 details that cannot be read are ignored, and the error is there all the same", async () => {
  for (const value of [bytes(0xff), bytes(0x01), "text"]) {
    const error = await failWith([["ticketlink-details", value]]);
    assertEquals([error.code, error.details, error.metadata], [Code.ABORTED, [], []]);
  }
});

Deno.test("P11.5 a server sends details as bytes that are an array", async () => {
  await using at = server({
    double() {
      throw new RpcError(Code.ABORTED, "No", { details: [1, true] });
    },
  });
  call(at.peer, "double", CBOR.one);
  await at.peer.expectTicket({
    code: Code.ABORTED,
    message: "No",
    terminalMetadata: [["ticketlink-details", bytes(0x82, 0x01, 0xf5)]],
  });
});

Deno.test("P11.5 users cannot set reserved keys", async () => {
  await using at = client();
  const sample = createClient(Sample, at.end);
  await assertRejects(() => sample.double(1, { metadata: { "ticketlink-details": "x" } }), TypeError);
  await at.peer.expectNothing();
});

Deno.test("P11.6 what a handler throws that is not meant for the caller is unknown, without text", async () => {
  const secret = new Error("password is 1234", { cause: "more of it" });
  const reported: unknown[] = [];
  await using at = server({
    double() {
      throw secret;
    },
  }, reported);
  call(at.peer, "double", CBOR.one);
  const ticket = await at.peer.expectTicket({ termination: Termination.COMPLETION, code: Code.UNKNOWN });
  assertEquals(/password|1234|more of it|at /.test(JSON.stringify(ticket)), false);
  assertEquals(reported, [secret]);
});
