/** The order in which frames leave: small ones first, large ones in turns with them, each operation's in its own order. */
import { assert, assertEquals, assertLess, assertNotStrictEquals, assertThrows } from "@std/assert";
import { copyBytes } from "../../src/cbor/copy_bytes.ts";
import type { Ticket } from "../../src/links/mod.ts";
import { EncodedPayload, FrameReader, FrameWriter, WireError } from "../../src/wire/mod.ts";
import { below, seededRandom } from "../cbor/random_value.ts";
import { readAll, Recorder } from "./recorder.ts";

const ids = { operationId: 0, sequenceNumber: 0 };
const BULK = { leastBytes: 100, wholeBytes: 300, fragmentBytes: 128 };
const LARGE = 1_000;

/** A writer, and what has left so far, chunk by chunk. */
class Lanes {
  readonly writer = new FrameWriter({ bulk: BULK });
  readonly recorder = new Recorder();
  readonly seen: string[] = [];
  readonly #reader = new FrameReader({
    ticket: (operation, _sequence, fields, payload) => {
      const length = payload instanceof Uint8Array ? payload.length : payload;
      this.seen.push(
        `${operation}:${length ?? ""}${fields?.termination === undefined ? "" : ` ${fields.termination}`}`,
      );
    },
    badTicket: (_operation, { message }) => {
      throw new Error(message);
    },
    control: (item) => void this.seen.push(item.kind),
    fragment: (operation, askedBytes) => void this.seen.push(`${operation}${askedBytes > 0 ? "?" : "+"}`),
    givenUp: (operation) => void this.seen.push(`${operation} given up`),
  });

  write(operation: number, length: number, fields: Partial<Ticket> = {}): void {
    const payload = length === 0 ? undefined : new Uint8Array(length).fill(operation);
    this.writer.writeTicket(operation, undefined, { ...ids, ...fields, payload });
  }

  /** Takes one chunk and tells what was in it. */
  take(): string | undefined {
    const chunk = this.writer.takeNext();
    if (chunk === undefined) return undefined;
    this.seen.length = 0;
    this.#reader.push(chunk);
    return this.seen.join(" ");
  }

  /** Takes all that may leave, chunk by chunk. */
  rest(): string[] {
    const chunks: string[] = [];
    for (let chunk = this.take(); chunk !== undefined; chunk = this.take()) chunks.push(chunk);
    return chunks;
  }
}

Deno.test("P9.16 FrameWriter lets small frames overtake large ones, and takes turns", () => {
  const lanes = new Lanes();
  lanes.write(1, LARGE);
  lanes.write(2, 200);
  lanes.write(3, 10);
  lanes.writer.writeControl({ kind: "ping", value: 1 });
  assertEquals(lanes.take(), "3:10 ping");
  lanes.write(4, 10);
  // Not again before something large has left.
  assertEquals(lanes.take(), "1+");
  assertEquals(lanes.take(), "4:10");
  assertEquals(lanes.rest(), [...Array(6).fill("1+"), "1+ 1:1000", "2:200"]);
  assertEquals([lanes.writer.byteLength, lanes.take()], [0, undefined]);
});

Deno.test("P9.16 FrameWriter keeps the order within an operation", () => {
  const lanes = new Lanes();
  lanes.write(1, 200);
  lanes.write(1, 1);
  lanes.write(2, 2);
  lanes.write(1, 3, { termination: "completion" });
  assertEquals(lanes.rest(), ["2:2", "1:200", "1:1 1:3 completion"]);
  lanes.write(1, 4);
  lanes.write(2, 200);
  assertEquals(lanes.rest(), ["1:4", "2:200"]);
});

