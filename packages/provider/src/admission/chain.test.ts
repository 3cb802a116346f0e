import { createServer } from "node:http";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { admissionErrors, quoteTypedData, signBlockStatement, toWire } from "@apoc/core";
import { type Address, encodeAbiParameters } from "viem";
import { expect, onTestFinished, test } from "vitest";
import { openSqliteState } from "../state/sqlite/index.ts";
import { ManualClock } from "../testing/manual-clock.ts";
import { contract, provider, stranger } from "../testing/sample-pod.ts";
import { createMonitorStatements, createSignatureVerifier, createSources, createChainView } from "./index.ts";

type Call = { method: string; params: readonly unknown[] };

/** A server that answers GET with text, and JSON-RPC with what a test says. */
async function serverThat(answer: (call: Call) => unknown): Promise<string> {
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk: Buffer) => (text += chunk.toString()));
    request.on("end", () => {
      if (request.method === "GET") return response.end(answer({ method: "GET", params: [] }) as string);
      const { id, ...call } = JSON.parse(text) as Call & { id: number };
      const result = answer(call);
      const body =
        result instanceof Error ? { error: { code: -32000, message: result.message } } : { result };
      return response
        .setHeader("content-type", "application/json")
        .end(JSON.stringify({ jsonrpc: "2.0", id, ...body }));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as { port: number }).port}`;
}

/** Of `eth_getBlockByNumber`; only what is read is right. */
const rpcBlock = (number: number) => ({
  number: `0x${number.toString(16)}`,
  hash: `0x${number.toString(16).padStart(64, "0")}`,
  timestamp: "0x71",
  transactions: [],
});
const rpc = (head: number) => (call: Call) => {
  if (call.method !== "eth_getBlockByNumber") return new Error(`no ${call.method}`);
  const [tag] = call.params as [string];
  const number = tag === "latest" ? head : Number(tag);
  return number > head ? null : rpcBlock(number);
};

test("a source reads heads and blocks, and tells a block that is not there from a source that does not answer", async () => {
  const [source] = createSources([await serverThat(rpc(100))]);
  expect(await source!.head()).toEqual({
    number: 100n,
    hash: `0x${"64".padStart(64, "0")}`,
    timestamp: 0x71,
  });
  expect((await source!.block(7n))?.hash).toBe(`0x${"7".padStart(64, "0")}`);
  expect(await source!.block(101n)).toBeUndefined();
  const [broken] = createSources([await serverThat(() => new Error("overloaded"))]);
  await expect(broken!.block(7n)).rejects.toThrow();
  expect(source!.name).toBe("chain.rpc[0]");
});

test("state is asked from the next source when one fails, at the block that is named", async () => {
  const asked: unknown[] = [];
  const good = await serverThat(({ method, params }) => {
    asked.push([method, params[1]]);
    return encodeAbiParameters([{ type: "uint64" }], [7n]);
  });
  const sources = createSources([await serverThat(() => new Error("overloaded")), good]);
  const view = createChainView({
    sources,
    paymentChannel: contract,
    marketplace: contract,
    statements: async () => [],
  });
  const hash = `0x${"00".repeat(32)}` as const;
  expect(await view.grantFloor(provider.address, hash, hash, 16n)).toBe(7);
  expect(asked).toEqual([["eth_call", "0x10"]]);
  expect(await view.offersEnd(provider.address, hash, 17n)).toBe(7);
  expect(asked[1]).toEqual(["eth_call", "0x11"]);
  // One source that lies cannot tell of funds or floors that are not there.
  const floor = (value: bigint) =>
    serverThat(({ method }) =>
      method === "eth_chainId" ? "0x7a69" : `0x${value.toString(16).padStart(64, "0")}`,
    );
  const divided = createChainView({
    sources: createSources([await floor(0n), await floor(7n)]),
    paymentChannel: contract,
    marketplace: contract,
    statements: async () => [],
  });
  await expect(divided.grantFloor(provider.address, hash, hash, 16n)).rejects.toMatchObject({
    code: admissionErrors.CHAIN_DISAGREES.code,
  });
  const none = createChainView({
    sources: createSources(["http://127.0.0.1:1"]),
    paymentChannel: contract,
    marketplace: contract,
    statements: async () => [],
  });
  await expect(none.channel(hash, 1n)).rejects.toMatchObject({
    code: admissionErrors.CHAIN_UNREACHABLE.code,
  });
});

test("a key account's signature needs no chain; a contract wallet is asked (ERC-1271)", async () => {
  const document = quoteTypedData(31337, contract, `0x${"01".repeat(32)}`);
  const signature = await stranger.signTypedData(document);
  const none = createSignatureVerifier(createSources(["http://127.0.0.1:1"]), 31337);
  expect(await none(stranger.address, document, signature)).toBe(true);
  await expect(none(provider.address, document, signature)).rejects.toMatchObject({
    code: admissionErrors.CHAIN_UNREACHABLE.code,
  });
  const wallet: Address = "0x00000000000000000000000000000000000000aa";
  const rpc = (code: string, verdict: boolean) =>
    serverThat(({ method }) => {
      if (method === "eth_chainId") return "0x7a69";
      if (method === "eth_getCode") return code;
      return encodeAbiParameters([{ type: "bool" }], [verdict]);
    });
  const answers = async (code: string, verdict: boolean) =>
    createSignatureVerifier(createSources([await rpc(code, verdict)]), 31337);
  expect(await (await answers("0x6000", true))(wallet, document, signature)).toBe(true);
  // A contract of this chain says nothing for an account of another.
  const foreign = quoteTypedData(1, contract, `0x${"01".repeat(32)}`);
  expect(await (await answers("0x6000", true))(wallet, foreign, signature)).toBe(false);
  // One source that lies cannot make a signature.
  const divided = createSources([await rpc("0x6000", true), await rpc("0x", false)]);
  await expect(createSignatureVerifier(divided, 31337)(wallet, document, signature)).rejects.toMatchObject({
    code: admissionErrors.CHAIN_DISAGREES.code,
  });
  expect(await (await answers("0x6000", false))(wallet, document, signature)).toBe(false);
  expect(await (await answers("0x", true))(wallet, document, signature)).toBe(false);
});

test("statements are fetched, kept when the monitor falls silent, and only of who was asked", async () => {
  const folder = await mkdtemp(join(tmpdir(), "apoc-monitor-"));
  const state = await openSqliteState(folder);
  onTestFinished(async () => {
    await state.close();
    await rm(folder, { recursive: true });
  });
  const clock = new ManualClock();
  const block = { number: 5n, hash: `0x${"05".repeat(32)}` as const, seenAt: 1_900_000_000 };
  const statement = await signBlockStatement(31337, block, {
    address: stranger.address,
    signTypedData: (definition) => stranger.signTypedData(definition as never),
  });
  let text = JSON.stringify(toWire(statement));
  const url = await serverThat(() => text);
  const monitors = [{ address: stranger.address, url }];
  const statements = createMonitorStatements(monitors, state.memory, clock);
  expect(await statements()).toEqual([statement]);
  text = "out of order";
  clock.advance(60_000);
  expect(await statements()).toEqual([statement]);
  text = JSON.stringify({ ...(toWire(statement) as object), monitor: provider.address });
  clock.advance(60_000);
  expect(await statements()).toEqual([statement]);
});
