import { textOf } from "../links/thrown.ts";
import { isBytes } from "../links/foreign_value.ts";
import { CborError } from "../cbor/cbor_error.ts";
import { Code } from "../links/mod.ts";
import type { MessageType, Method, MethodKind } from "./method.ts";
import { localFailure, RpcError, type RpcErrorOptions } from "./rpc_error.ts";
import type { SchemaIssue, SchemaResult, StandardSchema } from "./standard_schema.ts";

/** Issues that an error tells of, and characters of each: enough to mend a mistake, too little to fill the trailers. */
const MAX_ISSUES = 16;
const MAX_ISSUE_LENGTH = 200;

/** The side of a call: the one that makes it, or the one that serves it. */
export type CallSide = "client" | "service";

/**
 * Turns the messages of one direction of one method into payloads and back, and holds them to its schema.
 *
 * The sender checks that a message passes and sends it as it is; the receiver hands on what the schema makes of it, so
 * that defaults and transforms apply once. A request that fails is `INVALID_ARGUMENT` wherever it does, a response
 * `INTERNAL`.
 */
export class MessageCodec {
  readonly #type: MessageType<unknown>;
  readonly #what: string;
  readonly #code: Code;
  readonly #side: CallSide;

  /**
   * @param type How the messages travel.
   * @param direction Which way.
   * @param path The method, as `service/method`.
   * @param side Where this is.
   */
  constructor(type: MessageType<unknown>, direction: "request" | "response", path: string, side: CallSide) {
    this.#type = type;
    this.#what = `the ${direction} of ${path}`;
    this.#code = direction === "request" ? Code.INVALID_ARGUMENT : Code.INTERNAL;
    this.#side = side;
  }

  /**
   * Checks a message that is to be sent and turns it into bytes.
   *
   * @param message The message.
   * @returns The payload; a promise of it only if the schema takes its time.
   * @throws {RpcError} If it does not pass or has no bytes; the promise rejects likewise.
   */
  encode(message: unknown): Uint8Array | PromiseLike<Uint8Array> {
    const { schema } = this.#type;
    if (schema === undefined) return this.#serialize(message);
    const result = this.#validate(schema, message, "send");
    if (!isPromise(result)) return this.#passed(result, message);
    return result.then((settled) => this.#passed(settled, message));
  }

  /**
   * Turns received bytes into a message and checks it.
   *
   * @param payload The payload.
   * @returns What the schema makes of the message; a promise of it only if the schema takes its time.
   * @throws {RpcError} If it is no message or does not pass; the promise rejects likewise.
   */
  decode(payload: unknown): unknown {
    const message = this.#deserialize(payload);
    const { schema } = this.#type;
    if (schema === undefined) return message;
    const result = this.#validate(schema, message, "accept");
    if (!isPromise(result)) return this.#accepted(result);
    return result.then((settled) => this.#accepted(settled));
  }

  #passed(result: SchemaResult<unknown>, message: unknown): Uint8Array {
    if (result.issues !== undefined) throw this.#invalid("send", result.issues);
    return this.#serialize(message);
  }

  #accepted(result: SchemaResult<unknown>): unknown {
    if (result.issues !== undefined) throw this.#invalid("accept", result.issues);
    return result.value;
  }

