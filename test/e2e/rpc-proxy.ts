import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** Stands between a provider and its RPC, and lets a test take the chain away or make it stand still. */
export interface RpcProxy {
  readonly url: string;
  /** Takes no connection any more, and ends those that are open. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** From now on the head stays where it is. */
  freeze(): Promise<void>;
  thaw(): void;
  /** From now on logs are looked up for so many blocks at a time only. */
  limitLogs(blocks: bigint): void;
}

interface Call {
  readonly id: number;
  readonly method: string;
  readonly params?: readonly unknown[];
}

export async function openRpcProxy(target: string): Promise<RpcProxy> {
  let frozen: string | undefined;
  let mostBlocks: bigint | undefined;
  let server: Server;
  let port = 0;
  const forward = async (call: unknown) =>
    (await fetch(target, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(call),
    }).then((response) => response.json())) as { result?: unknown };
  const answer = async (call: Call): Promise<unknown> => {
    if (call.method === "eth_getLogs" && mostBlocks !== undefined) {
      const [{ fromBlock, toBlock }] = call.params as [{ fromBlock: string; toBlock: string }];
      if (BigInt(toBlock) - BigInt(fromBlock) + 1n > mostBlocks) {
        return { jsonrpc: "2.0", id: call.id, error: { code: -32_005, message: "block range too large" } };
      }
    }
    if (frozen === undefined) return forward(call);
    if (call.method === "eth_blockNumber") return { jsonrpc: "2.0", id: call.id, result: frozen };
    const params = call.params?.map((value) => (value === "latest" ? frozen : value)) ?? [];
    return forward({ ...call, params });
  };
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    const call = JSON.parse(body) as Call | Call[];
    const result = Array.isArray(call) ? await Promise.all(call.map(answer)) : await answer(call);
    response.setHeader("content-type", "application/json").end(JSON.stringify(result));
  };
  const start = async () => {
    server = createServer((request, response) => {
      serve(request, response).catch(() => response.destroy());
    });
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    ({ port } = server.address() as AddressInfo);
  };
  await start();
  return {
    url: `http://127.0.0.1:${port}`,
    start,
    async stop() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
    async freeze() {
      const { result } = await forward({ jsonrpc: "2.0", id: 1, method: "eth_blockNumber", params: [] });
      frozen = result as string;
    },
    thaw() {
      frozen = undefined;
    },
    limitLogs(blocks) {
      mostBlocks = blocks;
    },
  };
}
