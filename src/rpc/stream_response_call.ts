import type { OperationSubscription, Operator, ProtocolReceiver } from "../ends/mod.ts";
import { Code } from "../links/mod.ts";
import type { BoundMethod } from "./bound_method.ts";
import type { CallOptions } from "./call_options.ts";
import type { CallSite } from "./call_site.ts";
import { ClientCall } from "./client_call.ts";
import { IncomingMessages, type MessageSource } from "./incoming_messages.ts";
import { localFailure } from "./local_failure.ts";
import type { RpcError } from "./rpc_error.ts";

/** A call with a stream of responses: server streaming or bidirectional. */
export class StreamResponseCall extends ClientCall implements MessageSource {
  /** What is wanted: everything. The call is its own subscription, of fields, so that who wraps a servicer can spread it. */
  readonly kind = "full";
  /** Where it goes. */
  readonly operator: Operator = this;
  /** Where the transport's word goes. */
  readonly protocolReceiver: ProtocolReceiver = this;
  /** The responses. */
  readonly responses: IncomingMessages;

  /**
   * @param site What all calls of the client share.
   * @param method What is called.
   * @param options What the caller says.
   */
  constructor(site: CallSite, method: BoundMethod, options: CallOptions) {
    super(site, method, options);
    this.responses = new IncomingMessages(method.response, this, site.window);
  }

  // MessageSource.

  grant(payloads: number): void {
    this.say({ allowance: payloads });
  }

  left(): void {
    this.fail(localFailure(Code.CANCELLED, `Call ${this.method.path} was cancelled: its consumer left`));
  }

  unreadable(error: RpcError): void {
    this.fail(error);
  }

  protected override subscription(): OperationSubscription {
    return this;
  }

  protected override initialAllowance(): number | undefined {
    return this.responses.initialGrant || undefined; // an allowance is positive; nothing is granted by saying nothing
  }

  protected override received(payload: unknown): void {
    this.responses.push(payload);
  }

  protected override settle(error: Error | undefined, orderly: boolean): void {
    if (orderly) this.responses.finish(error);
    else this.responses.abort(error ?? localFailure(Code.CANCELLED, `Call ${this.method.path} was cancelled`));
  }
}
