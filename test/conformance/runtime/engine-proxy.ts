import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Body } from "./engine-lies.ts";

/** What stands between a runtime and its engine: alters bodies of container creations, or dies at a request. */
export interface EngineProxy {
  readonly socket: string;
  /** Requests that change something, in order: `POST /containers/create`. */
  readonly mutations: readonly string[];
  close(): Promise<void>;
}

export async function startEngineProxy(
  engine: string,
  { alter, cutAt }: { alter?: (body: Body) => void; cutAt?: number },
): Promise<EngineProxy> {
  const directory = await mkdtemp(join(tmpdir(), "apoc-proxy-"));
  const socket = join(directory, "engine.sock");
  const mutations: string[] = [];
  const server = createServer((incoming, answer) => {
    const chunks: Buffer[] = [];
    incoming.on("error", () => undefined);
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const path = incoming.url ?? "";
      if (incoming.method !== "GET")
        mutations.push(`${incoming.method} ${path.replace(/^\/v[\d.]+|\?.*$/g, "")}`);
      // From this request on nobody answers: the engine has died, possibly after it did what was asked.
      const isDead = cutAt !== undefined && mutations.length >= cutAt;
      if (isDead && mutations.length > cutAt) return void incoming.socket.destroy();
      let body = Buffer.concat(chunks);
      if (alter !== undefined && path.includes("/containers/create")) {
        const document = JSON.parse(body.toString()) as Body;
        alter(document);
        body = Buffer.from(JSON.stringify(document));
      }
      const { "transfer-encoding": _, ...headers } = incoming.headers;
      const outgoing = request(
        {
          socketPath: engine,
          method: incoming.method,
          path,
          headers: { ...headers, "content-length": body.length },
        },
        (response) => {
          if (isDead) {
            response.resume();
            incoming.socket.destroy();
            return;
          }
          answer.writeHead(response.statusCode ?? 500, response.headers);
          response.pipe(answer);
        },
      );
      outgoing.on("error", () => incoming.socket.destroy());
      answer.on("close", () => outgoing.destroy());
      outgoing.end(body);
    });
  });
  server.listen(socket);
  await once(server, "listening");
  return {
    socket,
    mutations,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await rm(directory, { recursive: true });
    },
  };
}
