import { createServer, type ServerResponse } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

/** What the server does with one request. Nothing at all: the connection stays open without an answer. */
export type Reply =
  | {
      readonly status?: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: Uint8Array | string;
    }
  | "silence"
  | "break";

/** A collateral service on loopback: answers by path and query, in order, repeating the last one; 404 otherwise. */
export async function serveCollateral(replies: Record<string, Reply | readonly Reply[]>) {
  const requests: string[] = [];
  const table = new Map(Object.entries(replies).map(([path, reply]) => [path, [reply].flat() as Reply[]]));
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    requests.push(path);
    const left = table.get(path);
    answer(response, (left !== undefined && left.length > 1 ? left.shift() : left?.[0]) ?? { status: 404 });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const close = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  };
  let open = true;
  const stop = async () => {
    if (open) await close();
    open = false;
  };
  onTestFinished(stop);
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, requests, stop };
}

function answer(response: ServerResponse, reply: Reply): void {
  if (reply === "silence") return;
  if (reply === "break") {
    response.writeHead(200, { "content-length": "100" }).write("x", () => response.destroy());
    return;
  }
  response.writeHead(reply.status ?? 200, reply.headers ?? {}).end(reply.body ?? "");
}