Deno.test("P9.16 FrameWriter keeps the order within each of many operations, at random", () => {
  for (let seed = 0; seed < 200; seed++) {
    const random = seededRandom(seed);
    const writer = new FrameWriter({ bulk: BULK });
    const recorder = new Recorder();
    const reader = new FrameReader(recorder);
    const counts = new Map<number, number>();
    const sizes = [1, 50, 99, 150, 299, 400, 2_000];
    const take = () => {
      const chunk = writer.takeNext();
      if (chunk !== undefined) reader.push(chunk);
      return chunk !== undefined;
    };
    for (let i = 0; i < 100; i++) {
      const operation = 1 + below(random, 4);
      const count = counts.get(operation) ?? 0;
      counts.set(operation, count + 1);
      const payload = new Uint8Array(4 + sizes[below(random, sizes.length)]!);
      new DataView(payload.buffer).setUint32(0, count);
      writer.writeTicket(operation, undefined, {
        ...ids,
        payload: below(random, 2) === 0 ? payload : copyBytes(payload),
      });
      if (below(random, 3) === 0) writer.setAside();
      for (let n = below(random, 4) * below(random, 2); n > 0; n--) take();
    }
    writer.writeControl({ kind: "end" });
    while (take());
    const next = new Map<number, number>();
    for (const { ticket } of recorder.items.slice(0, -1)) {
      const { operation, payload } = ticket as { operation: number; payload: Uint8Array<ArrayBuffer> };
      const number = new DataView(payload.buffer, payload.byteOffset).getUint32(0);
      assertEquals(number, next.get(operation) ?? 0, `seed ${seed}`);
      next.set(operation, number + 1);
    }
    assertEquals([recorder.items.length, recorder.items.at(-1)], [101, { control: { kind: "end" } }]);
    assertEquals([next, writer.byteLength, writer.queuedBytes], [counts, 0, 0]);
  }
});

Deno.test("P9.16 FrameWriter lets no large frame overtake small ones of its operation that were set aside before", () => {
  const lanes = new Lanes();
  lanes.write(2, 1);
  lanes.writer.setAside();
  lanes.write(1, 1);
  lanes.writer.setAside();
  lanes.write(1, 200);
  lanes.write(2, 2);
  assertEquals(lanes.rest(), ["2:1", "1:1", "1:200", "2:2"]);
  // Nor does it after the turn of what was dropped.
  lanes.write(1, LARGE);
  lanes.write(2, 3);
  assertEquals(lanes.take(), "2:3");
  lanes.writer.giveUp(1);
  lanes.write(3, 4);
  lanes.write(3, LARGE);
  assertEquals(lanes.take(), "3:4");
});

Deno.test("P6.9 FrameWriter writes the end item after all that waits", () => {
  const lanes = new Lanes();
  lanes.write(1, LARGE);
  lanes.write(2, 1);
  lanes.writer.writeControl({ kind: "end" });
  assertEquals(lanes.rest(), ["2:1", ...Array(7).fill("1+"), "1+ 1:1000", "end"]);
  assertThrows(() => lanes.write(2, 1), WireError, "the end item is written");
});

Deno.test("P7.6 FrameWriter.writeOpening() lets no later operation open before", () => {
  const lanes = new Lanes();
  const opening = { group: "g", method: "m", subscription: "full", timeout: 1, allowance: 3 } as const;
  const payload = new Uint8Array(LARGE);
  const ending = { termination: "completion", code: "c", message: "m", terminalMetadata: [["k", "v"]] } as const;
  assertEquals(lanes.writer.writeOpening(1, { ...ids, ...opening, payload, ...ending }), 2);
  assertEquals(lanes.writer.writeOpening(2, { ...ids, ...opening, payload: new Uint8Array(99) }), 1);
  assertEquals(lanes.writer.writeOpening(3, { ...ids, ...opening, payload: "x".repeat(150) }), 1);
  const encoded = new EncodedPayload(Uint8Array.of(0x59, 0x01, 0x90, ...new Uint8Array(400)));
  assertEquals(lanes.writer.writeOpening(4, { ...ids, ...opening, payload: encoded }), 2);
  assertEquals(lanes.writer.writeOpening(5, { ...ids, ...opening, payload: new Uint8Array(300) }), 1);
  const { items } = readAll(lanes.writer.take()!);
  const fields = { ...opening };
  assertEquals(items, [
    { ticket: { operation: 1, fields } },
    { ticket: { operation: 2, fields, payload: new Uint8Array(99) } },
    { ticket: { operation: 3, fields, payload: "x".repeat(150) } },
    { ticket: { operation: 4, fields } },
    { ticket: { operation: 5, fields, payload: new Uint8Array(300) } },
    { ticket: { operation: 1, fields: ending, payload } },
    { ticket: { operation: 4, payload: new Uint8Array(400) } },
  ]);
  assertEquals(new FrameWriter().writeOpening(1, { ...ids, ...opening, payload }), 1);
});

