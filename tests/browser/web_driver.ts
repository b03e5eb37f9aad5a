/** A session of WebDriver (https://www.w3.org/TR/webdriver2/), over plain HTTP. */
export class WebDriverSession implements AsyncDisposable {
  readonly #url: string;
  readonly #timeoutMs: number;

  private constructor(url: string, timeoutMs: number) {
    this.#url = url;
    this.#timeoutMs = timeoutMs;
  }

  /**
   * Begins a session, which starts a browser.
   *
   * @param origin Where the driver listens.
   * @param capabilities What the browser is to be like.
   * @param timeoutMs Milliseconds that each command, and each script, may take.
   */
  static async begin(
    origin: string,
    capabilities: Readonly<Record<string, unknown>>,
    timeoutMs: number,
  ): Promise<WebDriverSession> {
    const value = await ask("POST", `${origin}/session`, { capabilities: { alwaysMatch: capabilities } }, timeoutMs);
    const id = typeof value === "object" && value !== null && "sessionId" in value ? value.sessionId : undefined;
    if (typeof id !== "string") throw new Error(`The driver began no session, but answered ${JSON.stringify(value)}`);
    const session = new WebDriverSession(`${origin}/session/${id}`, timeoutMs);
    await session.#ask("timeouts", { script: timeoutMs, pageLoad: timeoutMs });
    return session;
  }

  /** Loads a page. */
  async goto(url: string): Promise<void> {
    await this.#ask("url", { url });
  }

  /** Evaluates an expression on the page, and waits for what it promises, which has to be JSON. */
  async evaluate(expression: string): Promise<unknown> {
    const script = `const done = arguments[arguments.length - 1];
      (async () => ({ value: await (${expression}) }))().then(done, (error) => done({ error: String(error) }));`;
    const outcome = await this.#ask("execute/async", { script, args: [] });
    if (typeof outcome === "object" && outcome !== null && "value" in outcome) return outcome.value;
    throw new Error(`The page failed: ${JSON.stringify(outcome)}`);
  }

  /** Ends the session, and the browser with it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await ask("DELETE", this.#url, undefined, this.#timeoutMs);
  }

  #ask(command: string, parameters: Readonly<Record<string, unknown>>): Promise<unknown> {
    return ask("POST", `${this.#url}/${command}`, parameters, this.#timeoutMs);
  }
}

/** Sends a command; rejects if it fails, or is not carried out in time. */
async function ask(method: string, url: string, parameters: unknown, timeoutMs: number): Promise<unknown> {
  const command = `${method} ${new URL(url).pathname}`;
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(new Error(`Waited ${timeoutMs} ms for ${command}`)), timeoutMs);
  try {
    const body = parameters === undefined ? null : JSON.stringify(parameters);
    const response = await fetch(url, { method, body, signal: timeout.signal });
    const { value } = await response.json();
    if (!response.ok) throw new Error(`The driver cannot ${command}: ${value?.error}: ${value?.message}`);
    return value;
  } finally {
    clearTimeout(timer);
  }
}
