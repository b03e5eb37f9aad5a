import { assertEquals } from "@std/assert";
import { scanSource } from "../../tools/scan_source.ts";

/** The code without runs of blanks, and the literals' texts. */
function scan(text: string): [string, string[]] {
  const { code, literals } = scanSource(text);
  assertEquals(code.length, text.length, text);
  return [code.replaceAll(/ +/g, " "), literals.map((literal) => literal.text)];
}

Deno.test("scanSource() blanks comments", () => {
  assertEquals(scan("a // fetch 'x'\nb /* setTimeout\n`y` */ c"), ["a \nb \n c", []]);
});

Deno.test("scanSource() blanks strings and returns them", () => {
  assertEquals(scan(`a("fe\\"tch", 'it\\'s') // "no"`), [`a(" ", ' ') `, [`fe\\"tch`, `it\\'s`]]);
  assertEquals(scan(`"" + ''`), [`"" + ''`, ["", ""]]);
});

Deno.test("scanSource() sees the code within templates", () => {
  assertEquals(scan("`a ${b({ c: `d ${e} f` })} g` + h"), ["` `b({ c: ` `e` ` })` ` + h", ["a ", "d "]]);
  assertEquals(scan("`\\` $ \\${` + x"), ["` ` + x", ["\\` $ \\${"]]);
});

Deno.test("scanSource() tells regular expressions from divisions", () => {
  assertEquals(scan("x = /[/'\"]\\/`/g.test(y) / z"), ["x = / /.test(y) / z", []]);
  assertEquals(scan("return /a'b/; (a) / b; c = d / e / f"), ["return / /; (a) / b; c = d / e / f", []]);
});

Deno.test("scanSource() keeps every character at its place", () => {
  const text = `const a = "b"; // c\nimport d from "./e.ts";`;
  const { code, literals } = scanSource(text);
  assertEquals(code.indexOf("import"), text.indexOf("import"));
  assertEquals(literals.at(-1), { index: text.indexOf(`"./e.ts"`), text: "./e.ts" });
});
