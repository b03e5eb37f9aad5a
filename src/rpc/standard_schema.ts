/**
 * Schemas of validation libraries, as standardschema.dev describes them (version 1). Zod, Valibot, ArkType and others make
 * them. Only the parts that this library reads are declared here.
 *
 * @module
 */

/** A problem that a schema has found in a value. */
export interface SchemaIssue {
  /** What is wrong, for people. */
  readonly message: string;
  /** Where in the value, outermost key first; absent for the value itself. */
  readonly path?: ReadonlyArray<PropertyKey | { readonly key: PropertyKey }> | undefined;
}

/** The result of a validation: the schema's output, or issues. */
export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: ReadonlyArray<SchemaIssue> };

/** The value of a schema's `~standard` property. */
export interface SchemaProperties<Input = unknown, Output = Input> {
  /** The version of the interface. */
  readonly version: 1;
  /** The library that made the schema. */
  readonly vendor: string;
  /** Checks a value, synchronously or not. */
  readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
  /** The types, for inference. It has no value at run time. */
  readonly types?: { readonly input: Input; readonly output: Output } | undefined;
}

/**
 * A schema of any library that implements Standard Schema version 1.
 *
 * @example A schema without a library
 * ```ts
 * import type { StandardSchema } from "@ticketlink/ticketlink";
 * import { assertEquals } from "@std/assert";
 *
 * const port: StandardSchema<number> = {
 *   "~standard": {
 *     version: 1,
 *     vendor: "example",
 *     validate: (value) =>
 *       typeof value === "number" && value < 65_536 ? { value } : { issues: [{ message: "Expected a port" }] },
 *   },
 * };
 * assertEquals(await port["~standard"].validate(8080), { value: 8080 });
 * ```
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  /** The schema as the interface describes it. */
  readonly "~standard": SchemaProperties<Input, Output>;
}

/** The type of the values that a schema takes. */
export type SchemaInput<Schema extends StandardSchema> = NonNullable<Schema["~standard"]["types"]>["input"];

/** The type of a schema's output: the input, with defaults and transforms applied. */
export type SchemaOutput<Schema extends StandardSchema> = NonNullable<Schema["~standard"]["types"]>["output"];

/** What {@linkcode unchecked} returns. */
export const UNCHECKED: StandardSchema<never> = Object.freeze({
  "~standard": Object.freeze({
    version: 1,
    vendor: "ticketlink",
    // Accepts everything, so the value has the type that the caller declares.
    validate: (value: unknown) => ({ value: value as never }),
  }),
});

/**
 * A type in place of a schema, for messages that are typed and not validated.
 *
 * @typeParam Message The type of the message.
 * @returns A schema that accepts everything. The library skips it, so it has no cost.
 *
 * @example The request is validated, the response is only typed
 * ```ts
 * import { type StandardSchema, unary, unchecked } from "@ticketlink/ticketlink";
 * import { assertEquals } from "@std/assert";
 *
 * const Name: StandardSchema<string> = {
 *   "~standard": {
 *     version: 1,
 *     vendor: "example",
 *     validate: (value) => typeof value === "string" ? { value } : { issues: [{ message: "Expected a name" }] },
 *   },
 * };
 * const method = unary({ input: Name, output: unchecked<number>() });
 * assertEquals([method.request.schema, method.response.schema], [Name, undefined]);
 * ```
 */
export function unchecked<Message>(): StandardSchema<Message> {
  // `never` is a subtype of every message, and the schema holds no message.
  return UNCHECKED;
}
