/** Every code block of the documents runs as it stands (see `runDocument()` for how). */
import { runDocument } from "./run_document.ts";

const DOCUMENTS = ["README.md", "PROTOCOL.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"];

for (const document of DOCUMENTS) {
  Deno.test(`${document} shows code that works`, async (t) => {
    const markdown = await Deno.readTextFile(new URL(`../../${document}`, import.meta.url));
    await runDocument(markdown, (name, run) => t.step(name, run));
  });
}
