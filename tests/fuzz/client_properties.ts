import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { decodeValue } from "../../src/cbor/decode.ts";
import { encodeValue } from "../../src/cbor/encode.ts";
import { Termination, type Ticket } from "../../src/links/mod.ts";
import { type ControlItem, ExchangeKind, FrameWriter } from "../../src/wire/mod.ts";
import { controlItem, endItem, fullTicket, type Item, type WrittenTicket } from "./arbitrary_items.ts";
import { value } from "./arbitrary_values.ts";
import { CallingEcho, type EchoCall } from "./calling_echo.ts";
import { contentsOf, joinFrames } from "./framing.ts";
import { type FuzzProperty, fuzzProperty } from "./fuzz_property.ts";
import type { ScriptedAnswer } from "./scripted_answers.ts";
import { chunkSizes, cut, mutate, type Mutation, mutation } from "./mutations.ts";

const EXCHANGE_ID = new Uint8Array(16);
/** What takes the place of a method where there are no streams of both. */
const ON_SINGLE = { one: "one", many: "many", last: "last", each: "many" } as const;
const STILL_THERE: EchoCall = { method: "one", message: "still there", requests: 1, takes: 1 };

const call: fc.Arbitrary<EchoCall> = fc.record({
  method: fc.constantFrom("one", "many", "last", "each"),
  message: value,
  requests: fc.nat({ max: 3 }),
  takes: fc.constantFrom(1, 2, Infinity),
});

/** What a server says next: a ticket of an operation, whether there is one or not, or a control item. */
const step: fc.Arbitrary<Item> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      operation: fc.integer({ min: 1, max: 4 }),
      sequence: fc.constant(undefined),
      ticket: fc.record({
        operationId: fc.constant(0),
        sequenceNumber: fc.constant(0),
        allowance: fc.constantFrom(undefined, undefined, 1, 3),
        payload: fc.option(value.map((message) => encodeValue(message)), { nil: undefined }),
        termination: fc.constantFrom(undefined, undefined, undefined, ...Object.values(Termination)),
      }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      operation: fc.integer({ min: 1, max: 4 }),
      sequence: fc.option(fc.nat({ max: 3 }), { nil: undefined }),
      ticket: fullTicket,
    }),
  },
  { weight: 1, arbitrary: controlItem },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("goaway" as const),
      lastOperation: fc.nat({ max: 3 }),
      message: fc.constantFrom<unknown>(undefined, "Closed for today", 5, null, { toString: 1 }),
    }),
  },
);

const hello: fc.Arbitrary<ControlItem> = fc.record({
  kind: fc.constant("hello" as const),
  versions: fc.constant([1]),
  maxFrameBytes: fc.constantFrom(undefined, 65_536),
  maxOperations: fc.constantFrom(undefined, 1, 2),
  heartbeatMs: fc.constantFrom(undefined, 15_000),
  exchangeId: fc.constantFrom(undefined, EXCHANGE_ID, EXCHANGE_ID),
});

/** Calls, and what a server answers that is not quite honest: some calls less, and some things more than it should. */
interface Talk {
  readonly kind: ExchangeKind;
  readonly calls: readonly EchoCall[];
  readonly response: readonly Item[];
}

const talk: fc.Arbitrary<Talk> = fc.record({
  kind: fc.constantFrom(...Object.values(ExchangeKind)),
  asked: fc.array(call, { minLength: 1, maxLength: 3 }),
  first: hello,
  silentOn: fc.option(fc.nat({ max: 2 }), { nil: undefined }),
  more: fc.array(fc.tuple(fc.nat({ max: 15 }), step), { maxLength: 3 }),
  last: fc.oneof({ weight: 2, arbitrary: fc.constant<Item>({ kind: "end" }) }, { weight: 1, arbitrary: endItem }),
}).map(({ kind, asked, first, silentOn, more, last }) => {
  const calls = kind !== "single" ? asked : asked.map((each) => ({ ...each, method: ON_SINGLE[each.method] }));
  const items: Item[] = answersTo(calls).filter(({ operation }) => operation - 1 !== silentOn);
  for (const [at, item] of more) items.splice(at, 0, item);
  return { kind, calls, response: [first, ...items, last] };
});

function contents(items: readonly Item[]): Uint8Array[] {
  const writer = new FrameWriter();
  for (const each of items) {
    if ("kind" in each) writer.writeControl(each);
    else writer.writeTicket(each.operation, each.sequence, each.ticket);
  }
  return contentsOf(writer.take()!);
}

