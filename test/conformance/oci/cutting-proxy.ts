import { createServer, request as httpRequest, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** A request as it came to the proxy. */
export interface ProxiedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Bytes of bodies that went through, towards the registry and back. */
  sent: number;
  received: number;
}

/** What the proxy does to one request; what is left out is passed on as it is. */
export interface Disturbance {
  /** Breaks both connections after so many bytes of the response's body. */
  cutResponse?: number;
  /** Breaks both connections after so many bytes of the request's body. */
  cutRequest?: number;
  /** Takes these headers out of the request. */
  without?: readonly string[];
  /** Replaces headers of the response. */
  headers?: Readonly<Record<string, string>>;
  /** Changes the bytes of the response. */
  change?: (chunk: Buffer) => Buffer;
  /** Loses the answer: breaks the connection when it arrives. */
  loseAnswer?: boolean;
  /** Waits so long before each part of the response's body. */
  slowly?: number;
}

/** An HTTP proxy in front of a registry, that breaks connections: the registry behind it is a real one. */
export class CuttingProxy {
  readonly host: string;
  readonly requests: ProxiedRequest[] = [];
  disturb: (request: ProxiedRequest) => Disturbance | undefined = () => undefined;
  readonly #server: Server;

  constructor(server: Server, host: string) {
    this.#server = server;
    this.host = host;
  }

  static async start(upstream: string): Promise<CuttingProxy> {
    const server = createServer({ requestTimeout: 0 });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const proxy = new CuttingProxy(server, `127.0.0.1:${(server.address() as AddressInfo).port}`);
    proxy.#serve(upstream);
    return proxy;
  }

  #serve(upstream: string): void {
    this.#server.on("request", (incoming, outgoing) => {
      const { method = "GET", url: path = "/", headers } = incoming;
      const seen: ProxiedRequest = { method, path, headers, sent: 0, received: 0 };
      this.requests.push(seen);
      const { without = [], ...does } = this.disturb(seen) ?? {};
      const passed = Object.fromEntries(Object.entries(headers).filter(([name]) => !without.includes(name)));
      const cut = () => {
        forwarded.destroy();
        incoming.socket.destroy();
      };
      // The registry keeps the name by which it is asked, so that its Location leads back here.
      const forwarded = httpRequest(`http://${upstream}${path}`, { method, headers: passed }, (response) => {
        if (does.loseAnswer === true) {
          cut();
          return;
        }
        outgoing.writeHead(response.statusCode ?? 502, { ...response.headers, ...does.headers });
        outgoing.flushHeaders();
        response.on("error", cut);
        const relay = async () => {
          for await (const chunk of response as AsyncIterable<Buffer>) {
            if (does.slowly !== undefined) await new Promise((resolve) => setTimeout(resolve, does.slowly));
            const left = (does.cutResponse ?? Number.POSITIVE_INFINITY) - seen.received;
            const part = chunk.subarray(0, left);
            seen.received += part.length;
            outgoing.write(does.change?.(part) ?? part);
            if (part.length < chunk.length) {
              setImmediate(cut);
              return;
            }
            if (outgoing.destroyed) return;
          }
          outgoing.end();
        };
        relay().catch(cut);
      });
      forwarded.on("error", () => outgoing.destroy());
      incoming.on("data", (chunk: Buffer) => {
        const left = (does.cutRequest ?? Number.POSITIVE_INFINITY) - seen.sent;
        const part = chunk.subarray(0, left);
        seen.sent += part.length;
        // What has been written must arrive before the connection ends.
        forwarded.write(part, () => part.length < chunk.length && setTimeout(cut, 200));
      });
      incoming.on("end", () => forwarded.end());
      incoming.on("error", cut);
    });
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}
