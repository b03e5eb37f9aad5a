import { checkCommand, type CommandSurroundings } from "./check_command.ts";
import { type CodeBlock, codeBlocks } from "./code_blocks.ts";
import { repositoryConfig, type RunningServer, SampleProject } from "./sample_project.ts";

/** The address that documents write for their server. */
const WRITTEN_ORIGIN = "http://localhost:8000";

/**
 * Runs all code blocks of a document, in order, in one folder:
 *
 * - A `ts` block that shows a file is written under its name, any other under a name of its own, and run with no
 *   permission but the network. A file that calls `Deno.serve()` runs until the document ends or shows it anew, and
 *   `http://localhost:8000` in later blocks stands for its address.
 * - A `text` block right after a `ts` block is what that prints, to the letter; `…` stands for anything within a line.
 * - Commands in `sh` blocks are checked, not run; `json` blocks are parsed. Blocks of other languages are left alone.
 * - At last all files are type-checked.
 *
 * @param markdown The document.
 * @param step Runs one block under a name, as `Deno.TestContext.step` does.
 */
export async function runDocument(
  markdown: string,
  step: (name: string, run: () => Promise<void>) => Promise<unknown>,
): Promise<void> {
  await using project = await SampleProject.create();
  await using runner = new DocumentRunner(project, await surroundings());
  const blocks = codeBlocks(markdown);
  for (const [index, block] of blocks.entries()) {
    const next = blocks[index + 1];
    const printed = next?.language === "text" ? next.text : undefined;
    const name = `line ${block.line}: ${block.file ?? (block.language || "block")}`;
    await step(name, () => runner.run(block, printed));
  }
  await step("types", () => project.check());
}

async function surroundings(): Promise<CommandSurroundings> {
  const { tasks } = await repositoryConfig();
  return { tasks: new Set(Object.keys(tasks)), exists: (path) => existsInRepository(path) };
}

function existsInRepository(path: string): boolean {
  try {
    Deno.statSync(new URL(`../../${path}`, import.meta.url));
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

class DocumentRunner implements AsyncDisposable {
  readonly #project: SampleProject;
  readonly #surroundings: CommandSurroundings;
  readonly #files: Set<string> = new Set();
  readonly #servers: Map<string, RunningServer> = new Map();
  #origin = WRITTEN_ORIGIN;

  constructor(project: SampleProject, surroundings: CommandSurroundings) {
    this.#project = project;
    this.#surroundings = surroundings;
  }

  async run(block: CodeBlock, printed: string | undefined): Promise<void> {
    if (block.language === "ts") await this.#runCode(block, printed);
    else if (block.language === "sh") this.#checkCommands(block.text);
    else if (block.language === "json") JSON.parse(block.text);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.#servers.values()) await server.stop();
  }

  async #runCode(block: CodeBlock, printed: string | undefined): Promise<void> {
    const file = block.file ?? `line_${block.line}.ts`;
    const code = (block.prelude + block.text).replaceAll(WRITTEN_ORIGIN, this.#origin);
    this.#files.add(file);
    await this.#project.write(file, code);
    if (/\bDeno\.serve\(/.test(block.text)) return await this.#serve(file);
    const stdout = await this.#project.run(file);
    if (printed !== undefined && !prints(printed, stdout)) {
      throw new Error(`Expected the code to print:\n${printed}\nIt printed:\n${stdout}`);
    }
  }

  async #serve(file: string): Promise<void> {
    await this.#servers.get(file)?.stop();
    this.#servers.delete(file);
    const server = await this.#project.serve(file);
    this.#servers.set(file, server);
    this.#origin = server.origin;
  }

  #checkCommands(text: string): void {
    const { tasks, exists } = this.#surroundings;
    for (const line of text.split("\n")) {
      checkCommand(line, { tasks, exists: (path) => this.#files.has(path) || exists(path) });
    }
  }
}

/** Whether a text is what was announced, `…` standing for anything within a line. */
function prints(announced: string, text: string): boolean {
  const pattern = announced.trimEnd().split("…").map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")).join(
    ".*",
  );
  return new RegExp(`^${pattern}\\s*$`).test(text);
}
