import { assertEquals, assertInstanceOf, assertRejects, assertStrictEquals } from "@std/assert";
import { createClient, defineService, RpcError, unary } from "../../src/client.ts";
import { unrepeatedBody } from "../../src/transport/client/repetition.ts";

Deno.test("unrepeatedBody() is a stream of all bytes, once", async () => {
  const body = unrepeatedBody(new Uint8Array([1, 2, 3]));
  assertInstanceOf(body, ReadableStream);
  assertEquals(await Array.fromAsync(body), [new Uint8Array([1, 2, 3])]);
});

Deno.test("unrepeatedBody() leaves the bytes as they are in a browser, where they cannot be streamed", () => {
  const bytes = new Uint8Array([1, 2, 3]);
  assertStrictEquals(unrepeatedBody(bytes, { document: {} }), bytes);
});

/** Answers the first request of each connection, and closes the connection at the second. */
class SecondRequestRefuser {
  requests = 0;
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #serving = this.#serve();

  get url(): string {
    return `http://127.0.0.1:${(this.#listener.addr as Deno.NetAddr).port}/`; // it listens on TCP
  }

  async close(): Promise<void> {
    this.#listener.close();
    await this.#serving;
  }

  async #serve(): Promise<void> {
    for await (const connection of this.#listener) {
      using _ = connection;
      await this.#read(connection);
      await connection.write(new TextEncoder().encode("HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n"));
      await this.#read(connection);
    }
  }

  /** Reads one request, as far as it comes in one go, and counts it. */
  async #read(connection: Deno.Conn): Promise<void> {
    if (await connection.read(new Uint8Array(65_536)) !== null) this.requests += 1;
  }
}

Deno.test("S45 a call on a single exchange whose connection closes without an answer is not made again", async () => {
  const server = new SecondRequestRefuser();
  const contract = defineService("test.Once", { once: unary<void, void>() });
  {
    await using client = createClient(contract, server.url, { exchange: "single" });
    // The first call leaves a connection behind that can be used again.
    for (let call = 1; call <= 2; call++) {
      const error = await assertRejects(() => client.once(), RpcError);
      assertEquals(error.code, "unavailable");
    }
  }
  assertEquals(server.requests, 2);
  await server.close();
});
