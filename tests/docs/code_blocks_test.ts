import { assertEquals } from "@std/assert";
import { codeBlocks } from "./code_blocks.ts";

Deno.test("codeBlocks() finds blocks with their language, line and text", () => {
  const markdown = "# Title\n\n```ts\nlet a;\n\nlet b;\n```\n\ntext ```no``` text\n\n```\nplain\n```\n";
  assertEquals(codeBlocks(markdown), [
    { language: "ts", text: "let a;\n\nlet b;\n", line: 3, file: undefined, prelude: "" },
    { language: "", text: "plain\n", line: 11, file: undefined, prelude: "" },
  ]);
});

Deno.test("codeBlocks() takes a file's name from the first line alone", () => {
  const markdown = "```ts\n// a/server.ts\nx;\n// b.ts\n```\n```ts\n// see b.ts\n```\n```ts\nx;\n// c.ts\n```\n";
  assertEquals(codeBlocks(markdown).map((block) => block.file), ["a/server.ts", undefined, undefined]);
});

Deno.test("codeBlocks() takes a prelude from the comment right before a block", () => {
  const markdown = "<!-- prelude\nconst a = 1;\n-->\n\n```ts\na;\n```\n<!-- a note -->\n\n```ts\nb;\n```\n";
  assertEquals(codeBlocks(markdown).map(({ prelude, line }) => [prelude, line]), [["const a = 1;\n", 5], ["", 10]]);
});

Deno.test("codeBlocks() takes the indentation of a fence from its text", () => {
  const markdown = "- item\n\n  ```sh\n  one\n    two\n  ```\n";
  assertEquals(codeBlocks(markdown), [
    { language: "sh", text: "one\n  two\n", line: 3, file: undefined, prelude: "" },
  ]);
});
