/** The router that all are checked with: its procedures, and the messages that they take and return. */

/** How a procedure is called; a subscription responds with a stream. */
export type ProcedureKind = "query" | "mutation" | "subscription";

/** One procedure, with types of its own. */
export interface Procedure {
  readonly name: string;
  readonly kind: ProcedureKind;
  readonly request: string;
  readonly response: string;
  /** An expression of the request's type. */
  readonly exampleRequest: string;
  /** An expression of the response's type, made of a variable `request`. */
  readonly exampleResponse: string;
  /** A property of the response that is a text. */
  readonly text: string;
  /** Whether the client calls it. */
  readonly isCalled: boolean;
}

/** The source files of a program by name. */
export type Program = Readonly<Record<string, string>>;

/** Of ten procedures, six are queries, two mutations and two subscriptions; the client calls one of each. */
const KINDS: readonly ProcedureKind[] = ["query", "query", "query", "mutation", "subscription"];
const CALLED: ReadonlySet<number> = new Set([0, 3, 4]);

/** The procedures of a router. */
export function procedures(count: number): Procedure[] {
  return Array.from({ length: count }, (_, i) => ({
    name: `m${i}`,
    kind: KINDS[i % KINDS.length] ?? "query",
    request: `Request${i}`,
    response: `Response${i}`,
    exampleRequest: `{ id: ${i}, name${i}: "Ada", tags: [] }`,
    exampleResponse: `{ id: request.id, text${i}: request.name${i}, parent: { id: ${i}, kind: "b" } }`,
    text: `text${i}`,
    isCalled: CALLED.has(i % 10),
  }));
}

/** The module `model.ts`: an interface for each message, and `schema()`, which makes Standard Schemas. */
export function modelOf(router: readonly Procedure[]): string {
  const messages = router.map(({ request, response }, i) =>
    `export interface ${request} {
  readonly id: number;
  readonly name${i}: string;
  readonly tags: readonly string[];
  readonly at?: Date | undefined;
}
export interface ${response} {
  readonly id: number;
  readonly text${i}: string;
  readonly parent: { readonly id: number; readonly kind: "a${i}" | "b" } | undefined;
}`
  );
  return [...messages, SCHEMA].join("\n");
}

/** The least that a validation library declares, so that its own types are not what is measured. */
const SCHEMA = `type Result<T> =
  | { readonly value: T; readonly issues?: undefined }
  | { readonly issues: readonly { readonly message: string }[] };
export interface Schema<T> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => Result<T>;
    readonly types?: { readonly input: T; readonly output: T } | undefined;
  };
}
export declare function schema<T>(): Schema<T>;
`;

/** An import of all messages from `model.ts`. */
export function importMessages(router: readonly Procedure[]): string {
  const names = router.flatMap(({ request, response }) => [request, response]);
  return `import type { ${names.join(", ")} } from "./model.js";`;
}
