import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type BlockStore, readCar } from "@apoc/oci";

/** Answers what was sent; `root` is the root of the archive. */
export type RpcAnswer = (response: ServerResponse, root: string) => void;

/** A node's RPC on loopback that takes archives as Kubo's `/api/v0/dag/import` does, and reads them as strictly as anything. */
export interface NodeRpc extends AsyncDisposable {
  readonly url: string;
  /** What was asked last. */
  readonly asked: { path: string; bytes: number };
  answer: RpcAnswer;
}

/** The line that Kubo writes for a root. */
export function rootLine(root: string, error = ""): string {
  return `${JSON.stringify({ Root: { Cid: { "/": root }, PinErrorMsg: error } })}\n`;
}

/** Answers as Kubo does. */
export const honest: RpcAnswer = (response, root) => response.end(rootLine(root));

/** Serves the RPC; blocks that it takes go into the store. */
export async function serveNodeRpc(store: BlockStore): Promise<NodeRpc> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const received = Buffer.concat(chunks);
      Object.assign(rpc.asked, { path: request.url, bytes: received.length });
      const type = request.headers["content-type"] ?? "";
      const [, boundary = ""] = /^multipart\/form-data; boundary=(\S+)$/.exec(type) ?? [];
      const start = received.indexOf("\r\n\r\n") + 4;
      const end = received.lastIndexOf(`\r\n--${boundary}--\r\n`);
      readCar(received.subarray(start, end), store).then(
        ([root]) => rpc.answer(response, String(root)),
        (error: unknown) =>
          response.writeHead(500).end(JSON.stringify({ Message: String(error), Type: "error" })),
      );
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const rpc: NodeRpc = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: { path: "", bytes: 0 },
    answer: honest,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  return rpc;
}
