/**
 * What a validation library hands over, in the shape that standardschema.dev describes (version 1): zod, valibot, arktype
 * and others produce it. Only what this library reads is declared here.
 *
 * @module
 */

/** One thing that is wrong with a value. */
export interface SchemaIssue {
  /** What is wrong, for people. */
  readonly message: string;
  /** Where in the value, outermost key first; absent for the value itself. */
  readonly path?: ReadonlyArray<PropertyKey | { readonly key: PropertyKey }> | undefined;
}

/** What a validation found: the value as the schema makes it, or what is wrong. */
export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: ReadonlyArray<SchemaIssue> };

/** What stands under a schema's `~standard` key. */
export interface SchemaProperties<Input = unknown, Output = Input> {
  /** The version of the interface. */
  readonly version: 1;
  /** The library that made the schema. */
  readonly vendor: string;
  /** Checks a value, at once or later. */
  readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
  /** The types, for inference alone: there is no value behind it. */
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

/** What one gives to a schema. */
export type SchemaInput<Schema extends StandardSchema> = NonNullable<Schema["~standard"]["types"]>["input"];

/** What one gets from a schema: the input, with its defaults and transforms applied. */
export type SchemaOutput<Schema extends StandardSchema> = NonNullable<Schema["~standard"]["types"]>["output"];

const UNCHECKED: StandardSchema<never> = Object.freeze({
  "~standard": Object.freeze({
    version: 1,
    vendor: "ticketlink",
    // Accepts whatever the types allow, so the value is what the caller says it is.
    validate: (value: unknown) => ({ value: value as never }),
  }),
});

/**
 * Names a type where a schema stands, for a message that is typed and not validated.
 *
 * @typeParam Message The type of the message.
 * @returns A schema that accepts everything. Messages under it are not validated at all, so it costs nothing.
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
  // `never` is a subtype of every message; the schema itself holds no message.
  return UNCHECKED;
}

/**
 * Tells whether a schema is the one of {@linkcode unchecked}.
 *
 * @param schema Any schema.
 * @returns Whether it accepts everything.
 */
export function isUnchecked(schema: StandardSchema): boolean {
  return schema === UNCHECKED;
}
