/** The documents: every code block runs as it stands (see `runDocument()` for how), and what they point to is there. */
import { assertEquals } from "@std/assert";
import { runDocument } from "./run_document.ts";

const ROOT = new URL("../../", import.meta.url);

const DOCUMENTS = [
  "README.md",
  "PROTOCOL.md",
  "ARCHITECTURE.md",
  "CONTRIBUTING.md",
  "CHANGELOG.md",
  "SECURITY.md",
  "docs/LARGE_DATA.md",
  "docs/SEMANTICS.md",
];

/** Where a document points to within the repository: links, and paths in backquotes. */
function pointers(markdown: string): string[] {
  const links = Array.from(markdown.matchAll(/\]\((\.{1,2}\/[^)#]*)/g), ([, link]) => link ?? "");
  const paths = Array.from(
    markdown.matchAll(/`((?:src|tests|tools|docs|examples)\/[\w./-]*)`/g),
    ([, path]) => `/${path}`,
  );
  return [...links, ...paths];
}

async function isThere(url: URL): Promise<boolean> {
  try {
    await Deno.stat(url);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

for (const document of DOCUMENTS) {
  const url = new URL(document, ROOT);

  Deno.test(`${document} shows code that works`, async (t) => {
    await runDocument(await Deno.readTextFile(url), (name, run) => t.step(name, run));
  });

  Deno.test(`${document} points to what is there`, async () => {
    const missing: string[] = [];
    for (const pointer of pointers(await Deno.readTextFile(url))) {
      const target = pointer.startsWith("/") ? new URL(pointer.slice(1), ROOT) : new URL(pointer, url);
      if (!await isThere(target)) missing.push(pointer);
    }
    assertEquals(missing, []);
  });
}
