import fc from "fast-check";
import { encodeValue } from "../../src/cbor/encode.ts";
import { Termination } from "../../src/links/mod.ts";
import { type ControlItem, FrameWriter } from "../../src/wire/mod.ts";
import { endItem, fullTicket, type Item } from "./arbitrary_items.ts";
import { value } from "./arbitrary_values.ts";
import { contentsOf, joinFrames } from "./framing.ts";
import { type FuzzProperty, fuzzProperty } from "./fuzz_property.ts";
import { chunkSizes, cut, mutate, type Mutation, mutation } from "./mutations.ts";
import { partBody } from "../http/scripted_pair.ts";
import { Echo, ServedEcho } from "./served_echo.ts";

/** What a client does next: one ticket of one of its operations, or a control item. */
const step: fc.Arbitrary<Item> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      operation: fc.integer({ min: 1, max: 3 }),
      sequence: fc.constant(undefined),
      ticket: fc.record({
        operationId: fc.constant(0),
        sequenceNumber: fc.constant(0),
        // On later tickets these are ignored (S4), so every ticket can open its operation.
        group: fc.constant(Echo.name),
        method: fc.constantFrom("one", "many", "last", "each", "none"),
        subscription: fc.constantFrom("full" as const, "termination" as const, "none" as const),
        timeout: fc.constantFrom(1, 5_000),
        allowance: fc.constantFrom(undefined, 1, 3),
        payload: fc.option(value.map((message) => encodeValue(message)), { nil: undefined }),
        termination: fc.constantFrom(undefined, undefined, ...Object.values(Termination)),
      }),
    }),
  },
  { weight: 1, arbitrary: fullTicket.map((ticket) => ({ operation: 4, sequence: undefined, ticket })) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("ping" as const), value: fc.nat() }) },
);

const hello: fc.Arbitrary<ControlItem> = fc.record({
  kind: fc.constant("hello" as const),
  versions: fc.constant([1]),
  exchange: fc.constantFrom("duplex" as const, "single" as const, "pair" as const),
});

/** A whole request: hello, tickets of a few operations, end. */
const request: fc.Arbitrary<Item[]> = fc.tuple(hello, fc.array(step, { minLength: 1, maxLength: 6 }), endItem)
  .map(([first, steps, last]) => [first, ...steps, last]);

function contents(items: readonly Item[]): Uint8Array[] {
  const writer = new FrameWriter();
  for (const each of items) {
    if ("kind" in each) writer.writeControl(each);
    else writer.writeTicket(each.operation, each.sequence, each.ticket);
  }
  return contentsOf(writer.take()!);
}

/** A change of the body as a whole, or of the content of one frame, the hello only now and then. */
interface RequestChange {
  readonly frame: number | undefined;
  readonly mutations: readonly Mutation[];
  readonly breaks: boolean;
}

const change: fc.Arbitrary<RequestChange> = fc.record({
  frame: fc.option(fc.nat({ max: 20 }), { nil: undefined, freq: 4 }),
  mutations: fc.array(mutation, { minLength: 1, maxLength: 3 }),
  breaks: fc.boolean(),
});

function changed(items: readonly Item[], { frame, mutations }: RequestChange): Uint8Array {
  const frames = contents(items);
  if (frame === undefined) return mutate(bodyOf(items, frames), mutations);
  const at = frame % frames.length;
  frames[at] = mutate(frames[at]!, mutations);
  return bodyOf(items, frames);
}

/** A pair may say all that it has to say in the request that opens it, as part 0. */
function bodyOf([hello]: readonly Item[], frames: Uint8Array[]): Uint8Array {
  const bytes = joinFrames(frames);
  const isPair = hello !== undefined && "kind" in hello && hello.kind === "hello" && hello.exchange === "pair";
  return isPair ? partBody(undefined, 0, bytes) : bytes;
}

/** What must hold of a server, whatever is posted to it. */
export const SERVICE_PROPERTIES: readonly FuzzProperty[] = [
  fuzzProperty({
    name: "a server outlives a changed request and serves the next",
    share: 0.05,
    cases: fc.tuple(request, chunkSizes, fc.array(change, { minLength: 1, maxLength: 6 })),
    check: async ([items, sizes, changes]) => {
      await using server = new ServedEcho();
      for (const each of changes) {
        await server.exchange({ chunks: cut(changed(items, each), sizes), breaks: each.breaks });
        await server.call("still there");
      }
      return changes.length;
    },
  }),
];
