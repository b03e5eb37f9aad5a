import { importMessages, modelOf, type Procedure, type Program } from "./router.ts";

/** How the types of messages are given: by themselves, or by schemas of which they are inferred. */
export type MessageTypes = "types" | "schemas";

/** Writes a router, its handlers and a client that calls some of it as one library has it. */
export type ProgramWriter = (router: readonly Procedure[], messages: MessageTypes) => Program;

/** With us: a contract, an `implement()` and a client. */
export function ticketlinkProgram(router: readonly Procedure[], messages: MessageTypes): Program {
  const methods = router.map(({ name, kind, request, response }) => {
    const factory = kind === "subscription" ? "serverStreaming" : "unary";
    return messages === "types"
      ? `${name}: ${factory}<${request}, ${response}>(),`
      : `${name}: ${factory}({ input: schema<${request}>(), output: schema<${response}>() }),`;
  });
  const handlers = router.map(({ name, kind, exampleResponse }) =>
    kind === "subscription"
      ? `async *${name}(request) { yield ${exampleResponse}; },`
      : `${name}: (request) => (${exampleResponse}),`
  );
  const calls = called(router).map(({ name, kind, exampleRequest, text }) =>
    kind === "subscription"
      ? `for await (const r of client.${name}(${exampleRequest})) r.${text}.trim();`
      : `(await client.${name}(${exampleRequest})).${text}.trim();`
  );
  return {
    "model.ts": modelOf(router),
    "contract.ts": lines(
      'import { defineService, serverStreaming, unary } from "@ticketlink/ticketlink/client";',
      importMessages(router),
      importSchema(messages),
      `export const Service = defineService("bench.Service", {`,
      ...methods,
      "});",
    ),
    "server.ts": lines(
      'import { implement } from "@ticketlink/ticketlink/server";',
      'import { Service } from "./contract.js";',
      "export const service = implement(Service, {",
      ...handlers,
      "});",
    ),
    "client.ts": lines(
      'import { createClient } from "@ticketlink/ticketlink/client";',
      'import { Service } from "./contract.js";',
      'const client = createClient(Service, "https://example.com/rpc");',
      ...calls,
      "export {};",
    ),
  };
}

/** With tRPC: a router with its resolvers, and a client of the router's type. */
export function trpcProgram(router: readonly Procedure[], messages: MessageTypes): Program {
  const resolvers = router.map(({ name, kind, request, response, exampleResponse }) => {
    const input = messages === "types" ? `(value: unknown) => value as ${request}` : `schema<${request}>()`;
    const output = messages === "types" || kind === "subscription" ? "" : `.output(schema<${response}>())`;
    const result = messages === "types" ? `: ${response}` : "";
    const resolver = kind === "subscription"
      ? `async function* ({ input: request }): AsyncGenerator<${response}> { yield ${exampleResponse}; }`
      : `({ input: request })${result} => (${exampleResponse})`;
    return `${name}: t.procedure.input(${input})${output}.${kind}(${resolver}),`;
  });
  const calls = called(router).map(({ name, kind, exampleRequest, text }) => {
    if (kind === "subscription") {
      return `client.${name}.subscribe(${exampleRequest}, { onData: (r) => r.${text}.trim() });`;
    }
    return `(await client.${name}.${kind === "query" ? "query" : "mutate"}(${exampleRequest})).${text}.trim();`;
  });
  return {
    "model.ts": modelOf(router),
    "server.ts": lines(
      'import { initTRPC } from "@trpc/server";',
      importMessages(router),
      importSchema(messages),
      "const t = initTRPC.create();",
      "const service = t.router({",
      ...resolvers,
      "});",
      "export type Service = typeof service;",
    ),
    "client.ts": lines(
      'import { createTRPCClient, httpBatchLink } from "@trpc/client";',
      'import type { Service } from "./server.js";',
      'const client = createTRPCClient<Service>({ links: [httpBatchLink({ url: "https://example.com/rpc" })] });',
      ...calls,
      "export {};",
    ),
  };
}

/** Without a library: functions with their types written out, and calls of them. */
export function functionsProgram(router: readonly Procedure[], messages: MessageTypes): Program {
  const functions = router.map(({ name, kind, request, response, exampleResponse }) =>
    kind === "subscription"
      ? `async *${name}(request: ${request}): AsyncGenerator<${response}> { yield ${exampleResponse}; },`
      : `${name}: (request: ${request}): ${response} => (${exampleResponse}),`
  );
  const schemas = messages === "types"
    ? []
    : router.flatMap(({ request, response }) => [`schema<${request}>();`, `schema<${response}>();`]);
  const calls = called(router).map(({ name, kind, exampleRequest, text }) =>
    kind === "subscription"
      ? `for await (const r of service.${name}(${exampleRequest})) r.${text}.trim();`
      : `service.${name}(${exampleRequest}).${text}.trim();`
  );
  return {
    "model.ts": modelOf(router),
    "server.ts": lines(
      importMessages(router),
      importSchema(messages),
      ...schemas,
      "export const service = {",
      ...functions,
      "};",
    ),
    "client.ts": lines('import { service } from "./server.js";', ...calls, "export {};"),
  };
}

function called(router: readonly Procedure[]): Procedure[] {
  return router.filter(({ isCalled }) => isCalled);
}

function importSchema(messages: MessageTypes): string {
  return messages === "types" ? "" : 'import { schema } from "./model.js";';
}

function lines(...texts: readonly string[]): string {
  return `${texts.filter((text) => text !== "").join("\n")}\n`;
}
