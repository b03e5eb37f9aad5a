/** Something between clients and a server, which passes on what it gets in its own way. */
export interface Proxy extends AsyncDisposable {
  /** Where clients are to call. */
  readonly port: number;
}

/** One kind of proxy. */
export interface ProxyKind {
  readonly name: string;
  /** Whether the program that it takes is missing, so that its tests are skipped. */
  readonly ignore?: boolean;
  /** Whether duplex exchanges work through it. */
  readonly hasDuplex: boolean;
  /** Starts one before a server. */
  start(upstreamPort: number): Promise<Proxy>;
}
