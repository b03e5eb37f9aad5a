import type { Metadata } from "../../../src/client.ts";
import { assert, assertEquals } from "../assert.ts";
import { casesFor } from "../conformance_case.ts";
import { SERVICE_NAME } from "../contract.ts";
import { later } from "../stage.ts";

const DETAILS = [{ field: "name", limits: [1, 2n ** 70n] }, Uint8Array.of(1), null];

/** How calls fail. */
export const ERROR_CASES = casesFor("calls", {
  async "an error of any code arrives with its message"(stage) {
    const client = stage.client();
    const codes = Object.values(stage.library.Code).filter((code) => code !== "ok");
    assertEquals(codes.length, 16);
    for (const code of codes) {
      const error = await stage.assertFails(
        client.fail({ code, message: `It is ${code}`, metadata: [], details: [] }),
        code,
      );
      assertEquals([error.message, error.origin], [`It is ${code}`, "peer"]);
    }
  },

  async "an error arrives with its metadata and its details"(stage) {
    const metadata: Metadata = [["retry", "no"], ["token", Uint8Array.of(1, 255)]];
    let trailer: Metadata = [];
    const call = stage.client().fail(
      { code: "failed_precondition", message: "No", metadata, details: DETAILS },
      { onTrailer: (pairs) => trailer = pairs },
    );
    const error = await stage.assertFails(call, "failed_precondition");
    assertEquals(error.metadata, metadata);
    assertEquals(error.details, DETAILS);
    assertEquals(trailer.filter(([key]) => key === "retry" || key === "token"), metadata);
  },

  async "an exception arrives without its text"(stage) {
    const error = await stage.assertFails(stage.client().crash(), "unknown");
    assert(!JSON.stringify([error.message, error.details]).includes("password"), `It says ${error.message}`);
  },

  async "an error after messages comes after them"(stage) {
    const messages: number[] = [];
    const call = (async () => {
      for await (const message of stage.client().countAndFail(20)) messages.push(message);
    })();
    const error = await stage.assertFails(call, "data_loss");
    assertEquals(error.details, [20]);
    assertEquals(messages.length, 20);
  },

  async "an error reaches a caller that does not want the response"(stage) {
    const failure = { code: "aborted", message: "No", metadata: [], details: [] };
    await stage.assertFails(stage.client().fail(failure, { discardResponse: true }), "aborted");
  },

  async "a method that the service does not have is refused"(stage) {
    const { defineService, unary, createClient } = stage.library;
    const contract = defineService(SERVICE_NAME, { missing: unary<void, void>() });
    const { channel } = stage.open();
    const error = await stage.assertFails(createClient(contract, channel).missing(), "unimplemented");
    assert(error.message.includes("missing"), error.message);
  },

  async "a service that the server does not have is refused"(stage) {
    const { defineService, unary, createClient } = stage.library;
    const contract = defineService("ticketlink.Missing", { echo: unary<void, void>() });
    const { channel } = stage.open();
    const error = await stage.assertFails(createClient(contract, channel).echo(), "unimplemented");
    assert(error.message.includes("ticketlink.Missing"), error.message);
  },

  async "an error of one call leaves the others alone"(stage) {
    const client = stage.client();
    const calls = later(Promise.all(Array.from({ length: 5 }, (_, index) => client.echo(index))));
    const failure = { code: "internal", message: "No", metadata: [], details: [] };
    await stage.assertFails(client.fail(failure), "internal");
    assertEquals(await calls, [0, 1, 2, 3, 4]);
  },

  async "what the caller's own generator throws ends its call"(stage) {
    const broken = new TypeError("The source is broken");
    function* source(): Generator<number> {
      yield 1;
      throw broken;
    }
    const outcome = await stage.client().sum(source()).then(() => "nothing", (error) => error);
    assert(outcome === broken || outcome?.cause === broken, `It failed with ${outcome}`);
  },
});
