/// <reference lib="dom" />
/** What a page of another origin does: every kind of call that an exchange carries. */
import { connect, createClient, type ExchangeKind } from "@ticketlink/ticketlink/client";
import { Show } from "../../examples/browser/contract.ts";

/** What came of the calls. */
export interface Results {
  readonly greeting: string;
  readonly counted: readonly number[];
  readonly uploadedBytes: number;
  readonly said: readonly string[];
  readonly seenHeader: string | null;
}

async function* two<T>(first: T, second: T): AsyncGenerator<T> {
  yield first;
  yield second;
}

async function callAll(url: string, exchange: "auto" | ExchangeKind): Promise<Results> {
  await using channel = connect(url, { exchange });
  const client = createClient(Show, channel);
  let seenHeader: string | null = null;
  const onHttpResponse = ({ headers }: { headers: Headers }): void => void (seenHeader = headers.get("x-served-by"));
  const greeting = await client.greet("Ada", { onHttpResponse });
  const counted: number[] = [];
  for await (const number of client.count(3)) counted.push(number);
  const { bytes } = await client.upload(two(new Uint8Array(10), new Uint8Array(20)));
  const said: string[] = [];
  if (exchange !== "single") { for await (const line of client.chat(two("a", "b"))) said.push(line); }
  return { greeting, counted, uploadedBytes: bytes, said, seenHeader };
}

Object.assign(globalThis, { callAll });
