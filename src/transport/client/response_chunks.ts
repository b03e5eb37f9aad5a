import { TransportError } from "../../exchange/transport_failure.ts";
import { type ByteSource, receiveFrom } from "../../exchange/incoming_body.ts";
import type { HttpInvocationContext } from "./call_context.ts";
import type { ExchangeAnswer } from "./client_request.ts";

/** The direction of a transport that is the body of a response: an answer that is none fails it. */
export class ResponseChunks {
  readonly #body: Promise<ByteSource>;
  #begun: ByteSource | undefined;
  #isClosed = false;

  /** Takes the answer, which never rejects; `opened` is called when it is an exchange. */
  constructor(answer: Promise<ExchangeAnswer>, opened: (response: HttpInvocationContext) => void) {
    this.#body = answer.then((given) => {
      if (given.kind === "refused") throw new TransportError(given.failure);
      this.#begun = given.body;
      if (this.#isClosed) cancel(given.body);
      else opened(given.response);
      return given.body;
    });
    this.#body.catch(() => "it is told to who receives");
  }

  /** Whether the response has come. */
  get hasBegun(): boolean {
    return this.#begun !== undefined;
  }

  /** Receives the next chunk. */
  receive(): Promise<Uint8Array | undefined> {
    return this.#begun === undefined ? this.#body.then(receiveFrom) : receiveFrom(this.#begun);
  }

  /** Receives nothing more. */
  close(): void {
    this.#isClosed = true;
    if (this.#begun !== undefined) cancel(this.#begun);
  }
}

function cancel(body: ByteSource): void {
  body.cancel().catch(() => "it is not read any more");
}
