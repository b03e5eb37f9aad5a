import { programNamed } from "../programs.ts";
import { WatchedProcess } from "../watched_process.ts";
import type { Proxy, ProxyKind } from "./proxy.ts";

const { path: NGINX, ignore } = programNamed("nginx");

/**
 * nginx with its default buffering of requests and responses.
 *
 * @param httpVersion The version that it speaks to the server; 1.0 is its default.
 */
export function nginx(httpVersion: "1.0" | "1.1"): ProxyKind {
  return {
    name: `nginx over HTTP/${httpVersion}`,
    ignore,
    hasDuplex: false,
    start: (upstreamPort) => startNginx(upstreamPort, httpVersion),
  };
}

async function startNginx(upstreamPort: number, httpVersion: string): Promise<Proxy> {
  const folder = await Deno.makeTempDir({ prefix: "nginx" });
  const port = freePort();
  await Deno.writeTextFile(`${folder}/nginx.conf`, configuration(folder, port, upstreamPort, httpVersion));
  const args = ["-c", `${folder}/nginx.conf`, "-p", folder, "-e", `${folder}/error.log`];
  const process = new WatchedProcess(NGINX, { args });
  await untilListening(port);
  return {
    port,
    async [Symbol.asyncDispose]() {
      process.kill("SIGTERM");
      await process.ended();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** What is not about files and ports is as nginx has it by itself, but for the size of requests, 1 MiB. */
function configuration(folder: string, port: number, upstreamPort: number, httpVersion: string): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) =>
    `${name}_temp_path ${folder}/${name};`
  );
  return `
    daemon off;
    ${Deno.uid() === 0 ? "user root;" : ""}
    worker_processes 1;
    pid ${folder}/nginx.pid;
    error_log ${folder}/error.log;
    events {}
    http {
      access_log off;
      ${temporary.join("\n")}
      client_max_body_size 64m;
      server {
        listen 127.0.0.1:${port};
        location / {
          proxy_pass http://127.0.0.1:${upstreamPort};
          proxy_http_version ${httpVersion};
        }
      }
    }`;
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

async function untilListening(port: number): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    try {
      using _connection = await Deno.connect({ hostname: "127.0.0.1", port });
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }
  throw new Error("nginx does not listen");
}
