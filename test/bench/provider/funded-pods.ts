import {
  type ChannelTerms,
  channelId,
  completeHeader,
  encodePodRequest,
  erc20Abi,
  executionRate,
  hourlyRate,
  parseAmount,
  paymentChannelAbi,
  type PodManifest,
  type ResourcePrices,
  podUid,
} from "@apoc/core";
import { testToken } from "@apoc/devnet/chain";
import { openSqliteState } from "@apoc/provider/testing";
import type { Stage } from "apoc/demo";
import {
  type Address,
  createTestClient,
  type Hex,
  http,
  publicActions,
  walletActions,
  zeroAddress,
} from "viem";
import { foundry } from "viem/chains";

/** Prices that the stage's provider is configured with. */
const prices: ResourcePrices = {
  cpuCore: price("36.00"),
  memoryGiB: price("3.60"),
  storageGiB: price("0"),
};
/** For some hours. */
const deposit = 10n ** BigInt(testToken.decimals) / 20n;

/** A pod with an accepted channel on the chain. */
export interface FundedPod {
  readonly id: Hex;
  readonly channel: ChannelTerms;
}

/** Opens and accepts channels for pods of one small container, numbered `from` to `to`. */
export async function fundPods(stage: Stage, from: number, to: number): Promise<readonly FundedPod[]> {
  const client = createTestClient({ mode: "anvil", chain: foundry, transport: http(stage.chain.url) })
    .extend(publicActions)
    .extend(walletActions);
  const { paymentChannel, token } = stage.contracts;
  const [publisher, provider] = [stage.roles.pia.address, stage.roles.sofia.address];
  for (const address of [publisher, provider]) {
    await client.impersonateAccount({ address });
    await client.setBalance({ address, value: 10n ** 24n });
  }
  const nonces = new Map<Address, number>();
  const send = async (account: Address, call: Parameters<typeof client.writeContract>[0]) => {
    const nonce = nonces.get(account) ?? (await client.getTransactionCount({ address: account }));
    nonces.set(account, nonce + 1);
    return client.writeContract({ ...call, account, nonce, gas: 400_000n, chain: foundry } as typeof call);
  };
  const contract = { address: paymentChannel, abi: paymentChannelAbi } as const;
  const approve = { address: token, abi: [...erc20Abi, approveAbi], functionName: "approve" } as const;
  await send(publisher, { ...approve, args: [paymentChannel, 2n ** 96n] } as never);
  const { timestamp } = await client.getBlock();
  const pods = Array.from({ length: to - from }, (_, index) =>
    podOf(stage, from + index, Number(timestamp) + 3600),
  );
  let last: Hex | undefined;
  for (const { channel } of pods) {
    await send(publisher, {
      ...contract,
      functionName: "createChannel",
      args: [channel.header, "0x", deposit, []],
    } as never);
  }
  for (const { channel } of pods) {
    last = await send(provider, { ...contract, functionName: "accept", args: [channel.header] } as never);
  }
  if (last !== undefined) {
    const { status } = await client.waitForTransactionReceipt({ hash: last, timeout: 300_000 });
    if (status !== "success") throw new Error("a channel was not accepted");
  }
  return pods;
}

const approveAbi = {
  type: "function",
  name: "approve",
  stateMutability: "nonpayable",
  inputs: [
    { name: "spender", type: "address" },
    { name: "value", type: "uint256" },
  ],
  outputs: [],
} as const;

function podOf(stage: Stage, number: number, acceptBy: number): FundedPod {
  const { paymentChannel: contract, token } = stage.contracts;
  const header = completeHeader(
    {
      publisher: stage.roles.pia.address,
      provider: stage.roles.sofia.address,
      token,
      podId: `0x${number.toString(16).padStart(64, "0")}`,
      meter: zeroAddress,
      grace: 60,
      acceptBy,
      maxExecRate: executionRate(manifestOf(number, "registry/image"), prices),
      execBurst: 0n,
    },
    [],
  );
  const channel = { header, payees: [] };
  return { id: channelId(stage.chain.chainId, contract, header), channel };
}

function manifestOf(number: number, image: string): PodManifest {
  const resources = { cpuMillis: 10, memoryBytes: 16 << 20 };
  const web = { name: "web", image, env: [], ports: [{ containerPort: 8080 }], volumeMounts: [], resources };
  return {
    version: 1,
    name: `pod-${number}`,
    containers: [web],
    volumes: [],
    ingress: { container: "web", port: 8080 },
  };
}

/** Writes pods into the state of a provider that does not run, as admission does. */
export async function admitPods(dataDir: string, pods: readonly FundedPod[], image: string): Promise<void> {
  const state = await openSqliteState(dataDir);
  try {
    for (const { id, channel } of pods) {
      const manifest = manifestOf(Number(channel.header.podId), image);
      const request = encodePodRequest({ version: 2, channel, manifest, grants: [] });
      const rate = executionRate(manifest, prices);
      const { publisher, podId } = channel.header;
      const paid = { id: podUid(channel.header), publisher, podId, channel: { id, terms: channel } };
      await state.pods.admit({ ...paid, name: manifest.name, request, prices, rate }, Date.now());
    }
  } finally {
    await state.close();
  }
}

/** How many pods run, and how many there are. */
export async function countPods(dataDir: string): Promise<readonly [running: number, all: number]> {
  const state = await openSqliteState(dataDir, { readOnly: true });
  try {
    const pods = await state.pods.live();
    return [pods.filter((pod) => pod.state === "running").length, pods.length];
  } finally {
    await state.close();
  }
}

function price(tokensAnHour: string): bigint {
  return hourlyRate(parseAmount(tokensAnHour, testToken.decimals));
}
