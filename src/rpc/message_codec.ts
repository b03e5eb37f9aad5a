import { textOf } from "../links/thrown.ts";
import { isBytes } from "../links/foreign_value.ts";
import { CborError } from "../cbor/cbor_error.ts";
import { Code } from "../links/code.ts";
import type { MessageType, Method, MethodKind } from "./method.ts";
import { localFailure, RpcError, type RpcErrorOptions } from "./rpc_error.ts";
import type { SchemaIssue, SchemaResult, StandardSchema } from "./standard_schema.ts";

/** The most issues in an error, and characters of each: enough to find a mistake, too few to fill the trailers. */
const MAX_ISSUES = 16;
const MAX_ISSUE_LENGTH = 200;

/** The side of a call. */
export type CallSide = "client" | "service";

/**
 * Encodes and decodes the requests or the responses of one method, and checks them against its schema.
 *
 * The sender checks a message and sends it unchanged. The receiver delivers the schema's output, so that defaults and
 * transforms apply once. The error is `INVALID_ARGUMENT` for a request and `INTERNAL` for a response, on either side.
 */
export class MessageCodec {
  readonly #type: MessageType<unknown>;
  readonly #description: string;
  readonly #code: Code;
  readonly #side: CallSide;

  constructor(type: MessageType<unknown>, direction: "request" | "response", path: string, side: CallSide) {
    this.#type = type;
    this.#description = `the ${direction} of ${path}`;
    this.#code = direction === "request" ? Code.INVALID_ARGUMENT : Code.INTERNAL;
    this.#side = side;
  }

  /**
   * Checks a message and turns it into bytes. Returns a promise only if the schema is asynchronous. Throws an `RpcError`, or
   * rejects with it, if the message is invalid or cannot be serialized.
   */
  encode(message: unknown): Uint8Array | PromiseLike<Uint8Array> {
    const { schema } = this.#type;
    if (schema === undefined) return this.#serialize(message);
    const result = this.#validate(schema, message, "send");
    if (!isPromise(result)) return this.#serializeValid(result, message);
    return result.then((settled) => this.#serializeValid(settled, message));
  }

  /**
   * Turns bytes into a message, checks it and returns the schema's output. Returns a promise only if the schema is
   * asynchronous. Throws an `RpcError`, or rejects with it, if the message cannot be read or is invalid.
   */
  decode(payload: unknown): unknown {
    const message = this.#deserialize(payload);
    const { schema } = this.#type;
    if (schema === undefined) return message;
    const result = this.#validate(schema, message, "accept");
    if (!isPromise(result)) return this.#outputOf(result);
    return result.then((settled) => this.#outputOf(settled));
  }

  #serializeValid(result: SchemaResult<unknown>, message: unknown): Uint8Array {
    if (result.issues !== undefined) throw this.#validationError("send", result.issues);
    return this.#serialize(message);
  }

  #outputOf(result: SchemaResult<unknown>): unknown {
    if (result.issues !== undefined) throw this.#validationError("accept", result.issues);
    return result.value;
  }

  #serialize(message: unknown): Uint8Array {
    try {
      return this.#type.serializer.serialize(message);
    } catch (cause) {
      throw this.#error(this.#code, `Cannot serialize ${this.#description}${this.#explain(cause)}`, { cause });
    }
  }

  #deserialize(payload: unknown): unknown {
    if (!isBytes(payload)) {
      throw this.#error(
        this.#code,
        `Cannot read ${this.#description}: expected bytes, got a value of type ${typeof payload}`,
      );
    }
    try {
      return this.#type.serializer.deserialize(payload);
    } catch (cause) {
      throw this.#error(this.#code, `Cannot read ${this.#description}${this.#explain(cause)}`, { cause });
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
        throw this.#schemaFailure(verb, cause);
      });
    } catch (cause) {
      throw this.#schemaFailure(verb, cause);
    }
  }

  /**
   * Why a serializer failed, as the end of an error message. The text of a custom serializer may hold secrets of the service,
   * so the service does not send it.
   */
  #explain(cause: unknown): string {
    if (cause instanceof CborError) return `: ${cause.explanation}`;
    if (this.#side === "service") return ": its serializer did not accept it";
    return `: ${textOf(cause)}`;
  }

  /** A client's error is for the client alone. A service's error is sent to its client. */
  #error(code: Code, message: string, options?: RpcErrorOptions): RpcError {
    return this.#side === "client" ? localFailure(code, message, options) : new RpcError(code, message, options);
  }

  #schemaFailure(verb: string, cause: unknown): RpcError {
    return this.#error(Code.INTERNAL, `Cannot ${verb} ${this.#description}: its schema failed`, { cause });
  }

  #validationError(verb: string, issues: readonly SchemaIssue[]): RpcError {
    const details = issues.slice(0, MAX_ISSUES).map(plainIssue);
    const list = details.map(({ message, path }) => path.length === 0 ? message : `${path.join(".")}: ${message}`);
    const more = issues.length > MAX_ISSUES ? `; and ${issues.length - MAX_ISSUES} more` : "";
    return this.#error(this.#code, `Cannot ${verb} ${this.#description}: ${list.join("; ")}${more}`, { details });
  }
}

/** An issue as it stands in the details of an error: values that CBOR has. */
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

/** A method with its service's name and its codecs: what a call needs to know of it. */
export interface BoundMethod {
  /** The service's name. */
  readonly service: string;
  /** The method's name. */
  readonly name: string;
  /** `service/method`, for error messages. */
  readonly path: string;
  /** How many messages go each way. */
  readonly kind: MethodKind;
  readonly request: MessageCodec;
  readonly response: MessageCodec;
}

/** Binds a method to its service, for one side of its calls. */
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

/** Whether a value has to be awaited. Other values are not awaited, so that a call with no asynchronous part makes one promise. */
export function isPromise<Value>(value: Value | PromiseLike<Value>): value is PromiseLike<Value> {
  // Most values are bytes, and looking for a property of a `Uint8Array` takes twice as long as all the other checks.
  if (typeof value !== "object" || value === null || isBytes(value)) return false;
  return "then" in value && typeof value.then === "function";
}
