import { CborError } from "../cbor/cbor_error.ts";
import { guardAgainstCollisions } from "../cbor/collisions.ts";
import { NoSuchMethodError } from "../ends/served_operation.ts";
import type { OperationContext, Operator, Servicer } from "../ends/types.ts";
import { checkGroups } from "../option_groups.ts";
import { Code } from "../links/code.ts";
import type { AnyHandler, HandlerContext, Implementation } from "./handlers.ts";
import { inThisContext } from "./context_stream.ts";
import { intercept, type InterceptedRequest, type InterceptedResponse, type Interceptor } from "./interceptor.ts";
import { bindMethod, type BoundMethod, type CodecSide } from "./message_codec.ts";
import { MethodKind, streamsRequests, streamsResponses } from "../links/method_kind.ts";
import { isIterable, type Messages } from "./outgoing_messages.ts";
import { type WindowLimits, windowLimits, type WindowOptions } from "./receive_window.ts";
import { RpcError } from "./rpc_error.ts";
import { type ServedMethod, ServiceCall } from "./service_call.ts";
import type { ServiceContext } from "./service_context.ts";

/** The options of {@linkcode servicer}. */
export interface ServicerOptions {
  /** How far callers run ahead of the handlers that read their streams. */
  readonly flow?: WindowOptions | undefined;
  /** Wrap each handler, the outermost first. Without any, calls have no cost for them. */
  readonly interceptors?: readonly Interceptor[] | undefined;
  /**
   * Receives what handlers throw that is not an `RpcError`, responses that cannot be sent, and schemas of requests that have
   * thrown, with the call that they belong to. The caller learns only that it happened. Writes to `console.error` by default.
   */
  readonly onError?:
    | ((
      error: unknown,
      call: { readonly service?: string; readonly method?: string; readonly ctx?: HandlerContext },
    ) => void)
    | undefined;
}

/**
 * Makes a servicer, which serves the calls of a service end.
 *
 * @param implementations One service or several.
 * @param options Interceptors, windows and where errors go.
 * @returns The servicer.
 * @throws {TypeError} If two services have the same name, or an option stands in the wrong place.
 * @throws {RangeError} If an option is out of its range.
 *
 * @example Serve in memory
 * ```ts
 * import { createClient, defineService, implement, unary } from "@ticketlink/ticketlink";
 * import { invocationEnd, joinLinks, serviceEnd, servicer } from "@ticketlink/ticketlink/links";
 * import { assertEquals } from "@std/assert";
 *
 * const Adder = defineService("demo.Adder", { add: unary<readonly number[], number>() });
 * const adder = implement(Adder, { add: (numbers) => numbers.reduce((sum, n) => sum + n, 0) });
 *
 * const service = serviceEnd(servicer(adder));
 * const invocation = invocationEnd();
 * joinLinks(invocation, service);
 * service.start();
 * invocation.start();
 *
 * assertEquals(await createClient(Adder, invocation).add([1, 2, 3]), 6);
 * await Promise.all([invocation.stop(0), service.stop(0)]);
 * ```
 */
export function servicer(
  implementations: Implementation | readonly Implementation[],
  options: ServicerOptions = {},
): Servicer {
  guardAgainstCollisions();
  checkGroups(options, "server");
  const services = new Map<string, ReadonlyMap<string, ServedMethod>>();
  const settings: ServicerSettings = {
    interceptors: options.interceptors ?? [],
    window: windowLimits(options.flow),
    report: reporter(options.onError),
  };
  for (const implementation of [implementations].flat()) {
    const { name } = implementation.contract;
    if (services.has(name)) throw new TypeError(`Cannot serve ${name}: it is implemented twice`);
    services.set(name, servedMethods(implementation, settings));
  }
  return {
    service(group: string, method: string, context: OperationContext, output: Operator): ServiceCall {
      const methods = services.get(group);
      if (methods === undefined) throw new NoSuchMethodError(Code.UNIMPLEMENTED, `There is no service ${group}`);
      const served = methods.get(method);
      if (served === undefined) {
        throw new NoSuchMethodError(Code.UNIMPLEMENTED, `Service ${group} has no method ${method}`);
      }
      checkKind(served.method, context.methodKind);
      return new ServiceCall(served, context, output);
    },
  };
}

