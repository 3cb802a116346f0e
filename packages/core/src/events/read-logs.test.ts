import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createPublicClient, hexToBigInt, http, type Hex, numberToHex } from "viem";
import { afterEach, expect, test } from "vitest";
import { type BlockRange, readLogs } from "./read-logs.ts";

/** An answer of an endpoint: logs, a JSON-RPC error, a bare HTTP status, or none at all. */
type Answer = "logs" | "silence" | { readonly code: number } | { readonly status: number };

const zero = `0x${"0".repeat(64)}`;
let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** Logs in these blocks, one each; each query is answered as `answer` says. */
async function endpoint(blocks: readonly bigint[], answer: (range: BlockRange, found: number) => Answer) {
  const asked: BlockRange[] = [];
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    const { id, params } = JSON.parse(body) as { id: number; params: [Record<keyof BlockRange, Hex>] };
    const range = { fromBlock: hexToBigInt(params[0].fromBlock), toBlock: hexToBigInt(params[0].toBlock) };
    asked.push(range);
    const found = blocks.filter((block) => block >= range.fromBlock && block <= range.toBlock);
    const given = answer(range, found.length);
    if (given === "silence") return;
    if (given !== "logs" && "status" in given) {
      response.writeHead(given.status).end("no");
      return;
    }
    const result = found.map((block) => ({
      address: `0x${"1".repeat(40)}`,
      topics: [],
      data: "0x",
      blockNumber: numberToHex(block),
      blockHash: zero,
      transactionHash: zero,
      transactionIndex: "0x0",
      logIndex: "0x0",
      removed: false,
    }));
    const reply = given === "logs" ? { result } : { error: { code: given.code, message: "limit" } };
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ jsonrpc: "2.0", id, ...reply }));
  };
  server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = createPublicClient({ transport: http(url, { retryCount: 0, timeout: 200 }) });
  return { asked, read: (range: BlockRange) => client.getLogs(range) };
}

const sparse = [3n, 5000n, 5001n, 77_777n, 99_999n];
const whole = { fromBlock: 0n, toBlock: 100_000n };
const blocksOf = (range: BlockRange) => range.toBlock - range.fromBlock + 1n;

test("an endpoint that takes the whole range is asked once", async () => {
  const { asked, read } = await endpoint(sparse, () => "logs");
  expect((await readLogs(whole, read)).map(({ blockNumber }) => blockNumber)).toEqual(sparse);
  expect(asked).toEqual([whole]);
});

test("no block is no question", async () => {
  const { asked, read } = await endpoint(sparse, () => "logs");
  expect(await readLogs({ fromBlock: 5n, toBlock: 4n }, read)).toEqual([]);
  expect(asked).toEqual([]);
});

test.each<[string, Answer]>([
  ["limit exceeded", { code: -32_005 }],
  ["invalid parameters", { code: -32_602 }],
  ["an error of its own", { code: 35 }],
  ["a bare 413", { status: 413 }],
  ["a bare 400", { status: 400 }],
])("a limit of blocks, told by %s: every log once, in order", async (_name, refusal) => {
  const { asked, read } = await endpoint(sparse, (range) => (blocksOf(range) <= 1000n ? "logs" : refusal));
  expect((await readLogs(whole, read)).map(({ blockNumber }) => blockNumber)).toEqual(sparse);
  expect(asked.length).toBeLessThan(180);
});

test("a limit of logs: only where they are dense are the parts small", async () => {
  const dense = Array.from({ length: 4000 }, (_, i) => 50_000n + BigInt(i));
  const { asked, read } = await endpoint(dense, (_range, found) =>
    found <= 500 ? "logs" : { code: -32_005 },
  );
  expect((await readLogs(whole, read)).map(({ blockNumber }) => blockNumber)).toEqual(dense);
  expect(asked.length).toBeLessThan(120);
});

test("what is refused for a single block too is the caller's", async () => {
  const { asked, read } = await endpoint(sparse, () => ({ code: -32_000 }));
  await expect(readLogs(whole, read)).rejects.toMatchObject({ details: "limit" });
  expect(asked.length).toBeLessThan(18 * 4);
});

test.each<[string, Answer]>([
  ["an unknown method", { code: -32_601 }],
  ["a refused key", { status: 401 }],
  ["too many requests", { status: 429 }],
  ["too many requests, by code", { code: 429 }],
])("%s is not answered by more questions", async (_name, answer) => {
  const { asked, read } = await endpoint(sparse, () => answer);
  await expect(readLogs(whole, read)).rejects.toThrow();
  expect(asked).toHaveLength(1);
});

test("queries that take too long are divided, but a silent endpoint is given up soon", async () => {
  const slow = await endpoint(sparse, (range) => (blocksOf(range) > 60_000n ? "silence" : "logs"));
  expect((await readLogs(whole, slow.read)).map(({ blockNumber }) => blockNumber)).toEqual(sparse);
  server?.closeAllConnections();
  server?.close();
  const silent = await endpoint(sparse, () => "silence");
  await expect(readLogs(whole, silent.read)).rejects.toMatchObject({ name: "TimeoutError" });
  expect(silent.asked.length).toBeLessThan(10);
});

test("an endpoint that is not there is asked once", async () => {
  const { asked, read } = await endpoint(sparse, () => "logs");
  server?.close();
  await once(server!, "close");
  await expect(readLogs(whole, read)).rejects.toMatchObject({ name: "HttpRequestError" });
  expect(asked).toEqual([]);
});
