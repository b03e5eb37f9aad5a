import { assert, assertEquals } from "@std/assert";
import { newOperationId } from "../../src/links/mod.ts";

Deno.test("newOperationId() counts up by one, so that those who remember ids can remember runs", () => {
  const first = newOperationId();
  assert(Number.isSafeInteger(first) && first > 0);
  assertEquals([newOperationId(), newOperationId()], [first + 1, first + 2]);
});
