/** A certificate for localhost that signs itself, made by OpenSSL, and its key. */
export interface Certificate extends AsyncDisposable {
  /** Path of the certificate. */
  readonly certificate: string;
  /** Path of the key. */
  readonly key: string;
}

/** Makes a certificate in a folder of its own, which is removed when it is disposed of. */
export async function makeCertificate(): Promise<Certificate> {
  const folder = await Deno.makeTempDir();
  const certificate = `${folder}/certificate.pem`;
  const key = `${folder}/key.pem`;
  const { success, stderr } = await new Deno.Command("openssl", {
    args: [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"],
      ...["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
      ...["-keyout", key, "-out", certificate],
    ],
  }).output();
  if (!success) throw new Error(`Cannot make a certificate: ${new TextDecoder().decode(stderr)}`);
  return { certificate, key, [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }) };
}
