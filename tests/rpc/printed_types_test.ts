/** How TypeScript prints what an editor shows when a method of a client, or a handler, is hovered. */
import { assertEquals } from "@std/assert";
import { runDeno } from "../watched_process.ts";

const REPOSITORY = new URL("../../", import.meta.url).pathname;

const PROGRAM = `
import { bidiStreaming, clientStreaming, createClient, defineService, type Handlers, serverStreaming, type StandardSchema,
  unary, unchecked } from "${REPOSITORY}mod.ts";

declare const Age: StandardSchema<string, number>;
declare const interceptors: [];
const Typed = defineService("types.Typed", {
  hello: unary<string, string>(),
  ping: unary<void, void>(),
  find: unary<{ readonly id: number }, { name: string } | undefined>(),
  count: serverStreaming<number, number>(),
  sum: clientStreaming<number, number>(),
  chat: bidiStreaming<string, string>(),
});
const Checked = defineService("types.Checked", {
  hello: unary({ input: Age, output: unchecked<Date>() }),
  count: serverStreaming({ input: Age, output: Age }),
  sum: clientStreaming({ input: Age, output: Age }),
  chat: bidiStreaming({ input: Age, output: Age }),
});
const typed = createClient(Typed, "/rpc");
const checked = createClient(Checked, "/rpc", { interceptors });
declare const typedHandlers: Handlers<typeof Typed.methods>;
declare const checkedHandlers: Handlers<typeof Checked.methods>;
`;

/** Expressions, and how their types are printed. */
const PRINTED: Readonly<Record<string, string>> = {
  "typed.hello": "(message: string, options?: CallOptions) => Promise<string>",
  "typed.ping": "(message?: void, options?: CallOptions) => Promise<void>",
  "typed.find": "(message: { readonly id: number; }, options?: CallOptions) => Promise<{ name: string; } | undefined>",
  "typed.count": "(message: number, options?: CallOptions) => MessageStream<number>",
  "typed.sum": "(messages: Messages<number>, options?: CallOptions) => Promise<number>",
  "typed.chat": "(messages: Messages<string>, options?: CallOptions) => MessageStream<string>",
  "checked.hello": "(message: string, options?: CallOptions) => Promise<Date>",
  "checked.count": "(message: string, options?: CallOptions) => MessageStream<number>",
  "checked.sum": "(messages: Messages<string>, options?: CallOptions) => Promise<number>",
  "checked.chat": "(messages: Messages<string>, options?: CallOptions) => MessageStream<number>",
  "typedHandlers.hello": "(message: string, ctx: HandlerContext<unknown>) => string | Promise<string>",
  "typedHandlers.count":
    "(message: number, ctx: HandlerContext<unknown>) => Messages<number> | Promise<Messages<number>>",
  "typedHandlers.sum": "(messages: MessageStream<number>, ctx: HandlerContext<unknown>) => number | Promise<number>",
  "typedHandlers.chat":
    "(messages: MessageStream<string>, ctx: HandlerContext<unknown>) => Messages<string> | Promise<Messages<string>>",
  "checkedHandlers.hello": "(message: number, ctx: HandlerContext<unknown>) => Date | Promise<Date>",
};

Deno.test("methods of clients and handlers are printed with their parameters and what they return", async () => {
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  const uses = Object.keys(PRINTED).map((expression, i) => `export const shown${i}: never = ${expression};`);
  await Deno.writeTextFile(file, [PROGRAM, ...uses].join("\n"));
  const args = ["check", "--quiet", "--config", `${REPOSITORY}deno.json`, file];
  const { stderr } = await runDeno(args, { mayFail: true });
  await Deno.remove(file);
  const printed = Array.from(
    stderr.matchAll(/Type '(.*)' is not assignable to type 'never'/g),
    // An editor shows no `undefined` where `?` says so.
    ([, type]) => type?.replaceAll(/(\?: \w+) \| undefined/g, "$1"),
  );
  assertEquals(printed, Object.values(PRINTED));
});
