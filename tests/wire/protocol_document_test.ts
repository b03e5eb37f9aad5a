/** PROTOCOL.md against the code and the vectors: its CDDL, its numbers and its example. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import * as limits from "../../src/limits.ts";
import { Code } from "../../src/links/mod.ts";
import { MEDIA_TYPE, PROTOCOL_VERSION } from "../../src/wire/mod.ts";
import { fromHex, readVectors, toHex, valueOf } from "../vectors/vectors.ts";
import { Cddl, readItems } from "./cddl.ts";
import { readAll } from "./recorder.ts";

const DOCUMENT = await Deno.readTextFile(new URL("../../PROTOCOL.md", import.meta.url));

function blocks(language: string): string[] {
  return Array.from(DOCUMENT.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\`$`, "gm")), ([, text]) => text!);
}

const CDDL = new Cddl(blocks("cddl").join("\n"));

/** Invalid vectors that are so by what the CDDL says; the others are by their encoding or by values. */
const REFUSED_BY_CDDL = [
  "four items",
  "one item",
  "fields that are no map",
  "field key of text",
  "sequence number that is negative",
  "subscription that does not exist",
  "termination that does not exist",
  "kind of method that does not exist",
  "metadata of an odd length",
  "metadata that is a map",
  "metadata with a key of bytes",
  "metadata with a value of a number",
  "payload with a record tag",
  "operation 0",
  "operation of text",
  "operation above 2^53 - 1",
  "not an array",
  "control item of three items",
  "control item without a map",
  "control item with a text key",
  "hello without versions",
  "hello with versions of text",
  "hello with an exchange kind that does not exist",
  "hello that accepts no bytes",
  "ping without a value",
  "goaway without a last operation",
  "refusal without a status",
  "taken without a length",
  "taken of no bytes",
  "credit of text",
  "credit of fewer bytes than none",
  "credit of operations that are no list",
];

Deno.test("PROTOCOL.md has CDDL that all valid vectors are of", async () => {
  const matches = (rule: string, hex: string) => readItems(fromHex(hex)).every((item) => CDDL.matches(rule, item));
  for (const { name, hex, valid } of await readVectors("profile")) {
    if (valid) assert(matches("value", hex), `profile.json: ${name}`);
  }
  for (const { name, hex, valid } of await readVectors("items")) {
    if (valid) assert(matches("item", hex), `items.json: ${name}`);
  }
  for (const { name, hex } of await readVectors("bodies")) assert(matches("frame", hex), `bodies.json: ${name}`);
});

Deno.test("PROTOCOL.md has CDDL that malformed items are not of", async () => {
  const vectors = new Map((await readVectors("items")).map(({ name, hex }) => [name, hex]));
  for (const name of REFUSED_BY_CDDL) {
    const hex = vectors.get(name);
    assert(hex !== undefined, `there is no vector "${name}"`);
    const [item] = readItems(fromHex(hex));
    assert(!CDDL.matches("item", item!), name);
  }
});

/** The name in the document of each number in the code. */
const NAMES: Readonly<Record<string, string>> = {
  DEFAULT_TIMEOUT_MS: "`defaultTimeoutMs`",
  MAXIMUM_TIMEOUT_MS: "`maximumTimeoutMs`",
  MAX_OPERATIONS_PER_EXCHANGE: "`maxOperations`",
  CLIENT_IDLE_MS: "`idleMs` of a client",
  SERVER_IDLE_MS: "`idleMs` of a server",
};

/** Those that no option sets have the names that they have in the code. */
const WITHOUT_OPTION: readonly string[] = [
  "EXCHANGE_WINDOW_BYTES",
  "EARLY_BYTES",
  "EARLY_FRAME_BYTES",
  "MAX_BUDGET_OVERDRAFT_BYTES",
  "OPERATION_BYTES",
  "STALL_MS",
  "LEAST_PROGRESS_BYTES",
  "NOT_TAKEN_MS",
  "PROGRESS_MS",
  "MAX_MESSAGE_MS",
  "MAX_DISCARDED_BYTES",
  "MAX_DISCARDED_REQUEST_BYTES",
  "DISCARD_MS",
  "MAX_BEGUN_ATTEMPTS",
  "BEGUN_ATTEMPT_MS",
  "MAX_REMEMBERED_RUNS",
  "MAX_SOCKET_MESSAGE_BYTES",
  "MAX_SOCKET_BACKLOG_BYTES",
  "SOCKET_LOOK_MS",
  "MAX_SOCKET_LOOK_MS",
];

function documentedName(constant: string): string {
  if (WITHOUT_OPTION.includes(constant)) return `\`${constant}\``;
  const camel = constant.toLowerCase().replaceAll(/_(.)/g, (_, letter: string) => letter.toUpperCase());
  return NAMES[constant] ?? `\`${camel}\``;
}

Deno.test("PROTOCOL.md has every limit of the code, with its default", () => {
  const rows = new Map(
    Array.from(DOCUMENT.matchAll(/^\| ([^|]*?) +\| ([\d,]+) +\|/gm), ([, name, value]) => [name, value]),
  );
  const numbers = Object.entries(limits).filter(([, value]) => typeof value === "number");
  for (const [constant, value] of numbers) {
    assertEquals(rows.get(documentedName(constant)), value.toLocaleString("en-US"), constant);
  }
  for (const name of rows.keys()) {
    assert(/^\d/.test(name!) || numbers.some(([constant]) => documentedName(constant) === name), `${name} is no limit`);
  }
});

Deno.test("PROTOCOL.md names the media type, the version and all codes", () => {
  assertStringIncludes(DOCUMENT, `# The ticketlink protocol, version ${PROTOCOL_VERSION}`);
  assertStringIncludes(DOCUMENT, MEDIA_TYPE);
  for (const code of Object.values(Code)) assertStringIncludes(DOCUMENT, `\`${code}\``);
});

Deno.test("PROTOCOL.md has an example that is what it says", async () => {
  const vectors = new Map((await readVectors("bodies")).map((vector) => [vector.name, vector]));
  const [request, response] = blocks("hex").map((text) => fromHex(text.replaceAll(/#.*$/gm, "")));
  const names = ["unary call on a single exchange", "answer to a unary call on a single exchange"];
  for (const [i, bytes] of [request!, response!].entries()) {
    const vector = vectors.get(names[i]!)!;
    assertEquals(toHex(bytes), vector.hex);
    assertEquals(readAll(bytes).items, valueOf(vector.meaning) as Record<string, unknown>[]);
  }
  assertStringIncludes(DOCUMENT, `Content-Length: ${request!.length}`);
});

Deno.test("PROTOCOL.md numbers its rules in order, each once", () => {
  const rules = Array.from(
    DOCUMENT.matchAll(/^- \*\*P(\d+)\.(\d+)\*\* /gm),
    ([, section, number]) => [section, number],
  );
  const expected = rules.map(([section], i) => {
    const before = rules.slice(0, i).filter(([other]) => other === section).length;
    return [section, String(before + 1)];
  });
  assertEquals(rules, expected);
  assert(rules.length > 60);
  assertEquals(Array.from(DOCUMENT.matchAll(/\*\*P\d/g)).length, rules.length);
});
