import { textOf } from "../../links/thrown.ts";
import type { Part } from "../../wire/mod.ts";
import { readPartFrame } from "../../wire/mod.ts";
// Not part of the wire's interface, but the same job: bytes that come in chunks and whose number is declared.
import { PartialFrame } from "../../wire/partial_frame.ts";
import type { BufferBudget, BufferHolder } from "./buffer_budget.ts";

import { badPart, type HttpRefusal, overdrawnPart } from "./http_refusal.ts";
import type { RequestBody } from "./request_body.ts";
import type { ServiceSettings } from "./service_options.ts";

/**
 * Reads one request of a pair: its part, and all that the part announces, or nothing (P7.18). What it holds meanwhile
 * counts like what an exchange holds.
 */
export class PartRequest implements BufferHolder {
  readonly #body: RequestBody;
  readonly #settings: ServiceSettings;
  readonly #budget: BufferBudget;

  constructor(body: RequestBody, settings: ServiceSettings, budget: BufferBudget) {
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

  /** Whatever HTTP says, a request is whole if it is as long as it says itself: one that is cut short may look clean. */
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