Deno.test("FrameWriter.writeOpening() writes nothing of a ticket that cannot be sent", () => {
  const writer = new FrameWriter({ bulk: BULK, maxFrameBytes: 1_024 });
  writer.writeControl({ kind: "ping", value: 1 });
  const before = writer.byteLength;
  const large = { ...ids, group: "g", payload: new Uint8Array(1_024) };
  assertThrows(() => writer.writeOpening(1, large), WireError, "what the peer accepts (maxFrameBytes)");
  assertEquals(writer.byteLength, before);
  assertEquals(readAll(writer.take()!).items, [{ control: { kind: "ping", value: 1 } }]);
});

Deno.test("P9.18, S22 an abort replaces what waits of its operation", () => {
  const lanes = new Lanes();
  lanes.write(1, LARGE);
  lanes.write(2, LARGE);
  lanes.write(1, 5);
  lanes.write(1, LARGE);
  assertEquals(lanes.take(), "1+");
  lanes.write(1, 0, { termination: "cancellation" });
  // The one that has begun is given up before anything else.
  assertEquals(lanes.take(), "1 given up 1: cancellation");
  lanes.write(2, 0, { termination: "cancellation" });
  assertEquals(lanes.rest(), ["2: cancellation"]);
  assertEquals([lanes.writer.byteLength, lanes.writer.queuedBytes], [0, 0]);
});

Deno.test("P9.18 an abort waits behind frames that leave together with those of others", () => {
  const lanes = new Lanes();
  lanes.write(1, 200);
  lanes.write(2, 200);
  lanes.write(1, 5);
  lanes.write(2, 5);
  lanes.write(1, LARGE);
  lanes.write(1, 0, { termination: "cancellation" });
  // What came before them cannot go either: the rest would be taken for it.
  assertEquals(lanes.rest(), ["1:200", "2:200", "1:5 2:5 1: cancellation"]);
});

Deno.test("P9.18 FrameWriter.giveUp() drops what is large of an operation that the peer has aborted", () => {
  const lanes = new Lanes();
  assertEquals(lanes.writer.giveUp(1), false);
  lanes.write(1, LARGE);
  assertEquals(lanes.writer.giveUp(1), false);
  assertEquals(lanes.take(), undefined);
  lanes.write(1, LARGE);
  assertEquals(lanes.take(), "1+");
  assertEquals(lanes.writer.giveUp(1), true);
  assertEquals(lanes.writer.giveUp(1), false);
  assertEquals(lanes.rest(), ["1 given up"]);
});

