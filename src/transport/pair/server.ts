import type { Context } from "npm:hono@^4";
import { textOf } from "../../links/thrown.ts";
import { ExchangeKind } from "../../wire/exchange_kind.ts";
import { firstFrameLength, readPartFrame } from "../../wire/part_frame.ts";
import type { Part } from "../../wire/control_item.ts";
// Not part of the wire's interface, but the same job: bytes that come in chunks and whose number is declared.
import { PartialFrame } from "../../wire/partial_frame.ts";
import { WireError } from "../../wire/wire_error.ts";
import type { HttpRefusal } from "../server/http_refusal.ts";
import type { BufferBudget, BufferHolder } from "../server/load_limits.ts";
import { badPart, FOREIGN_PAIR, NO_PAIRS, overdrawnPart, partTooLong, tooManyParts, UNKNOWN_PAIR } from "./refusals.ts";
import type { RequestBody } from "../server/request_body.ts";
import type { Arrival, RequestHost } from "../server/request_transport.ts";
import { PairUploads, type PartOutcome } from "./uploads.ts";

/** The headers of the answer to a part that has been taken. */
export const PART_TAKEN_HEADERS: Readonly<Record<string, string>> = Object.freeze({ "cache-control": "no-store" });

/** What the server's side of pairs needs of the link's settings. */
export interface PairSettings {
  readonly pair: boolean;
  readonly callerOf: (context: Context) => string | undefined;
  readonly maxPartBytes: number;
  readonly maxPartsAhead: number;
  readonly maxTotalBufferedBytes: number;
}

/** One exchange that parts can name. */
interface Pair {
  readonly uploads: PairUploads;
  /** The caller that has opened it. */
  readonly caller: string | undefined;
  /** Requests with parts of it that are read or wait. */
  requests: number;
}

/** A part that names its exchange. */
type PartOfPair = Part & { readonly exchangeId: Uint8Array };

/** 128 random bits cannot be guessed. */
const EXCHANGE_ID_BYTES = 16;

const PAIR_ONLY: readonly ExchangeKind[] = [ExchangeKind.PAIR];

/** The pairs that are open: it opens their exchanges and joins the parts of each (P7.17 to P7.26). */
export class PairSessions {
  readonly #host: RequestHost;
  readonly #settings: PairSettings;
  readonly #pairs: Map<string, Pair> = new Map();

  constructor(host: RequestHost, settings: PairSettings) {
    this.#host = host;
    this.#settings = settings;
  }

  /** How many pairs are open. */
  get size(): number {
    return this.#pairs.size;
  }

