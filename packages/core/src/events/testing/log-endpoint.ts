import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type Hex, hexToBigInt, numberToHex } from "viem";
import type { BlockRange } from "../read-logs.ts";

/** What an endpoint returns: logs, a JSON-RPC error, a bare HTTP status, or nothing at all. */
export type Answer = "logs" | "silence" | { readonly code: number } | { readonly status: number };

/** An event on the chain of the endpoint. */
export interface LoggedEvent {
  readonly block: bigint;
  /** Bytes of its data. */
  readonly bytes: number;
}

/** A JSON-RPC endpoint that knows `eth_getLogs` only. */
export interface LogEndpoint {
  readonly url: string;
  /** The ranges that were requested, oldest first. */
  readonly asked: readonly BlockRange[];
  readonly close: () => Promise<void>;
}

/** Serves these events on loopback; each query is answered as `answer` says. */
export async function serveLogs(
  events: readonly LoggedEvent[],
  answer: (range: BlockRange, found: number) => Answer,
): Promise<LogEndpoint> {
  const asked: BlockRange[] = [];
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    const { id, params } = JSON.parse(body) as { id: number; params: [Record<keyof BlockRange, Hex>] };
    const range = { fromBlock: hexToBigInt(params[0].fromBlock), toBlock: hexToBigInt(params[0].toBlock) };
    asked.push(range);
    const found = events.filter(({ block }) => block >= range.fromBlock && block <= range.toBlock);
    const given = answer(range, found.length);
    if (given === "silence") return;
    if (given !== "logs" && "status" in given) {
      response.writeHead(given.status).end("no");
      return;
    }
    const reply =
      given === "logs" ? { result: found.map(log) } : { error: { code: given.code, message: "limit" } };
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ jsonrpc: "2.0", id, ...reply }));
  };
  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async close() {
      server.closeAllConnections();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
}

const zero = `0x${"0".repeat(64)}`;

/** A log as nodes write it. */
function log({ block, bytes }: LoggedEvent) {
  return {
    address: `0x${"1".repeat(40)}`,
    topics: [],
    data: `0x${"00".repeat(bytes)}`,
    blockNumber: numberToHex(block),
    blockHash: zero,
    transactionHash: zero,
    transactionIndex: "0x0",
    logIndex: "0x0",
    removed: false,
  };
}
