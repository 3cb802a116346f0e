import { createPublicClient, custom, defineChain, type EIP1193Provider } from "viem";
import { expect, test } from "vitest";
import type { OpenChain } from "../chain/connect-chain.ts";
import { browserSigner } from "./browser-signer.ts";

const address = "0x0000000000000000000000000000000000000051";
const hash = `0x${"07".repeat(32)}`;

/** A wallet that answers from a table and records what it was asked. */
function wallet(answers: Record<string, unknown>) {
  const asked: { method: string; params?: unknown }[] = [];
  const request = async (call: { method: string; params?: unknown }) => {
    asked.push(call);
    const answer = answers[call.method];
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return { asked, provider: { request } as unknown as EIP1193Provider };
}

function chainOf(provider: EIP1193Provider): OpenChain {
  const chain = defineChain({
    id: 31337,
    name: "test",
    nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
    rpcUrls: { default: { http: [] } },
  });
  const transport = custom(provider);
  const client = createPublicClient({ chain, transport });
  return { chainId: 31337, client, transport } as unknown as OpenChain;
}

const call = { to: address, data: "0x01", gas: 21_000n } as const;

test("a wallet on another chain is asked to change before it sends", async () => {
  const answers: Record<string, unknown> = { eth_chainId: "0x1", eth_sendTransaction: hash };
  const { asked, provider } = wallet(answers);
  const request = provider.request as (call: { method: string }) => Promise<unknown>;
  const switching = {
    async request(call: { method: string }) {
      if (call.method === "wallet_switchEthereumChain") answers["eth_chainId"] = "0x7a69";
      return request(call);
    },
  } as unknown as EIP1193Provider;
  expect(await browserSigner(switching, address).sendTransaction(call, chainOf(switching))).toBe(hash);
  expect(asked.find(({ method }) => method === "wallet_switchEthereumChain")?.params).toEqual([
    { chainId: "0x7a69" },
  ]);
  expect(asked.at(-1)).toMatchObject({
    method: "eth_sendTransaction",
    params: [{ from: address, to: address, data: "0x01", gas: "0x5208" }],
  });
});

test("a wallet on the right chain is not asked to change", async () => {
  const { asked, provider } = wallet({ eth_chainId: "0x7a69", eth_sendTransaction: hash });
  expect(await browserSigner(provider, address).sendTransaction(call, chainOf(provider))).toBe(hash);
  expect(asked.map(({ method }) => method)).not.toContain("wallet_switchEthereumChain");
});

test("a refusal to sign or to send is told as such", async () => {
  const refusal = Object.assign(new Error("User rejected the request."), { code: 4001 });
  const { provider } = wallet({
    eth_chainId: "0x7a69",
    eth_sendTransaction: refusal,
    eth_signTypedData_v4: refusal,
  });
  const signer = browserSigner(provider, address);
  const declined = { code: "APOC-9049" };
  await expect(signer.sendTransaction(call, chainOf(provider))).rejects.toMatchObject(declined);
  await expect(
    signer.signTypedData({
      domain: { name: "x" },
      types: { X: [{ name: "n", type: "uint256" }] },
      primaryType: "X",
      message: { n: 1n },
    }),
  ).rejects.toMatchObject(declined);
});