/** Refuses a call whose contract is another one: its two sides would wait for different things until the deadline (S35). */
function checkKind({ service, name, kind }: BoundMethod, called: unknown): void {
  if (called === undefined || called === kind) return;
  throw new NoSuchMethodError(
    Code.UNIMPLEMENTED,
    `Method ${name} of service ${service} is ${kind}, and the call takes it for ${describeKind(called)}`,
  );
}

/** The caller's text, which is a member of `MethodKind` unless a link in memory brings something else. */
function describeKind(called: unknown): string {
  return KINDS.has(called) ? String(called) : "something unknown";
}

const KINDS: ReadonlySet<unknown> = new Set(Object.values(MethodKind));

/** What all methods of a servicer share. */
interface ServicerSettings {
  readonly interceptors: readonly Interceptor[];
  readonly window: WindowLimits;
  readonly report: ServedMethod["report"];
}

function servedMethods(
  { contract, handlers }: Implementation,
  settings: ServicerSettings,
): ReadonlyMap<string, ServedMethod> {
  const { interceptors, window, report } = settings;
  const served = new Map<string, ServedMethod>();
  for (const [name, method] of Object.entries(contract.methods)) {
    const handler = handlers.get(name);
    if (handler === undefined) throw new TypeError(`Cannot serve ${contract.name}: method "${name}" has no handler`);
    const bound = bindMethod(contract.name, name, method, SERVICE_SIDE);
    const handle = interceptors.length === 0 ? handler : interceptedHandler(bound, handler, interceptors);
    served.set(name, { method: bound, handle, window, report });
  }
  return served;
}

/**
 * How a service's calls tell of messages that cannot be sent or read. The text of what a serializer or a schema throws may hold
 * secrets of the service, so it is not sent.
 */
const SERVICE_SIDE: CodecSide = {
  error: (code, message, options) => new RpcError(code, message, options),
  explain: (cause, what = "its serializer did not accept it") => cause instanceof CborError ? cause.explanation : what,
};

function reporter(onError: ServicerOptions["onError"] = (error) => console.error(error)): ServedMethod["report"] {
  return (error, ctx) => {
    try {
      onError(error, { service: ctx.service, method: ctx.method, ctx });
    } catch {
      // An error of `onError` has nowhere to go, and must not fail the call.
    }
  };
}

/** Wraps a handler in interceptors, the outermost first. */
function interceptedHandler(
  method: BoundMethod,
  handler: AnyHandler,
  interceptors: readonly Interceptor[],
): (input: unknown, ctx: ServiceContext) => Promise<unknown> {
  return async (input, ctx) => {
    const next = intercept(interceptors, async (request) => {
      ctx.metadata = request.metadata;
      const result = await handler(request.stream ? toStream(request.messages) : request.message, ctx);
      return responseOf(method, result, ctx);
    });
    const response = await next(requestOf(method, input, ctx));
    if (response.stream !== streamsResponses(method.kind)) {
      throw new TypeError(`Cannot answer ${method.path}: an interceptor brought the wrong kind of response`);
    }
    ctx.header = response.header;
    ctx.trailer = response.trailer;
    return response.stream ? response.messages : response.message;
  };
}

function requestOf({ service, name, kind }: BoundMethod, input: unknown, ctx: ServiceContext): InterceptedRequest {
  const call = {
    service,
    method: name,
    kind,
    metadata: [...ctx.metadata],
    signal: ctx.signal,
    timeoutMs: ctx.timeRemaining(),
    ctx,
  };
  return streamsRequests(kind)
    ? { ...call, stream: true, messages: input as AsyncIterable<unknown> } // the call's own stream
    : { ...call, stream: false, message: input };
}

function responseOf(method: BoundMethod, result: unknown, { header, trailer }: ServiceContext): InterceptedResponse {
  return streamsResponses(method.kind)
    ? { stream: true, messages: inThisContext(result, method.path), header, trailer }
    : { stream: false, message: result, header, trailer };
}

/** Handlers get an async iterator, also where an interceptor has replaced it by a synchronous iterable. */
function toStream(messages: Messages<unknown>): unknown {
  return isIterable(messages) ? asyncOf(messages) : messages;
}

async function* asyncOf(messages: Iterable<unknown>): AsyncGenerator<unknown> {
  yield* messages;
}
