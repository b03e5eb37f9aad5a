/** State of an exchange that only its end would hide, beside a call that keeps it alive. */
import { assert, assertEquals } from "@std/assert";
import { defineService, implement, unary } from "../../../mod.ts";
import { serviceEnd, servicer, type Ticket } from "../../../src/links/mod.ts";
import { FIELD, frame, type Item, join, NOTHING, opening } from "../core/frames.ts";
import { RawExchange } from "../core/raw_exchange.ts";
import { eventually, Site } from "../core/site.ts";

const State = defineService("cost.State", {
  hang: unary<void, void>(),
  note: unary<void, void>(),
  give: unary<number, Uint8Array>(),
});

/** A service that counts notes, and a call that lasts. */
function stated(): { readonly service: ReturnType<typeof implement>; notes(): number; hung(): number } {
  let [notes, hung] = [0, 0];
  const service = implement(State, {
    hang: async (_nothing, { signal }) => {
      hung += 1;
      await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    },
    note: () => void (notes += 1),
    give: (length) => new Uint8Array(length),
  });
  return { service, notes: () => notes, hung: () => hung };
}

Deno.test("P7.8 an operation that wants nothing back leaves its place when it ends, beside one that goes on", async () => {
  const { service, notes } = stated();
  await using site = new Site(service, { limits: { maxOperations: 2 } });
  await using exchange = await RawExchange.open(site.url);
  await exchange.send(opening(1, State.name, "hang", { message: NOTHING }));
  for (let operation = 2; operation <= 50; operation++) {
    await exchange.send(opening(operation, State.name, "note", { subscription: 0, message: NOTHING }));
    assert(await eventually(() => notes() === operation - 1), `Note ${operation - 1} was refused`);
  }
  await exchange.send(opening(51, State.name, "note", { message: NOTHING }));
  await exchange.until(() => exchange.endingOf(51) !== undefined, "the answer to the last note");
  assertEquals([exchange.endingOf(51)?.termination, exchange.endingOf(1)], [0, undefined]);
});

Deno.test("a server that stops reading within a chunk goes on where it has stopped", async () => {
  const { service, notes } = stated();
  await using site = new Site(service);
  await using exchange = await RawExchange.open(site.url);
  const unawaited = Array.from(
    { length: 500 },
    (_, i) => opening(i + 1, State.name, "note", { subscription: 0, message: NOTHING }),
  );
  await exchange.send(join([...unawaited, opening(501, State.name, "note", { message: NOTHING })]));
  await exchange.until(() => exchange.endingOf(501) !== undefined, "the answer to what stands last in the chunk");
  assertEquals([exchange.endingOf(501)?.termination, notes()], [0, 501]);
});

Deno.test("P3.12 a server gives up a large response that nobody wants any more at once, without another word", async () => {
  const { service } = stated();
  await using site = new Site(service);
  await using exchange = await RawExchange.open(site.url);
  const message = join([Uint8Array.of(0x1a), Uint8Array.of(0, 0x3c, 0, 0)]); // 3,932,160
  await exchange.send(opening(1, State.name, "give", { message }));
  const fragments = (): number => exchange.seen.filter(({ type }) => type === -16 || type === -17).length;
  await exchange.until(() => fragments() > 0, "a first fragment");
  // What is not said to be taken is not followed by more.
  let before = 0;
  assert(await eventually(() => before === (before = fragments()), 3_000), "The server does not wait");
  await exchange.send(frame([1, new Map([[FIELD.end, 1]]), undefined]));
  await exchange.until(
    () => exchange.seen.some(({ type, length }) => (type === -16 || type === -17) && length < 16),
    "the empty fragment",
  );
});

Deno.test("S11 an operation whose id is an object is remembered when it has ended", async () => {
  const { service, notes } = stated();
  const end = serviceEnd(servicer(service));
  const sent: Ticket[] = [];
  end.joinLink({ acceptTicket: (ticket) => void sent.push(ticket), joinLink: () => {} });
  end.start();
  const kickOff = (operationId: object): Ticket => ({
    operationId,
    sequenceNumber: 0,
    group: State.name,
    method: "note",
    subscription: "full",
    timeout: 1_000,
    payload: NOTHING,
    termination: "completion",
  });
  const [id, other] = [{}, {}];
  end.acceptTicket(kickOff(id));
  assert(await eventually(() => sent.some(({ termination }) => termination === "completion")), "There is no answer");
  end.acceptTicket(kickOff(id));
  end.acceptTicket(kickOff(other));
  assert(await eventually(() => notes() === 2), `${notes()} of 2 notes`);
  assertEquals(sent.filter(({ operationId }) => operationId === other).length > 0, true);
  await end.stop(0);
  assertEquals(notes(), 2);
});

Deno.test("a kick-off without a subscription is answered as one that wants everything", async () => {
  const { service, notes } = stated();
  await using site = new Site(service);
  await using exchange = await RawExchange.open(site.url);
  const fields: readonly [number, Item][] = [
    [FIELD.group, State.name],
    [FIELD.method, "note"],
    [FIELD.timeout, 1_000],
    [FIELD.end, 0],
  ];
  await exchange.send(frame([1, new Map(fields), NOTHING]));
  await exchange.until(() => exchange.endingOf(1) !== undefined, "an answer");
  const [answer] = exchange.ticketsOf(1);
  assertEquals([exchange.endingOf(1)?.termination, answer?.payload, notes()], [0, NOTHING, 1]);
});
