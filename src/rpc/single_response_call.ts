import type { OperationSubscription, Operator, ProtocolReceiver } from "../ends/mod.ts";
import { Code } from "../links/mod.ts";
import type { BoundMethod } from "./bound_method.ts";
import type { CallOptions } from "./call_options.ts";
import type { CallSite } from "./call_site.ts";
import { ClientCall } from "./client_call.ts";
import { localFailure } from "./local_failure.ts";
import { RpcError } from "./rpc_error.ts";

/** A call with one response: unary or client streaming. */
export class SingleResponseCall extends ClientCall {
  /** What is wanted: everything. The call is its own subscription, of fields, so that who wraps a servicer can spread it. */
  readonly kind = "full";
  /** Where it goes. */
  readonly operator: Operator = this;
  /** Where the transport's word goes. */
  readonly protocolReceiver: ProtocolReceiver = this;
  /** The response, or why there is none. */
  readonly response: Promise<unknown>;
  #resolve!: (response: unknown) => void; // set by the promise's executor, which runs at once
  #reject!: (error: Error) => void;
  #payload: unknown;

  /**
   * @param site What all calls of the client share.
   * @param method What is called.
   * @param options What the caller says.
   */
  constructor(site: CallSite, method: BoundMethod, options: CallOptions) {
    super(site, method, options);
    this.response = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  protected override subscription(): OperationSubscription {
    return this;
  }

  protected override received(payload: unknown): void {
    this.#payload = payload;
  }

  protected override settle(error: Error | undefined): void {
    if (error !== undefined) return this.#reject(error);
    if (this.#payload === undefined) {
      return this.#reject(localFailure(Code.INTERNAL, `Call ${this.method.path} completed without a response`));
    }
    try {
      this.#resolve(this.method.response.decode(this.#payload));
    } catch (cause) {
      this.#reject(RpcError.from(cause));
    }
  }
}
