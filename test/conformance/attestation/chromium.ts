import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** Debian's Chromium, or another of that name on PATH; `undefined` where there is none. */
export function findChromium(): string | undefined {
  const folders = ["/usr/bin", ...(process.env["PATH"] ?? "").split(":")];
  return folders.map((folder) => join(folder, "chromium")).find((path) => existsSync(path));
}

/** Without a sandbox, which root has none of; without anything that would ask another machine. */
const flags = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--remote-debugging-port=0",
];

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly sessionId?: string;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

/** Version of the browser and value of the expression. */
export interface Evaluation {
  readonly browser: string;
  readonly value: unknown;
}

/**
 * Opens a page in a new headless Chromium with an empty profile, and gives the value of an expression that is evaluated
 * once the page has loaded (awaited if it is a promise). The browser ends before this returns.
 */
export async function evaluateInChromium(
  program: string,
  page: string,
  expression: string,
): Promise<Evaluation> {
  const profile = await mkdtemp(join(tmpdir(), "apoc-chromium-"));
  const child = spawn(program, [...flags, `--user-data-dir=${profile}`, "about:blank"], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  try {
    const devTools = await DevTools.connect(await endpoint(child));
    try {
      const { product } = (await devTools.call("Browser.getVersion")) as { product: string };
      return { browser: product, value: await devTools.evaluate(page, expression) };
    } finally {
      await devTools.call("Browser.close").catch(() => child.kill());
    }
  } finally {
    const forced = setTimeout(() => child.kill("SIGKILL"), 5000);
    if (child.exitCode === null && child.pid === undefined) child.kill();
    await ended;
    clearTimeout(forced);
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Address of the DevTools, which the browser writes to stderr. */
async function endpoint(child: ChildProcess): Promise<string> {
  const seen: string[] = [];
  for await (const line of createInterface({ input: child.stderr! })) {
    const found = /^DevTools listening on (ws:\S+)/.exec(line)?.[1];
    if (found !== undefined) {
      // Read on, so that the browser never waits for somebody to read.
      child.stderr!.resume();
      return found;
    }
    seen.push(line);
  }
  throw new Error(`Chromium ended early: ${seen.join("\n")}`);
}

/** A connection to a browser by the Chrome DevTools protocol. */
class DevTools {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (message: Message) => void>();
  readonly #events = new Map<string, () => void>();
  #count = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => {
      const message = JSON.parse(String(data)) as Message;
      if (message.id !== undefined) this.#waiting.get(message.id)?.(message);
      else if (message.method !== undefined) this.#events.get(message.method)?.();
    });
    socket.addEventListener("close", () => {
      for (const answer of this.#waiting.values()) answer({ error: { message: "the browser has ended" } });
    });
  }

  static async connect(address: string): Promise<DevTools> {
    const socket = new WebSocket(address);
    await new Promise<void>((resolve, reject) => {
      socket.addEventListener("open", () => resolve());
      socket.addEventListener("error", () => reject(new Error(`no DevTools at ${address}`)));
    });
    return new DevTools(socket);
  }

  async call(method: string, params: object = {}, sessionId?: string): Promise<unknown> {
    const id = (this.#count += 1);
    const message = await new Promise<Message>((resolve) => {
      this.#waiting.set(id, resolve);
      this.#socket.send(
        JSON.stringify({ id, method, params, ...(sessionId !== undefined && { sessionId }) }),
      );
    });
    this.#waiting.delete(id);
    if (message.error !== undefined) throw new Error(`${method}: ${message.error.message}`);
    return message.result;
  }

  async evaluate(page: string, expression: string): Promise<unknown> {
    const { targetId } = (await this.call("Target.createTarget", { url: "about:blank" })) as {
      targetId: string;
    };
    const { sessionId } = (await this.call("Target.attachToTarget", { targetId, flatten: true })) as {
      sessionId: string;
    };
    await this.call("Page.enable", {}, sessionId);
    const loaded = new Promise<void>((resolve) => this.#events.set("Page.loadEventFired", resolve));
    await this.call("Page.navigate", { url: page }, sessionId);
    await loaded;
    const options = { expression, awaitPromise: true, returnByValue: true };
    const { result, exceptionDetails } = (await this.call("Runtime.evaluate", options, sessionId)) as {
      result: { value?: unknown };
      exceptionDetails?: { text: string; exception?: { description?: string } };
    };
    if (exceptionDetails !== undefined)
      throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }
}
