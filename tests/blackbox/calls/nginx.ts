import { programNamed } from "../../programs.ts";
import { Attached, freePort, listening } from "../../attached.ts";

/** Where nginx is, and whether tests that need it are skipped. */
export const NGINX = programNamed("nginx");

/** A running nginx. */
export interface Nginx extends AsyncDisposable {
  /** The origin's port. */
  readonly port: number;
}

/**
 * Starts nginx with a configuration.
 *
 * @param server What stands in its only `server { … }`.
 * @param options `tls`, paths of a certificate and its key, for HTTP/2 beside HTTP/1.1; `http`, what stands before the
 * server.
 */
export async function nginx(
  server: string,
  { tls, http = "" }: { readonly tls?: { readonly cert: string; readonly key: string }; readonly http?: string } = {},
): Promise<Nginx> {
  const folder = await Deno.makeTempDir({ prefix: "nginx" });
  const port = freePort();
  const listen = tls === undefined
    ? `listen 127.0.0.1:${port};`
    : `listen 127.0.0.1:${port} ssl http2; ssl_certificate ${tls.cert}; ssl_certificate_key ${tls.key};`;
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${folder}/${name};`).join("\n");
  await Deno.writeTextFile(
    `${folder}/nginx.conf`,
    `daemon off;
    ${Deno.uid() === 0 ? "user root;" : ""}
    worker_processes 1;
    pid ${folder}/nginx.pid;
    error_log ${folder}/error.log;
    events { worker_connections 4096; }
    http {
      access_log off;
      ${temporary}
      ${http}
      server {
        ${listen}
        ${server}
      }
    }`,
  );
  const process = new Attached(NGINX.path, ["-c", `${folder}/nginx.conf`, "-p", folder, "-e", `${folder}/error.log`]);
  await listening(port);
  return {
    port,
    async [Symbol.asyncDispose]() {
      await process[Symbol.asyncDispose]();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** A location that passes everything on as it comes, which is what streams need. */
export function unbuffered(upstream: string, more = ""): string {
  return `location / {
    proxy_pass ${upstream};
    proxy_http_version 1.1;
    proxy_request_buffering off;
    proxy_buffering off;
    ${more}
  }`;
}
