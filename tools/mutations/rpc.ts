import type { Mutation } from "./mutation.ts";

/** Calls: what people see. */
export const RPC_MUTATIONS: readonly Mutation[] = [
  {
    file: "src/rpc/receive_window.ts",
    text: "const grant = this.#payloads - this.#outstanding;",
    replacement: "const grant = this.#payloads;",
    why: "S17: more is granted than the window holds",
  },
  {
    file: "src/rpc/servicer.ts",
    text: "if (called === undefined || called === kind) return;",
    replacement: "if (called === undefined || called !== kind) return;",
    why: "P11.7: the handler of another kind of method begins",
  },
  {
    file: "src/rpc/outgoing_messages.ts",
    text: "const MESSAGES_AHEAD = 1;",
    replacement: "const MESSAGES_AHEAD = 0;",
    why: "S15: a completion waits for a grant that nothing needs",
  },
  {
    file: "src/rpc/service_call.ts",
    text: "this.#operation.peerSubscription !== Subscription.FULL",
    replacement: "this.#operation.peerSubscription === Subscription.NONE",
    why: "S13: a stream that is not wanted waits for grants until its deadline",
  },
  {
    file: "src/rpc/error_mapping.ts",
    text: 'message: "Handler failed"',
    replacement: "message: String(error),",
    why: "P11.6: the text of an exception is sent to the caller",
  },
  {
    file: "src/rpc/error_mapping.ts",
    text: "if (isLocalFailure(error)) {",
    replacement: 'if (isLocalFailure(error) && error.origin === "transport") {',
    why: "P11.6: a call that took too long tells a handler's caller where it went",
  },
  {
    file: "src/rpc/message_codec.ts",
    text: 'return this.#side === "client" ? localFailure',
    replacement: 'return this.#side === "service" ? localFailure',
    why: "P11.6: what a schema finds is told to the wrong caller",
  },
  {
    file: "src/rpc/error_mapping.ts",
    text: "if (code === undefined || code === Code.OK) return undefined;",
    replacement: "if (!isFailure(code)) return undefined;",
    why: "P11.4: a code that is not known counts as success",
  },
  {
    file: "src/rpc/client_method.ts",
    text: "    if (this.#payload === undefined) {",
    replacement: "    if (this.#payload === null) {",
    why: "P11.3: a success without a response is one of undefined",
  },
];
