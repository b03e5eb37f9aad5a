/**
 * Two processes that talk in lines of JSON: the parent's side and the child's.
 *
 * @module
 */

import process from "node:process";
import { Readable } from "node:stream";
import { WatchedProcess } from "../watched_process.ts";

/** What a parent tells its child, one at a time; each is answered by one line. */
export type Command = { readonly do: "load"; readonly ms: number } | { readonly do: "rest" } | { readonly do: "stop" };

/** V8 throws compiled code away and makes it anew, a megabyte now and then, which looks like growth. */
const V8_FLAGS = ["--expose-gc", "--no-flush-bytecode"];

/** A program to be run. */
export interface Program {
  readonly command: string | URL;
  readonly args: readonly string[];
}

/**
 * A module of this folder, run by Deno.
 *
 * @param file The module, relative to this one.
 * @param args What it is told.
 */
export function onDeno(file: string, args: readonly string[] = []): Program {
  const flags = ["--no-check", "--no-prompt", "--allow-net=127.0.0.1", `--v8-flags=${V8_FLAGS}`];
  return { command: Deno.execPath(), args: ["run", ...flags, new URL(file, import.meta.url).pathname, ...args] };
}

/**
 * A module, run by Node.
 *
 * @param path Where it lies, with all that it imports in it.
 */
export function onNode(path: string): Program {
  return { command: "node", args: [...V8_FLAGS, path] };
}

/** The parent's side. */
export class Child<Answers extends { readonly [Name in Command["do"] | "start"]: unknown }> extends WatchedProcess {
  constructor({ command, args }: Program) {
    super(command, { args, input: "piped" });
  }

  /** Waits for the line that says that it is ready. */
  started(): Promise<Answers["start"]> {
    return this.#answer("start");
  }

  /** Tells it something, and waits for what it answers. */
  async ask<Name extends Command["do"]>(command: Command & { readonly do: Name }): Promise<Answers[Name]> {
    await this.tell(JSON.stringify(command));
    return await this.#answer(command.do);
  }

  async #answer<Name extends keyof Answers>(_to: Name): Promise<Answers[Name]> {
    return JSON.parse(await this.line()) as Answers[Name]; // both sides are ours, and name the same type
  }
}

/** The child's side: the parent's commands, as they come. */
export async function* commands(): AsyncGenerator<Command> {
  for await (const line of lines(stdin())) yield JSON.parse(line);
}

/** What Node's module makes of it on Deno would keep the process. */
function stdin(): ReadableStream<Uint8Array<ArrayBuffer>> {
  return "Deno" in globalThis ? Deno.stdin.readable : Readable.toWeb(process.stdin);
}

/** Answers the parent. */
export function answer(value: unknown): void {
  console.log(JSON.stringify(value));
}

async function* lines(bytes: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  let text = "";
  for await (const chunk of bytes.pipeThrough(new TextDecoderStream())) {
    const parts = (text + chunk).split("\n");
    text = parts.pop() ?? "";
    yield* parts;
  }
}
