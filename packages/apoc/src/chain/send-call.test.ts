import { type Anvil, deployContracts, startAnvil, testTokenAbi } from "@apoc/devnet/chain";
import {
  accountSigner,
  connectChain,
  estimateCallFee,
  type OpenChain,
  readToken,
  readTokenBalance,
  sendCall,
} from "@apoc/client";
import { erc20Abi } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { beforeAll, expect, test } from "vitest";

const richAccount = privateKeyToAccount(generatePrivateKey());
const rich = accountSigner(richAccount);
const poor = accountSigner(privateKeyToAccount(generatePrivateKey()));
let anvil: Anvil;
let chain: OpenChain;
let token: `0x${string}`;

const connect = (signal = new AbortController().signal, confirmations = 1) =>
  connectChain({ name: "test", chain: "eip155:31337", rpc: [anvil.url], confirmations }, signal);
const transfer = (amount: bigint) =>
  ({
    address: token,
    abi: [...erc20Abi, ...testTokenAbi],
    functionName: "transfer",
    args: [poor.address, amount],
  }) as const;

beforeAll(async () => {
  anvil = await startAnvil({ accounts: [{ address: rich.address }] });
  ({ token } = await deployContracts({
    rpcUrl: anvil.url,
    deployer: richAccount,
    mint: [{ to: rich.address, amount: 100n }],
  }));
  chain = await connect();
  return () => anvil.close();
});

test("a call is sent and confirmed, and its fee is known beforehand", async () => {
  const fee = await estimateCallFee(chain, rich.address, transfer(7n));
  expect(fee).toBeGreaterThan(0n);
  const { status, gasUsed, effectiveGasPrice } = await sendCall(chain, rich, transfer(7n));
  expect(status).toBe("success");
  expect(gasUsed * effectiveGasPrice).toBeLessThanOrEqual(fee * 2n);
  expect(await readTokenBalance(chain, token, poor.address)).toBe(7n);
  expect(await readToken(chain, token)).toEqual({ address: token, symbol: "tUSD", decimals: 6 });
});

test("what would revert is not sent, and the contract's reason is named", async () => {
  const nonce = await chain.client.getTransactionCount({ address: rich.address });
  await expect(sendCall(chain, rich, transfer(1_000n))).rejects.toMatchObject({
    code: "APOC-9042",
    field: "transfer",
    actual: expect.stringMatching(/^ERC20InsufficientBalance$|^0xe450d38c$/) as string,
  });
  expect(await chain.client.getTransactionCount({ address: rich.address })).toBe(nonce);
});

test("an account without Ether cannot pay the network fee", async () => {
  await expect(sendCall(chain, poor, transfer(0n))).rejects.toMatchObject({ code: "APOC-9043" });
});

test("an address without a contract is no token", async () => {
  await expect(readToken(chain, poor.address)).rejects.toMatchObject({ code: "APOC-9047" });
});

test("an interruption while waiting names the transaction that is under way", async () => {
  const controller = new AbortController();
  const { client, ...rest } = await connect(controller.signal, 3);
  const waitForTransactionReceipt: typeof client.waitForTransactionReceipt = (request) => {
    controller.abort();
    return client.waitForTransactionReceipt(request);
  };
  const sending = sendCall({ ...rest, client: { ...client, waitForTransactionReceipt } }, rich, transfer(1n));
  await expect(sending).rejects.toMatchObject({
    code: "APOC-9044",
    actual: expect.stringMatching(/^0x[0-9a-f]{64}$/) as string,
  });
});

test("an endpoint that is down or serves another chain is told apart", async () => {
  const signal = new AbortController().signal;
  const network = { name: "test", chain: "eip155:5" as const, rpc: [anvil.url] };
  await expect(connectChain(network, signal)).rejects.toMatchObject({
    code: "APOC-9041",
    actual: "eip155:31337",
  });
  await expect(connectChain({ ...network, rpc: ["http://127.0.0.1:1"] }, signal)).rejects.toMatchObject({
    code: "APOC-9040",
  });
  const second = await connectChain(
    { ...network, chain: "eip155:31337", rpc: ["http://127.0.0.1:1", anvil.url] },
    signal,
  );
  expect(second.chainId).toBe(31337);
});