/** A change of the body as a whole, or of the content of one frame, and how the server goes on. */
interface ResponseChange extends Omit<ScriptedAnswer, "chunks"> {
  readonly frame: number | undefined;
  readonly mutations: readonly Mutation[];
}

const change: fc.Arbitrary<ResponseChange> = fc.record({
  frame: fc.option(fc.nat({ max: 20 }), { nil: undefined, freq: 4 }),
  mutations: fc.array(mutation, { maxLength: 3 }),
  then: fc.constantFrom("end", "failure", "silence"),
  isExchange: fc.nat({ max: 20 }).map((number) => number > 0),
  reads: fc.boolean(),
  partStatus: fc.constantFrom(204, 204, 204, 200, 404, 503),
});

function changed(items: readonly Item[], { frame, mutations }: ResponseChange): Uint8Array {
  const frames = contents(items);
  if (frame === undefined) return mutate(joinFrames(frames), mutations);
  const at = frame % frames.length;
  frames[at] = mutate(frames[at]!, mutations);
  return joinFrames(frames);
}

function ticket(operation: number, fields: Partial<Ticket>): WrittenTicket {
  return { operation, sequence: undefined, ticket: { operationId: 0, sequenceNumber: 0, ...fields } };
}

/** What an honest server answers. */
function honest({ method, message, requests }: EchoCall, operation: number): WrittenTicket[] {
  const payload = encodeValue(message);
  const completed = ticket(operation, { termination: Termination.COMPLETION });
  const responses = method === "many" ? 3 : method === "each" ? requests : 1;
  const grants = method === "last" || method === "each" ? [ticket(operation, { allowance: 8 })] : [];
  return [...grants, ...Array.from({ length: responses }, () => ticket(operation, { payload })), completed];
}

/** Answers all calls on one exchange, a ticket of one after one of another. */
function answersTo(calls: readonly EchoCall[]): WrittenTicket[] {
  const answers = calls.map((each, index) => honest(each, index + 1));
  const longest = Math.max(...answers.map(({ length }) => length));
  return Array.from({ length: longest }, (_, i) => answers.flatMap((answer) => answer.slice(i, i + 1))).flat();
}

function honestBody(calls: readonly EchoCall[]): Uint8Array {
  return joinFrames(
    contents([{ kind: "hello", versions: [1], exchangeId: EXCHANGE_ID }, ...answersTo(calls), { kind: "end" }]),
  );
}

const HONEST = { then: "end", isExchange: true, reads: true, partStatus: 204 } as const;

/** What must hold of a client, whatever its requests are answered with. */
export const CLIENT_PROPERTIES: readonly FuzzProperty[] = [
  fuzzProperty({
    name: "a client outlives a changed response and makes its next call",
    share: 0.05,
    cases: fc.tuple(talk, chunkSizes, fc.array(change, { minLength: 1, maxLength: 6 })),
    check: async ([{ kind, calls, response }, sizes, changes]) => {
      await using client = new CallingEcho(kind);
      for (const each of changes) {
        await client.calls(calls, { ...each, chunks: cut(changed(response, each), sizes) });
        const [answer] = await client.calls([STILL_THERE], { ...HONEST, chunks: [honestBody([STILL_THERE])] });
        assertEquals(answer, ["still there"]);
      }
      return changes.length;
    },
  }),
  fuzzProperty({
    name: "a client reads an honest response, whatever it is cut into",
    share: 0.01,
    cases: fc.tuple(
      fc.constantFrom("duplex", "pair", "socket"),
      fc.array(call, { minLength: 1, maxLength: 3 }),
      chunkSizes,
    ),
    check: async ([kind, calls, sizes]) => {
      await using client = new CallingEcho(kind);
      // An answer that is given whatever is asked suits only a client that need not wait for the hello.
      await client.calls([STILL_THERE], { ...HONEST, chunks: [honestBody([STILL_THERE])] });
      const results = await client.calls(calls, { ...HONEST, chunks: cut(honestBody(calls), sizes) });
      for (const [index, { method, message, requests, takes }] of calls.entries()) {
        const responses = method === "many" ? 3 : method === "each" ? requests : 1;
        const length = Math.min(responses, method === "many" || method === "each" ? takes : 1);
        // Some values have no kind of their own on the wire: an ArrayBuffer comes as bytes.
        assertEquals(results[index], Array.from({ length }, () => decodeValue(encodeValue(message))));
      }
      return 1;
    },
  }),
];
