import { startFirefox } from "../../browser/firefox.ts";

/** A tab of a browser, driven from outside. */
export interface Tab {
  goto(url: string): Promise<unknown>;
  /** Evaluates an expression, and waits for what it promises. */
  evaluate(expression: string): Promise<unknown>;
}

/** Works in a tab of a Firefox of its own, which ends with this process. */
export async function inFirefox<T>(work: (tab: Tab) => Promise<T>): Promise<T> {
  await using firefox = await startFirefox();
  const session = await Session.open(firefox.endpoint);
  try {
    return await work(await session.newTab());
  } finally {
    await session.close();
  }
}

/** What a command of WebDriver BiDi brings, as far as it is used here. */
interface Reply {
  readonly context?: string;
  readonly type?: string;
  readonly result?: { readonly value: string };
  readonly exceptionDetails?: { readonly text: string };
}

/** A session of WebDriver BiDi (https://www.w3.org/TR/webdriver-bidi/). */
class Session {
  readonly #socket: WebSocket;
  readonly #waiting: Map<number, PromiseWithResolvers<Reply>> = new Map();
  #lastId = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => {
      const { id, result, error, message } = JSON.parse(data);
      const waiting = this.#waiting.get(id);
      if (error === undefined) waiting?.resolve(result);
      else waiting?.reject(new Error(`Firefox: ${error}: ${message}`));
    });
  }

  static async open(url: string): Promise<Session> {
    const socket = new WebSocket(url);
    await new Promise((resolve, reject) => {
      socket.addEventListener("open", resolve, { once: true });
      socket.addEventListener("error", reject, { once: true });
    });
    const session = new Session(socket);
    await session.#ask("session.new", { capabilities: {} });
    return session;
  }

  async newTab(): Promise<Tab> {
    const { context } = await this.#ask("browsingContext.create", { type: "tab" });
    return {
      goto: (url) => this.#ask("browsingContext.navigate", { context, url, wait: "complete" }),
      evaluate: async (expression) => {
        const { result, exceptionDetails } = await this.#ask("script.evaluate", {
          expression: `(async () => JSON.stringify(await (${expression})))()`,
          target: { context },
          awaitPromise: true,
        });
        if (result === undefined) throw new Error(`Firefox: ${exceptionDetails?.text}`);
        return JSON.parse(result.value);
      },
    };
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#socket.addEventListener("close", resolve, { once: true }));
    this.#socket.close();
    await closed;
  }

  #ask(method: string, params: Readonly<Record<string, unknown>>): Promise<Reply> {
    const id = ++this.#lastId;
    const waiting = Promise.withResolvers<Reply>();
    this.#waiting.set(id, waiting);
    this.#socket.send(JSON.stringify({ id, method, params }));
    return waiting.promise;
  }
}