  /** Takes a request that begins with a part. */
  async receive(context: Context, body: RequestBody): Promise<Arrival> {
    if (!this.#settings.pair) return refused(NO_PAIRS);
    const { maxPartBytes } = this.#settings;
    const request = new PartRequest(body, this.#settings, this.#host.budget);
    const part = await request.head();
    if ("status" in part) return refused(part);
    if (part.byteLength === 0) return refused(badPart("it announces no bytes"));
    if (part.byteLength > maxPartBytes) return refused(partTooLong(part.byteLength, maxPartBytes));
    const { exchangeId } = part;
    return exchangeId === undefined
      ? await this.#begin(context, request, part)
      : outcomeOf(await this.#goOn(context, request, { ...part, exchangeId }));
  }

  /** The request that opens an exchange. */
  async #begin(context: Context, request: PartRequest, part: Part): Promise<Arrival> {
    if (part.number !== 0) return refused(badPart(`it is part ${part.number} of no exchange`));
    const caller = this.#settings.callerOf(context);
    const bytes = await request.bytes(part);
    if ("status" in bytes) return refused(bytes);
    const refusal = this.#host.checkCapacity();
    if (refusal !== undefined) return refused(refusal);
    const exchangeId = crypto.getRandomValues(new Uint8Array(EXCHANGE_ID_BYTES));
    const uploads = this.#add(exchangeId, caller);
    const { transport } = this.#host.open(context, { kinds: PAIR_ONLY, exchangeId, source: uploads });
    void uploads.take(part.number, bytes);
    // HTTP does not show the end of the direction. Of one that does not begin with a whole frame it is here (P8.4).
    if (endsWithinFrame(bytes)) uploads.end();
    return { kind: "opened", transport };
  }

  #add(exchangeId: Uint8Array, caller: string | undefined): PairUploads {
    const name = nameOf(exchangeId);
    const uploads = new PairUploads(this.#host.budget, this.#settings, () => this.#pairs.delete(name));
    this.#pairs.set(name, { uploads, caller, requests: 0 });
    return uploads;
  }

  /** A request that goes on with an exchange. It is read even if it is refused, as others may wait behind it. */
  async #goOn(context: Context, request: PartRequest, part: PartOfPair): Promise<PartOutcome> {
    const pair = this.#pairs.get(nameOf(part.exchangeId));
    if (pair === undefined) return await request.drain(part) ?? UNKNOWN_PAIR;
    if (this.#settings.callerOf(context) !== pair.caller) return await request.drain(part) ?? FOREIGN_PAIR;
    const mostRequests = 2 * this.#settings.maxPartsAhead;
    if (pair.requests >= mostRequests) return await request.drain(part) ?? tooManyParts(mostRequests);
    pair.requests += 1;
    try {
      return await this.#upload(pair.uploads, request, part);
    } finally {
      pair.requests -= 1;
    }
  }

  async #upload(uploads: PairUploads, request: PartRequest, part: PartOfPair): Promise<PartOutcome> {
    const verdict = uploads.judge(part.number);
    if (verdict.kind === "known") return await request.drain(part) ?? await verdict.outcome;
    const bytes = await request.bytes(part);
    return "status" in bytes ? bytes : await uploads.take(part.number, bytes);
  }
}

/** Whether bytes end before the frame that they begin with. What is wrong with its head, the reader says. */
function endsWithinFrame(bytes: Uint8Array): boolean {
  try {
    return (firstFrameLength(bytes, Infinity) ?? Infinity) > bytes.length;
  } catch (error) {
    if (error instanceof WireError) return false;
    throw error;
  }
}

function refused(refusal: HttpRefusal): Arrival {
  return { kind: "refused", refusal };
}

function outcomeOf(outcome: PartOutcome): Arrival {
  return outcome === undefined ? { kind: "taken" } : refused(outcome);
}

function nameOf(exchangeId: Uint8Array): string {
  return Array.from(exchangeId, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Reads one request of a pair: its part, and all that the part announces, or nothing (P7.18). What it holds meanwhile
 * counts like what an exchange holds.
 */
class PartRequest implements BufferHolder {
  readonly #body: RequestBody;
  readonly #settings: PairSettings;
  readonly #budget: BufferBudget;

  constructor(body: RequestBody, settings: PairSettings, budget: BufferBudget) {
    this.#body = body;
    this.#settings = settings;
    this.#budget = budget;
  }

  /** Reads the part; or says why there is none. */
  async head(): Promise<Part | HttpRefusal> {
    try {
      for (;;) {
        const head = readPartFrame(this.#body.ahead);
        if (head !== undefined) {
          this.#body.skip(head.frameBytes);
          return head.part;
        }
        if (!await this.#body.lookFurther()) return this.#body.refusal ?? badPart("the request ends within it");
      }
    } catch (error) {
      return badPart(textOf(error));
    }
  }

  /** Reads what follows the part and keeps it; or says why it cannot. */
  async bytes({ byteLength }: Part): Promise<Uint8Array | HttpRefusal> {
    const bytes = new PartialFrame();
    const refusal = await this.#collect(byteLength, (chunk) => {
      bytes.append(chunk, 0, chunk.length, byteLength);
      this.#budget.reportBuffered(this, bytes.length);
    });
    this.#budget.reportBuffered(this, 0);
    return refusal ?? bytes.take().subarray(0, byteLength);
  }

  /** Reads what follows the part and keeps nothing; or says what is wrong with it. */
  drain({ byteLength }: Part): Promise<HttpRefusal | undefined> {
    return this.#collect(byteLength, () => {});
  }

  budgetExceeded(totalBytes: number): void {
    this.#body.refuse(overdrawnPart(totalBytes, this.#settings.maxTotalBufferedBytes));
  }

  /** A request is whole if it has the length that its part announces: HTTP may not show that it is cut short. */
  async #collect(byteLength: number, take: (chunk: Uint8Array) => void): Promise<HttpRefusal | undefined> {
    let got = 0;
    try {
      for (;;) {
        const { done, value } = await this.#body.read();
        if (done) break;
        got += value.byteLength;
        if (got > byteLength) return badPart(`it announces ${byteLength} bytes, more follow`);
        take(value);
      }
    } catch (error) {
      return badPart(`it announces ${byteLength} bytes, after ${got} came: ${textOf(error)}`);
    } finally {
      this.#body.settled();
    }
    if (this.#body.refusal !== undefined) return this.#body.refusal;
    return got === byteLength ? undefined : badPart(`it announces ${byteLength} bytes, ${got} follow`);
  }
}
