import type { Mutation } from "./mutation.ts";

/** Calls: what people see. */
export const RPC_MUTATIONS: readonly Mutation[] = [
  {
    name: "ReceiveWindow.consume",
    replace: "this.#payloads - this.#outstanding",
    with: "this.#payloads",
    why: "S17: more is granted than the window holds",
  },
  {
    name: "checkKind",
    replace: "called === kind",
    with: "called !== kind",
    why: "P11.7: the handler of another kind of method begins",
  },
  {
    name: "MESSAGES_AHEAD",
    replace: "MESSAGES_AHEAD = 1",
    with: "MESSAGES_AHEAD = 0",
    why: "S15: a completion waits for a grant that nothing needs",
  },
  {
    name: "ServiceCall.#openOutgoing",
    replace: "this.#operation.peerSubscription !== Subscription.FULL",
    with: "this.#operation.peerSubscription === Subscription.NONE",
    why: "S13: a stream that is not wanted waits for grants until its deadline",
  },
  {
    name: "errorCompletion",
    replace: 'message: "Handler failed"',
    with: "message: String(error)",
    why: "P11.6: the text of an exception is sent to the caller",
  },
  {
    name: "errorCompletion",
    replace: "isLocalFailure(error)",
    with: 'isLocalFailure(error) && error.origin === "transport"',
    why: "P11.6: a call that took too long tells a handler's caller where it went",
  },
  {
    name: "SERVICE_SIDE",
    replace: "new RpcError(code, message, options)",
    with: 'Object.defineProperty(new RpcError(code, message, options), Symbol.for("ticketlink.localFailure"), {})',
    why: "P11.6: what a schema finds is told to the wrong caller",
  },
  {
    name: "outcomeError",
    replace: "code === undefined || code === Code.OK",
    with: "!isFailure(code)",
    why: "P11.4: a code that is not known counts as success",
  },
  {
    name: "ClientCall.#settle",
    replace: "this.#response !== undefined",
    with: "this.#response !== null",
    why: "P11.3: a success without a response is one of undefined",
  },
  {
    name: "ClientCall.constructor",
    replace: "method.kind === MethodKind.SERVER_STREAMING",
    with: "false",
    why: "S23: a server stream that is never read runs until its deadline",
  },
  {
    name: "ClientCall.awaited",
    replace: "this.#begin = undefined;",
    with: "",
    why: "S23: a server stream begins again whenever its consumer waits",
  },
  {
    name: "IncomingMessages.next",
    replace: "this.isOver = true;",
    with: "",
    why: "a second loop over a stream looks like one over a stream without messages",
  },
  {
    name: "InterceptedStream.next",
    replace: "!done && !this.isOver",
    with: "!done",
    why: "a loop that was left goes on with what an interceptor makes of it",
  },
  {
    name: "OutgoingMessages.#awaitMessage",
    replace: "this.#fail(error, false, true)",
    with: "this.#fail(error, false)",
    why: "an iterator is left open when one of its messages rejects",
  },
  {
    name: "listen",
    replace: "callbacks.size > 0",
    with: "callbacks.size >= 0",
    why: "a signal keeps a listener of calls that are over",
  },
  {
    name: "ServiceCall.decodingFailed",
    replace: "error.code === Code.INTERNAL",
    with: "error.code !== Code.INTERNAL",
    why: "nobody hears of a schema that fails, but of each invalid request",
  },
  {
    name: "OutgoingMessages.stop",
    replace: 'state === "running"',
    with: 'state !== "idle"',
    why: "a generator's finally sees the AsyncLocalStorage of whoever stops it",
  },
  {
    name: "inThisContext",
    replace: "new ContextStream(iteratorOf(messages, path))",
    with: "messages as Messages<unknown>",
    why: "a generator does not see what an interceptor has run next() with",
  },
  {
    name: "ContextStream.leave",
    replace: "isAsyncGenerator(this.#iterator)",
    with: "false",
    why: "on Deno the finally of a generator that is left while it is busy sees nothing of AsyncLocalStorage",
  },
  {
    name: "awaitMessage",
    replace: "await Promise.resolve().then(close).catch(() => {});",
    with: "",
    why: "a synchronous iterator behind an interceptor is left open when one of its messages rejects",
  },
  {
    name: "rejection",
    replace: 'isLocalFailure(error) || error.origin === "peer"',
    with: 'error.origin === "peer"',
    why: "the stack of an error says where the library found out, and not who has called",
  },
  {
    name: "messageCodec",
    replace: "isBlob(message)",
    with: "false",
    why: "a Blob cannot be sent",
  },
];
