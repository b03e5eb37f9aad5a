import { runProcess } from "./watched_process.ts";

/** Paths of a certificate for loopback, of its key, and of the authority behind it. */
export interface CertificatePaths {
  readonly cert: string;
  readonly key: string;
  readonly authority: string;
}

/** A certificate in a folder of its own, which is removed when it is disposed of. */
export interface TemporaryCertificate extends CertificatePaths, AsyncDisposable {}

/** Days that certificates are good for. */
const DAYS = 30;
/** Milliseconds after which one is made anew: long before a run can meet its end. */
const FRESH_MS = (DAYS - 10) * 86_400_000;

const NEW_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", String(DAYS)];

/**
 * Makes a certificate for loopback with OpenSSL, and an authority of our own behind it: some clients take no certificate
 * that signs itself. One that the folder has already is kept while it is good for long.
 *
 * @param folder Where the files go; it ends with a slash or not.
 */
export async function makeCertificate(folder: string): Promise<CertificatePaths> {
  const at = (name: string): string => `${folder.replace(/\/$/, "")}/${name}`;
  const paths = { cert: at("cert.pem"), key: at("key.pem"), authority: at("authority.pem") };
  if (await isFresh(paths.cert)) return paths;
  const authorityKey = at("authority.key");
  await request("/CN=ticketlink tests", { cert: paths.authority, key: authorityKey });
  await request("/CN=localhost", paths, [
    ...["-CA", paths.authority, "-CAkey", authorityKey],
    ...["-addext", "basicConstraints=critical,CA:FALSE"],
    ...["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
  ]);
  return paths;
}

/** Makes a certificate that lives as long as what uses it. */
export async function temporaryCertificate(): Promise<TemporaryCertificate> {
  const folder = await Deno.makeTempDir();
  const paths = await makeCertificate(folder);
  return { ...paths, [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }) };
}

async function isFresh(path: string): Promise<boolean> {
  const { mtime } = await Deno.stat(path).catch(() => ({ mtime: null }));
  return mtime !== null && Date.now() - mtime.getTime() < FRESH_MS;
}

async function request(
  subject: string,
  { cert, key }: Omit<CertificatePaths, "authority">,
  more: readonly string[] = [],
): Promise<void> {
  const args = ["req", "-x509", ...NEW_KEY, "-subj", subject, "-keyout", key, "-out", cert, ...more];
  await runProcess("openssl", { args });
}
