import { assertEquals } from "@std/assert";
import { linePercentage, lineRanges, parseLcov } from "../../tools/lcov.ts";

const REPORT = `SF:/x/src/a.ts
FN:1,f
DA:1,3
DA:2,0
DA:4,1
LH:2
LF:3
end_of_record
SF:/x/src/b.ts
DA:10,0
end_of_record
`;

Deno.test("parseLcov() takes the lines of each file and which were missed", () => {
  assertEquals(parseLcov(REPORT), [
    { file: "/x/src/a.ts", lines: 3, missed: [2] },
    { file: "/x/src/b.ts", lines: 1, missed: [10] },
  ]);
  assertEquals(parseLcov(""), []);
});

Deno.test("linePercentage() weighs files by their lines", () => {
  assertEquals(linePercentage(parseLcov(REPORT)), 50);
  assertEquals(linePercentage([]), 100);
});

Deno.test("lineRanges() joins neighbours", () => {
  assertEquals(lineRanges([1, 3, 4, 5, 9, 10]), "1, 3–5, 9–10");
  assertEquals(lineRanges([]), "");
});
