/**
 * Schemas without a library, for the tests of this folder.
 *
 * @module
 */
import type { SchemaResult, StandardSchema } from "../../mod.ts";
import type { SchemaIssue } from "../../src/links/mod.ts";

/** A schema of a function that gives back the value it makes, or throws an issue. */
export function schemaOf<Input, Output = Input>(
  validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>,
): StandardSchema<Input, Output> {
  return { "~standard": { version: 1, vendor: "test", validate } };
}

/** One that accepts what passes a check, and takes its time if asked. */
export function checked<Input>(
  check: (value: unknown) => boolean,
  issue: SchemaIssue,
  options: { readonly later?: boolean } = {},
): StandardSchema<Input> {
  return schemaOf<Input>((value) => {
    // The check is what makes it an input.
    const result: SchemaResult<Input> = check(value) ? { value: value as Input } : { issues: [issue] };
    return options.later === true ? Promise.resolve(result) : result;
  });
}

/** Numbers from 0; anything else has the issue `Expected a number from 0` at `n`. */
export const Natural: StandardSchema<number> = checked<number>(
  (value) => typeof value === "number" && value >= 0,
  { message: "Expected a number from 0", path: ["n"] },
);

/** The same, but it takes its time. */
export const NaturalLater: StandardSchema<number> = checked<number>(
  (value) => typeof value === "number" && value >= 0,
  { message: "Expected a number from 0", path: [{ key: "n" }] },
  { later: true },
);

/** Takes decimal text and makes it a number: what is sent and what is received differ. */
export const Decimal: StandardSchema<string, number> = schemaOf<string, number>((value) =>
  typeof value === "string" && /^\d+$/.test(value) ? { value: Number(value) } : {
    issues: [{ message: "Expected decimal digits" }],
  }
);
