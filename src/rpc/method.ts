import { MethodKind } from "../links/method_kind.ts";
import { cborSerializer, type Serializer, type UniversalSerializer } from "./serializer.ts";
import { type SchemaInput, type SchemaOutput, type StandardSchema, UNCHECKED } from "./standard_schema.ts";

export { MethodKind };

/** The serializer and the schema of the requests or the responses of a method. */
export interface MessageType<Sent, Received = Sent> {
  /** Turns messages into bytes and back. */
  readonly serializer: Serializer<Sent>;
  /** Checks messages on both sides. Its transforms apply at the receiver. `undefined` if messages are only typed. */
  readonly schema: StandardSchema<Sent, Received> | undefined;
}

/**
 * One method of a contract, as {@linkcode unary} and its siblings make it.
 *
 * @typeParam Kind How many messages go each way.
 * @typeParam Request What the caller sends.
 * @typeParam Response What the handler sends.
 * @typeParam ReceivedRequest What the handler gets: the request, with the defaults and transforms of its schema applied.
 * @typeParam ReceivedResponse What the caller gets: the response, likewise.
 */
export interface Method<
  Kind extends MethodKind = MethodKind,
  Request = unknown,
  Response = unknown,
  ReceivedRequest = Request,
  ReceivedResponse = Response,
> {
  /** How many messages go each way. */
  readonly kind: Kind;
  /** Serializer and schema of requests. */
  readonly request: MessageType<Request, ReceivedRequest>;
  /** Serializer and schema of responses. */
  readonly response: MessageType<Response, ReceivedResponse>;
}

/** The serializers of a method; CBOR by default. */
export interface SerializerOptions<Request, Response> {
  /** For both directions. The two below take precedence. */
  readonly serializer?: UniversalSerializer | undefined;
  /** For requests. */
  readonly inputSerializer?: Serializer<Request> | undefined;
  /** For responses. */
  readonly outputSerializer?: Serializer<Response> | undefined;
}

/** The options of a method whose types are given, or are inferred from schemas that transform nothing. */
export interface MethodOptions<Request, Response> extends SerializerOptions<Request, Response> {
  /** Checks every request. */
  readonly input?: StandardSchema<Request> | undefined;
  /** Checks every response. */
  readonly output?: StandardSchema<Response> | undefined;
}

/** The options of a method whose types are inferred from its schemas. Use `unchecked` in place of a schema you do not need. */
export interface SchemaMethodOptions<Input extends StandardSchema, Output extends StandardSchema>
  extends SerializerOptions<SchemaInput<Input>, SchemaInput<Output>> {
  /** Checks every request. */
  readonly input: Input;
  /** Checks every response. */
  readonly output: Output;
}

/** Makes methods of one kind. */
export interface MethodFactory<Kind extends MethodKind> {
  /**
   * Makes a method with a schema for each direction. Every message is checked on both sides. The sender sends it unchanged,
   * and the receiver delivers the schema's output, so that defaults and transforms apply once.
   */
  <Input extends StandardSchema, Output extends StandardSchema>(
    options: SchemaMethodOptions<Input, Output>,
  ): Method<Kind, SchemaInput<Input>, SchemaInput<Output>, SchemaOutput<Input>, SchemaOutput<Output>>;
  /** Makes a method whose messages have the given types. */
  <Request = unknown, Response = unknown>(
    options?: MethodOptions<Request, Response>,
  ): Method<Kind, Request, Response>;
}

/**
 * A method with one request and one response.
 *
 * @example A typed method and a call of it in memory
 * ```ts
 * import { createClient, defineService, implement, unary } from "@ticketlink/ticketlink";
 * import { invocationEnd, joinLinks, serviceEnd, servicer } from "@ticketlink/ticketlink/links";
 * import { assertEquals } from "@std/assert";
 *
 * const Greeter = defineService("demo.Greeter", { hello: unary<string, string>() });
 * const service = serviceEnd(servicer(implement(Greeter, { hello: (name) => `Hello, ${name}` })));
 * const invocation = invocationEnd();
 * joinLinks(invocation, service);
 * service.start();
 * invocation.start();
 *
 * assertEquals(await createClient(Greeter, invocation).hello("Ada"), "Hello, Ada");
 * await invocation.stop(0);
 * await service.stop(0);
 * ```
 */
export const unary: MethodFactory<"unary"> = methodFactory(MethodKind.UNARY);

/**
 * A method with one request and any number of responses.
 *
 * @example A method that counts
 * ```ts
 * import { defineService, implement, serverStreaming } from "@ticketlink/ticketlink";
 *
 * const Counter = defineService("demo.Counter", { count: serverStreaming<number, number>() });
 * implement(Counter, {
 *   async *count(n) {
 *     for (let i = 0; i < n; i++) yield i;
 *   },
 * });
 * ```
 */
export const serverStreaming: MethodFactory<"server_streaming"> = methodFactory(MethodKind.SERVER_STREAMING);

/**
 * A method with any number of requests and one response.
 *
 * @example A method that adds up
 * ```ts
 * import { clientStreaming, defineService, implement } from "@ticketlink/ticketlink";
 *
 * const Adder = defineService("demo.Adder", { sum: clientStreaming<number, number>() });
 * implement(Adder, {
 *   async sum(numbers) {
 *     let total = 0;
 *     for await (const n of numbers) total += n;
 *     return total;
 *   },
 * });
 * ```
 */
export const clientStreaming: MethodFactory<"client_streaming"> = methodFactory(MethodKind.CLIENT_STREAMING);

/**
 * A method with any number of requests and responses, at the same time.
 *
 * @example A method that answers each message
 * ```ts
 * import { bidiStreaming, defineService, implement } from "@ticketlink/ticketlink";
 *
 * const Shouter = defineService("demo.Shouter", { shout: bidiStreaming<string, string>() });
 * implement(Shouter, {
 *   async *shout(messages) {
 *     for await (const message of messages) yield message.toUpperCase();
 *   },
 * });
 * ```
 */
export const bidiStreaming: MethodFactory<"bidi_streaming"> = methodFactory(MethodKind.BIDI_STREAMING);

/** The options of either signature of a {@linkcode MethodFactory}, at run time. */
type AnyOptions = MethodOptions<unknown, unknown>;

function methodFactory<Kind extends MethodKind>(kind: Kind): MethodFactory<Kind> {
  return (options: AnyOptions = {}) => {
    const { serializer = cborSerializer, inputSerializer = serializer, outputSerializer = serializer } = options;
    return Object.freeze({
      kind,
      request: messageType("input", inputSerializer, options.input),
      response: messageType("output", outputSerializer, options.output),
    });
  };
}

function messageType(
  direction: "input" | "output",
  serializer: Serializer<unknown>,
  schema: StandardSchema | undefined,
): MessageType<unknown> {
  const wrong = (what: string) => new TypeError(`Cannot define the method: ${what}`);
  if (typeof serializer?.serialize !== "function" || typeof serializer.deserialize !== "function") {
    throw wrong(`the serializer of its ${direction} lacks serialize or deserialize`);
  }
  if (schema !== undefined && typeof schema?.["~standard"]?.validate !== "function") {
    throw wrong(`its ${direction} is not a Standard Schema`);
  }
  return Object.freeze({ serializer, schema: schema === UNCHECKED ? undefined : schema });
}
