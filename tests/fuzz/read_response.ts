import { assert, assertEquals } from "@std/assert";
import { Termination } from "../../src/links/mod.ts";
import { type ControlItem, FrameReader } from "../../src/wire/mod.ts";

/** What an answer comes to. */
export interface Reading {
  readonly status: number;
  /** The terminations in its tickets, in order. */
  readonly terminations: readonly Termination[];
}

/** The answers to requests that do not become an exchange and whose headers are in order (P8.4, P8.5, P8.6). */
const REFUSALS = [400, 408, 413];

/**
 * Reads an answer of a service link to its end.
 *
 * @param response The answer.
 * @param clientFailed Whether the client has failed the exchange itself, and may find nothing.
 * @returns What it comes to.
 * @throws {AssertionError} If it is not one that PROTOCOL.md knows.
 */
export async function readResponse(response: Response, clientFailed: boolean): Promise<Reading> {
  const { status } = response;
  if (status !== 200) {
    const text = await response.text();
    assert(REFUSALS.includes(status), `status ${status}: ${text}`);
    assertEquals(response.headers.get("content-type"), "text/plain; charset=utf-8");
    assert(!/\n\s+at /.test(text) && text.length < 1000, `a refusal that says too much: ${text}`);
    return { status, terminations: [] };
  }
  const answer = new Answer();
  for await (const chunk of response.body!) answer.push(chunk);
  answer.finish(clientFailed);
  return { status, terminations: answer.terminations };
}

/** The body of an exchange as the server writes it: hello, tickets that follow each other rightly, and an end. */
class Answer {
  readonly terminations: Termination[] = [];
  readonly #items: ControlItem[] = [];
  readonly #aborted = new Set<number>();
  readonly #reader = new FrameReader({
    ticket: (operation, _sequence, fields) => {
      assertEquals(this.#items[0]?.kind, "hello", "what comes first");
      // Each kick-off that comes late is answered (P7.6).
      const isAnswer = fields?.termination === Termination.RECEPTION_FAILURE;
      assert(isAnswer || !this.#aborted.has(operation), `operation ${operation} goes on after its abort`);
      if (fields?.termination === undefined) return;
      this.terminations.push(fields.termination);
      if (fields.termination !== Termination.COMPLETION) this.#aborted.add(operation);
    },
    badTicket: (_operation, { message }) => {
      throw new Error(message);
    },
    control: (item) => this.#items.push(item),
  });

  push(chunk: Uint8Array): void {
    this.#reader.push(chunk);
  }

  finish(clientFailed: boolean): void {
    assertEquals(this.#reader.partialBytes, 0, "bytes of a frame that ends in the middle");
    const kinds = this.#items.map(({ kind }) => kind);
    if (clientFailed && kinds.length === 0) return;
    assertEquals([kinds[0], kinds.lastIndexOf("hello"), kinds.at(-1)], [
      "hello",
      0,
      clientFailed ? kinds.at(-1) : "end",
    ]);
  }
}
