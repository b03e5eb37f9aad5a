import { assertEquals } from "@std/assert";
import { compareRules, rulesNamedIn, rulesOf } from "../../tools/rules.ts";

Deno.test("rulesOf() takes what stands alone in bold, once", () => {
  const markdown = "- **S1** One (S3).\n- **S10** Ten. **Ruling**: S2\n**P4.2** A peer MUST. **P4** **S1** again.";
  assertEquals(rulesOf(markdown), ["S1", "S10", "P4.2", "P4"]);
});

Deno.test("rulesNamedIn() takes the strings that begin with rules", () => {
  const source = `
    // "S1 in a comment"
    Deno.test("S2 does", () => assertEquals("as S3 says", 1));
    await t.step('S4, P5.1 do', run);
    for (const kind of kinds) Deno.test(\`P6 \${kind}\`, run);
    const table = [["S7"], ["S8: no"], ["S9 yes"]];
    Deno.test("S10", run);
  `;
  assertEquals(rulesNamedIn(source), ["S2", "S4", "P5.1", "P6", "S9"]);
});

Deno.test("compareRules() finds rules without a test and names without a rule", () => {
  assertEquals(compareRules(["S1", "S2", "P1"], ["S2", "S9", "S2"]), { untested: ["S1", "P1"], unknown: ["S9"] });
  assertEquals(compareRules(["S1"], ["S1"]), { untested: [], unknown: [] });
});
