import { describeValue, isBytes } from "../links/foreign_value.ts";
import { Code } from "../links/code.ts";
import type { MessageType, Method, MethodKind } from "./method.ts";
import type { RpcError, RpcErrorOptions } from "./rpc_error.ts";
import type { SchemaIssue, SchemaResult } from "./standard_schema.ts";

/** The most issues in an error, and characters of the text and of the path of each: enough to find a mistake. */
const MAX_ISSUES = 16;
const MAX_ISSUE_LENGTH = 200;

/** What differs between the sides of a call: a client's errors are for the client alone, a service's are sent to its client. */
export interface CodecSide {
  /** Makes the error of a message. */
  error(code: Code, message: string, options: RpcErrorOptions): RpcError;
  /** What the error says of what a serializer has thrown, or a schema if it says `what` has failed. */
  explain(cause: unknown, what?: string): string;
}

/** Encodes and decodes the requests or the responses of one method, and checks them against its schema. */
export interface MessageCodec {
  /**
   * Checks a message and turns it into bytes. Returns a promise only if the schema is asynchronous or the message is a `Blob`.
   * Throws an `RpcError`, or rejects with it, if the message is invalid or cannot be serialized.
   */
  encode(message: unknown): Uint8Array | PromiseLike<Uint8Array>;

  /**
   * Turns bytes into a message, checks it and returns the schema's output. Returns a promise only if the schema is
   * asynchronous. Throws an `RpcError`, or rejects with it, if the message cannot be read or is invalid.
   */
  decode(payload: unknown): unknown;
}

/**
 * Makes the codec of one direction.
 *
 * The sender checks a message and sends it unchanged. The receiver delivers the schema's output, so that defaults and
 * transforms apply once. The error is `INVALID_ARGUMENT` for a request and `INTERNAL` for a response, on either side.
 */
export function messageCodec(
  { serializer, schema }: MessageType<unknown>,
  direction: "request" | "response",
  path: string,
  side: CodecSide,
): MessageCodec {
  const ownCode = direction === "request" ? Code.INVALID_ARGUMENT : Code.INTERNAL;
  const fail = (verb: string, why: string, options: RpcErrorOptions = {}, code: Code = ownCode): never => {
    throw side.error(code, `Cannot ${verb} the ${direction} of ${path}: ${why}`, options);
  };
  const serialize = (message: unknown): Uint8Array | PromiseLike<Uint8Array> => {
    const failed = (cause: unknown): never => fail("serialize", side.explain(cause), { cause });
    try {
      return serializer.serialize(message);
    } catch (cause) {
      // Only here, so that other messages are not asked what they are.
      return isBlob(message)
        ? message.arrayBuffer().then((buffer) => serialize(new Uint8Array(buffer)), failed)
        : failed(cause);
    }
  };
  const deserialize = (payload: unknown): unknown => {
    if (!isBytes(payload)) return fail("read", `expected bytes, got a value of type ${typeof payload}`);
    try {
      return serializer.deserialize(payload);
    } catch (cause) {
      return fail("read", side.explain(cause), { cause });
    }
  };
  if (schema === undefined) return { encode: serialize, decode: deserialize };

  /** Goes on with the schema's output. */
  const check = <Result>(
    verb: string,
    message: unknown,
    proceed: (output: unknown) => Result | PromiseLike<Result>,
  ): Result | PromiseLike<Result> => {
    const schemaFailed = (cause: unknown): never =>
      fail(verb, side.explain(cause, "its schema failed"), { cause }, Code.INTERNAL);
    const attempt = <Value>(ask: () => Value): Value => {
      try {
        return ask();
      } catch (cause) {
        return schemaFailed(cause);
      }
    };
    const settle = (result: SchemaResult<unknown>): Result | PromiseLike<Result> => {
      const { output, problem } = attempt(() => readResult(result));
      return problem === undefined ? proceed(output) : fail(verb, ...problem);
    };
    const result = attempt(() => schema["~standard"].validate(message));
    return isPromise(result) ? result.then(settle, schemaFailed) : settle(result);
  };
  return {
    encode: (message) => check("send", message, () => serialize(message)),
    decode: (payload) => check("accept", deserialize(payload), (output) => output),
  };
}

/** What a schema says of a message: its output, or the text and the details of an error. */
interface Verdict {
  readonly output?: unknown;
  readonly problem?: [text: string, options: RpcErrorOptions];
}

/** Reads what a schema has given, which may be anything. Throws a `TypeError` if it is no result. */
function readResult(result: SchemaResult<unknown>): Verdict {
  if (typeof result !== "object" || result === null) {
    throw new TypeError(`Cannot read the schema's result: expected an object, got ${describeValue(result)}`);
  }
  return result.issues ? { problem: explainIssues(result.issues) } : { output: result.value };
}

/** Whether a message is a `Blob` or a `File`, of whichever realm: it is sent as the bytes that it holds. */
function isBlob(message: unknown): message is Blob {
  return / (Blob|File)]$/.test(Object.prototype.toString.call(message));
}

/** Issues as the text of an error, and as its details. */
function explainIssues(issues: readonly SchemaIssue[]): [text: string, options: RpcErrorOptions] {
  const details = issues.slice(0, MAX_ISSUES).map(plainIssue);
  const list = details.map(({ message, path }) => path.length === 0 ? message : `${path.join(".")}: ${message}`);
  if (issues.length > MAX_ISSUES) list.push(`and ${issues.length - MAX_ISSUES} more`);
  return [list.join("; "), { details }];
}

/** An issue as it stands in the details of an error: values that CBOR has. */
interface PlainIssue {
  readonly message: string;
  readonly path: readonly (string | number)[];
}

function plainIssue({ message, path = [] }: SchemaIssue): PlainIssue {
  return { message: shorten(message, MAX_ISSUE_LENGTH), path: plainPath(path) };
}

/** The keys of a path, up to so many characters of them: a message that is refused chooses its keys. */
function plainPath(path: NonNullable<SchemaIssue["path"]>): (string | number)[] {
  const keys: (string | number)[] = [];
  let room = MAX_ISSUE_LENGTH;
  for (const segment of path) {
    if (room <= 0) break;
    const key = typeof segment === "object" ? segment.key : segment;
    keys.push(typeof key === "number" ? key : shorten(String(key), room));
    room -= String(keys.at(-1)).length + 1; // and the dot between two of them
  }
  return keys;
}

function shorten(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length).toWellFormed()}…` : text;
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
export function bindMethod(service: string, name: string, method: Method, side: CodecSide): BoundMethod {
  const path = `${service}/${name}`;
  const { kind, request, response } = method;
  return {
    service,
    name,
    path,
    kind,
    request: messageCodec(request, "request", path, side),
    response: messageCodec(response, "response", path, side),
  };
}

/** Whether a value has to be awaited. Other values are not awaited, so that a call with no asynchronous part makes one promise. */
export function isPromise<Value>(value: Value | PromiseLike<Value>): value is PromiseLike<Value> {
  // Most values are bytes, and looking for a property of a `Uint8Array` takes twice as long as all the other checks.
  if (typeof value !== "object" || value === null || isBytes(value)) return false;
  return "then" in value && typeof value.then === "function";
}
