/** Every limit of `src/limits.ts`: its default, that one below passes, that one above does not, what the peer is told. */
import { assert, assertEquals } from "@std/assert";
import * as limits from "../../src/limits.ts";
import { test } from "../protocol/register.ts";
import { EXCHANGE_ROWS } from "./exchange_rows.ts";
import { FLOW_ROWS } from "./flow_rows.ts";
import type { LimitRow } from "./limit_row.ts";
import { OPERATION_ROWS } from "./operation_rows.ts";
import { SOCKET_ROWS } from "./socket_rows.ts";
import { WIRE_ROWS } from "./wire_rows.ts";

const ROWS: readonly LimitRow[] = [...OPERATION_ROWS, ...WIRE_ROWS, ...EXCHANGE_ROWS, ...FLOW_ROWS, ...SOCKET_ROWS];
const DOCUMENT = await Deno.readTextFile(new URL("../../PROTOCOL.md", import.meta.url));

test("the table of limits has a row for every number in src/limits.ts, and no other", () => {
  const names = Object.entries(limits).filter(([, value]) => typeof value === "number").map(([name]) => name);
  assertEquals(ROWS.map(({ name }) => name).sort(), names.sort());
});

/** What the document says in the columns of a limit. */
function documented(option: string): readonly string[] {
  const name = option.replace(/^\w+/, "`$&`");
  const row = DOCUMENT.split("\n").find((line) => line.startsWith(`| ${name} `));
  assert(row !== undefined, `${name} is not in the table of PROTOCOL.md`);
  return row.split("|").slice(1, -1).map((cell) => cell.trim());
}

for (const { name, option, byDefault, inEffect } of ROWS) {
  test(`${option} is ${byDefault} by default, in the code, in PROTOCOL.md and in effect`, () => {
    assertEquals(limits[name], byDefault);
    assertEquals(documented(option)[1], byDefault.toLocaleString("en-US"));
    if (inEffect !== undefined) assertEquals(inEffect(), byDefault);
  });
}

for (const { option, limit, step = 1, isOverAtLimit = false, probe, told } of ROWS) {
  const most = isOverAtLimit ? limit - step : limit;
  test(`${option} of ${limit}: ${most} is taken, ${most + step} is not`, async () => {
    assertEquals(await probe(limit, most - step), undefined);
    assertEquals(await probe(limit, most), undefined);
    assertEquals(await probe(limit, most + step), told);
  });
}

test("the peer is told the name of each limit, but where time or flow control speaks for itself", () => {
  const nameless = ROWS.filter(({ option, told }) => !told.includes(`(${option.split(" ")[0]})`));
  assertEquals(nameless.map(({ option }) => option), [
    "defaultTimeoutMs",
    "maximumTimeoutMs",
    "MAX_REMEMBERED_RUNS",
    "windowBytes",
    "initialWindowPayloads",
    "maxWindowPayloads",
    "highWaterBytes",
    "MAX_DISCARDED_BYTES",
    "MAX_DISCARDED_REQUEST_BYTES",
    "DISCARD_MS",
    "MAX_BEGUN_ATTEMPTS",
    "BEGUN_ATTEMPT_MS",
    "probeTimeoutMs",
    "heartbeatMs",
    "idleMs of a client",
    "EXCHANGE_WINDOW_BYTES",
    "EARLY_BYTES",
    "EARLY_FRAME_BYTES",
    "STALL_MS",
    "NOT_TAKEN_MS",
    "MAX_BUDGET_OVERDRAFT_BYTES",
    "OPERATION_BYTES",
    "LEAST_PROGRESS_BYTES",
    "PROGRESS_MS",
    "MAX_MESSAGE_MS",
    "MAX_SOCKET_MESSAGE_BYTES",
    "MAX_SOCKET_BACKLOG_BYTES",
    "SOCKET_LOOK_MS",
    "MAX_SOCKET_LOOK_MS",
  ]);
});
