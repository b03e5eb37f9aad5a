import { assertEquals, assertRejects } from "@std/assert";
import { runDocument } from "./run_document.ts";

/** Runs a document whose fences are written as three tildes; returns the names of its steps. */
async function run(markdown: string): Promise<string[]> {
  const names: string[] = [];
  await runDocument(markdown.replaceAll("~~~", "```"), async (name, step) => {
    names.push(name);
    await step();
  });
  return names;
}

Deno.test("runDocument() runs files that belong together and compares what they print", async () => {
  const names = await run(`
~~~ts
// greeting.ts
export const greeting: string = "Hello";
~~~
~~~ts
// server.ts
import { greeting } from "./greeting.ts";
Deno.serve(() => new Response(greeting));
~~~
~~~sh
deno run --allow-net server.ts
~~~
~~~ts
// client.ts
const response = await fetch("http://localhost:8000");
console.log(await response.text(), Date.now());
console.log("done");
~~~
~~~text
Hello …
done
~~~
<!-- prelude
import { NULL_LINK } from "@ticketlink/ticketlink/links";
-->
~~~ts
import { assert } from "@std/assert";
assert(NULL_LINK);
~~~
`);
  assertEquals(names, [
    "line 2: greeting.ts",
    "line 6: server.ts",
    "line 11: sh",
    "line 14: client.ts",
    "line 20: text",
    "line 27: ts",
    "types",
  ]);
});

Deno.test("runDocument() fails when the code fails, prints something else or has wrong types", async () => {
  await assertRejects(() => run('~~~ts\nthrow new Error("thrown");\n~~~'), Error, "thrown");
  await assertRejects(() => run('~~~ts\nconsole.log("a");\n~~~\n~~~text\nb\n~~~'), Error, "It printed:\na");
  await assertRejects(() => run('~~~ts\nconst n: number = "a";\nconsole.log(n);\n~~~'), Error, "TS2322");
  await assertRejects(() => run("~~~ts\n// a.ts\nlet n: number = '';n;\n~~~\n~~~ts\n// a.ts\n~~~"), Error, "TS2322");
});

Deno.test("runDocument() fails when a server does not start, a command or JSON is wrong, or a permission is missing", async () => {
  await assertRejects(
    () => run('~~~ts\nif (Deno) throw new Error("no");\nDeno.serve(() => new Response());\n~~~'),
    Error,
  );
  await assertRejects(() => run("~~~sh\ndeno task gone\n~~~"), Error, "not there");
  await assertRejects(() => run("~~~json\n{a}\n~~~"), SyntaxError);
  await assertRejects(() => run('~~~ts\nDeno.readTextFileSync("deno.json");\n~~~'), Error, "--allow-read");
});
