import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { isApocError } from "@apoc/errors";
import { type Content, type Descriptor, mediaTypes, sha256Digest } from "@apoc/oci";

export type Handler = (request: IncomingMessage, response: ServerResponse, host: string) => void;

/** Servers of one test file, that end with it. */
export class HostileServers {
  readonly #servers: Server[] = [];

  /** Starts one on loopback; gives its `host:port`. */
  async start(handler: Handler): Promise<string> {
    let host = "";
    const server = createServer({ requestTimeout: 0 }, (request, response) => {
      // Who is attacked may go at any time.
      request.on("error", () => undefined);
      response.on("error", () => undefined);
      handler(request, response, host);
    });
    this.#servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    return host;
  }

  close(): void {
    for (const server of this.#servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  }
}

/** Symbolic name of the coded error a promise fails with; `none` when it does not, the text of any other error. */
export async function failure(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return "none";
  } catch (error) {
    if (isApocError(error)) return error.descriptor.name;
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  }
}

/** Reads to the end; gives the number of bytes. */
export async function drain(content: Content): Promise<number> {
  let size = 0;
  for await (const chunk of content) size += chunk.length;
  return size;
}

/** Descriptor of bytes in memory. */
export function describeBytes(bytes: Uint8Array, mediaType: string = mediaTypes.layerTar): Descriptor {
  return { mediaType, digest: sha256Digest(bytes), size: bytes.length };
}

/** Writes the same bytes until the other side goes away; not for HEAD, where nothing that is written ever waits. */
export function writeForever(response: ServerResponse, bytes: Uint8Array): void {
  const write = () => {
    while (!response.destroyed && response.write(bytes));
  };
  response.on("drain", write);
  write();
}
