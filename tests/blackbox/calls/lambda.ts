import type { Hono } from "npm:hono@^4";
import { handle } from "npm:hono@^4/aws-lambda";
import type { FetchFunction } from "@ticketlink/ticketlink/client";

/**
 * Makes a `fetch` that leads to an app on AWS Lambda: what it sends becomes an event when it is complete, and what comes
 * back is there when it is complete.
 */
export function lambdaFetch(app: Hono): FetchFunction {
  const handler = handle(app);
  return async (url, { method = "GET", headers, body, signal }) => {
    const given = new Promise<never>((_, reject) => {
      signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
    const bytes = await Promise.race([new Response(body ?? null).bytes(), given]);
    const { pathname, host } = new URL(url);
    const event = {
      version: "2.0",
      routeKey: "$default",
      rawPath: pathname,
      rawQueryString: "",
      headers: Object.fromEntries(new Headers(headers)),
      body: bytes.toBase64(),
      isBase64Encoded: true,
      requestContext: {
        accountId: "anonymous",
        apiId: "test",
        authentication: null,
        authorizer: {},
        domainName: host,
        domainPrefix: "test",
        http: { method, path: pathname, protocol: "HTTP/1.1", sourceIp: "127.0.0.1", userAgent: "test" },
        requestId: "test",
        routeKey: "$default",
        stage: "$default",
        time: "",
        timeEpoch: 0,
      },
    };
    const answer = await Promise.race([handler(event), given]);
    const answered = answer.isBase64Encoded ? Uint8Array.fromBase64(answer.body) : answer.body;
    const answeredHeaders = new Headers();
    for (const [name, value] of Object.entries(answer.headers ?? {})) answeredHeaders.set(name, String(value));
    return new Response(answer.statusCode === 204 ? null : answered, {
      status: answer.statusCode,
      headers: answeredHeaders,
    });
  };
}
