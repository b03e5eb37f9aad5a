/**
 * A page that makes all four kinds of call: `deno run --allow-net --allow-read --allow-run examples/browser/main.ts [PORT]`,
 * then open the address that it prints. With the paths of a certificate and its key after the port it speaks HTTPS, and
 * browsers then HTTP/2.
 */
import { bundle } from "./bundle.ts";
import { show } from "./server.ts";

const [port = "8000", certificate, key] = Deno.args;
const html = await Deno.readTextFile(new URL("index.html", import.meta.url));
const { app, handler } = show(html, await bundle(new URL("app.ts", import.meta.url)));
const tls = certificate === undefined || key === undefined
  ? {}
  : { cert: await Deno.readTextFile(certificate), key: await Deno.readTextFile(key) };
const onListen = ({ port }: Deno.NetAddr): void =>
  console.log(`http${certificate === undefined ? "" : "s"}://localhost:${port}/`);
const server = Deno.serve({ hostname: "127.0.0.1", port: Number(port), onListen, ...tls }, app.fetch);

Deno.addSignalListener("SIGINT", async () => {
  await handler.stop(1000);
  await server.shutdown();
  Deno.exit();
});