  #serialize(message: unknown): Uint8Array {
    try {
      return this.#type.serializer.serialize(message);
    } catch (cause) {
      throw this.#error(this.#code, `Cannot serialize ${this.#what}${this.#reason(cause)}`, { cause });
    }
  }

  #deserialize(payload: unknown): unknown {
    if (!isBytes(payload)) {
      throw this.#error(
        this.#code,
        `Cannot read ${this.#what}: expected bytes, got a value of type ${typeof payload}`,
      );
    }
    try {
      return this.#type.serializer.deserialize(payload);
    } catch (cause) {
      throw this.#error(this.#code, `Cannot read ${this.#what}${this.#reason(cause)}`, { cause });
    }
  }

  #validate(
    schema: StandardSchema,
    message: unknown,
    verb: string,
  ): SchemaResult<unknown> | PromiseLike<SchemaResult<unknown>> {
    try {
      const result = schema["~standard"].validate(message);
      if (!isPromise(result)) return result;
      return result.then(undefined, (cause) => {
        throw this.#broken(verb, cause);
      });
    } catch (cause) {
      throw this.#broken(verb, cause);
    }
  }

  /**
   * Why a serializer failed, as the end of a message. What others than the default one say may name what the peer is not to
   * know, so a service keeps it to itself.
   */
  #reason(cause: unknown): string {
    if (cause instanceof CborError) return `: ${cause.explanation}`;
    if (this.#side === "service") return ": its serializer did not accept it";
    return `: ${textOf(cause)}`;
  }

  /** A caller finds out itself what is wrong with a message; what a service finds is for its caller. */
  #error(code: Code, message: string, options?: RpcErrorOptions): RpcError {
    return this.#side === "client" ? localFailure(code, message, options) : new RpcError(code, message, options);
  }

  #broken(verb: string, cause: unknown): RpcError {
    return this.#error(Code.INTERNAL, `Cannot ${verb} ${this.#what}: its schema failed`, { cause });
  }

  #invalid(verb: string, issues: readonly SchemaIssue[]): RpcError {
    const details = issues.slice(0, MAX_ISSUES).map(plainIssue);
    const list = details.map(({ message, path }) => path.length === 0 ? message : `${path.join(".")}: ${message}`);
    const more = issues.length > MAX_ISSUES ? `; and ${issues.length - MAX_ISSUES} more` : "";
    return this.#error(this.#code, `Cannot ${verb} ${this.#what}: ${list.join("; ")}${more}`, { details });
  }
}

/** An issue as the details of an error tell it, in what CBOR can say. */
interface PlainIssue {
  readonly message: string;
  readonly path: readonly (string | number)[];
}

function plainIssue({ message, path = [] }: SchemaIssue): PlainIssue {
  const keys = path.map((segment) => typeof segment === "object" ? segment.key : segment);
  return {
    message: message.length > MAX_ISSUE_LENGTH ? `${message.slice(0, MAX_ISSUE_LENGTH).toWellFormed()}…` : message,
    path: keys.map((key) => typeof key === "symbol" ? String(key) : key),
  };
}

/** A method of a certain service, ready to be called or served. */
export interface BoundMethod {
  /** The service's name. */
  readonly service: string;
  /** The method's name. */
  readonly name: string;
  /** Both, for messages: `service/method`. */
  readonly path: string;
  /** How many messages go each way. */
  readonly kind: MethodKind;
  /** Reads and writes requests. */
  readonly request: MessageCodec;
  /** Reads and writes responses. */
  readonly response: MessageCodec;
}

/**
 * Binds a method to its service.
 *
 * @param service The service's name.
 * @param name The method's name.
 * @param method The method.
 * @param side Who calls it or serves it.
 * @returns The method, ready to be called or served.
 */
export function bindMethod(service: string, name: string, method: Method, side: CallSide): BoundMethod {
  const path = `${service}/${name}`;
  return Object.freeze({
    service,
    name,
    path,
    kind: method.kind,
    request: new MessageCodec(method.request, "request", path, side),
    response: new MessageCodec(method.response, "response", path, side),
  });
}

/**
 * Tells whether a value has to be awaited. What need not be is not: a call whose parts are all at hand costs one promise.
 *
 * @param value Anything.
 * @returns Whether it is a promise or looks like one.
 */
export function isPromise<Value>(value: Value | PromiseLike<Value>): value is PromiseLike<Value> {
  // Bytes are what most values are; to look for a property of an array of bytes takes twice as long as all the rest.
  if (typeof value !== "object" || value === null || isBytes(value)) return false;
  return "then" in value && typeof value.then === "function";
}