Deno.test("P9.15 FrameWriter asks for confirmation, and sends no more than there is room for", () => {
  const lanes = new Lanes();
  lanes.writer.maxAskedBytes = 300;
  lanes.write(1, LARGE);
  assertEquals(lanes.rest(), ["1?", "1?", "1?"]);
  assertEquals([lanes.writer.askedBytes, lanes.writer.takeableBytes], [300, 0]);
  lanes.write(2, 7);
  lanes.write(3, 200);
  assertEquals(lanes.rest(), ["2:7"]);
  // Less than is worth a frame.
  lanes.writer.maxAskedBytes = 310;
  assertEquals(lanes.rest(), []);
  lanes.writer.maxAskedBytes = 600;
  assertEquals([lanes.rest(), lanes.writer.askedBytes], [["1?", "1?", "1?"], 600]);
  // What there is room for is not asked for, since nothing waits for the answer.
  lanes.writer.maxAskedBytes = 1_010;
  assertEquals([lanes.rest(), lanes.writer.askedBytes], [["1+", "1+", "1+", "1+ 1:1000", "3:200"], 600]);
});

Deno.test("FrameWriter counts what waits, and apart from that what others wait for", () => {
  const lanes = new Lanes();
  lanes.write(1, LARGE);
  const alone = lanes.writer.byteLength;
  assertEquals([alone > LARGE, lanes.writer.queuedBytes], [true, 0]);
  lanes.write(1, LARGE);
  assertEquals([lanes.writer.byteLength, lanes.writer.queuedBytes], [2 * alone, alone]);
  lanes.write(2, 200);
  lanes.write(3, 1);
  assertLess(alone + 200, lanes.writer.queuedBytes);
  lanes.writer.drop();
  assertEquals([lanes.writer.byteLength, lanes.writer.queuedBytes, lanes.take()], [0, 0, undefined]);
});

Deno.test("FrameWriter copies a large payload of bytes, so that its owner may change it", () => {
  const lanes = new Lanes();
  for (const length of [200, LARGE]) {
    const payload = new Uint8Array(length).fill(1);
    lanes.writer.writeTicket(1, undefined, { ...ids, payload });
    payload.fill(2);
    assertEquals(readAll(lanes.writer.take()!).items, [{
      ticket: { operation: 1, payload: new Uint8Array(length).fill(1) },
    }]);
  }
});

Deno.test("FrameWriter copies a payload that has headroom no more than piece by piece", () => {
  const original = Uint8Array.prototype.set;
  const sizes = { leastBytes: 16_384, wholeBytes: 131_072, fragmentBytes: 65_504 };
  for (const [length, most] of [[65_536, 1_000], [4_000_000, 4_001_000]] as const) {
    const writer = new FrameWriter({ bulk: sizes });
    const payload = copyBytes(new Uint8Array(length).fill(7));
    let copied = 0;
    let largest = 0;
    Uint8Array.prototype.set = function (source: ArrayLike<number>, offset?: number): void {
      copied += source.length;
      largest = Math.max(largest, source.length);
      original.call(this, source, offset);
    };
    const chunks: Uint8Array[] = [];
    try {
      writer.writeTicket(1, undefined, { ...ids, payload, code: "x".repeat(200 - Math.min(200, length / 300)) });
      for (let chunk = writer.takeNext(); chunk !== undefined; chunk = writer.takeNext()) chunks.push(chunk);
    } finally {
      Uint8Array.prototype.set = original;
    }
    assert(copied <= most && largest <= 65_504, `${copied} bytes copied, ${largest} at once`);
    const recorder = new Recorder();
    const reader = new FrameReader(recorder);
    for (const chunk of chunks) reader.push(chunk);
    assertEquals((recorder.items[0]!.ticket as { payload: unknown }).payload, payload);
  }
});

Deno.test("FrameWriter never touches a chunk of a large frame that it has handed over, nor its buffer", () => {
  const lanes = new Lanes();
  lanes.write(1, 200);
  lanes.write(1, 3);
  lanes.write(2, LARGE);
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  for (let chunk = lanes.writer.takeNext(); chunk !== undefined; chunk = lanes.writer.takeNext()) {
    for (const other of chunks) assertNotStrictEquals(other.buffer, chunk.buffer);
    chunks.push(chunk);
    structuredClone(chunk, { transfer: [chunk.buffer] });
  }
  assertEquals(chunks.length, 2 + 8);
});
