import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { erc20Abi } from "@apoc/core";
import {
  type Anvil,
  type DeployedContracts,
  deployContracts,
  startAnvil,
  testToken,
} from "@apoc/devnet/chain";
import { type RunningRegistry, serveRegistry } from "@apoc/devnet/registry";
import {
  createDevelopmentRoot,
  developmentMeasurement,
  developmentTrustPolicy,
  serveDevelopmentTee,
  type ServedDevelopmentTee,
} from "@apoc/devnet/tee";
import { type Address, createPublicClient, http } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { stringify } from "yaml";
import { createRole, type Role, runApoc } from "./cast.ts";
import { buildPrograms, type Programs } from "./programs.ts";
import { type ProviderDocument, type ProviderProcess, startProvider } from "./provider-process.ts";

/** Everybody with an account. */
export const roleNames = ["ada", "ben", "pia", "sofia"] as const;
export type RoleName = (typeof roleNames)[number];

/** Whole tokens that everybody begins with. */
export const startingTokens = 1000n;

/** A one-machine network with its people, ready for the story. */
export interface Stage extends AsyncDisposable {
  readonly directory: string;
  readonly roles: Readonly<Record<RoleName, Role & { readonly address: Address }>>;
  readonly chain: Anvil;
  readonly contracts: DeployedContracts;
  readonly registry: RunningRegistry;
  readonly programs: Programs;
  readonly provider: ProviderProcess;
  /** Balances of all accounts and the channel contract, base units; they add up to `supply`. */
  balances(): Promise<{
    readonly of: Readonly<Record<RoleName | "channel", bigint>>;
    readonly supply: bigint;
  }>;
}

/** What a stage is built from. */
export interface StageOptions {
  /** An empty folder; everything the network writes is in it. */
  readonly directory: string;
  /** Socket of the container engine. */
  readonly engineSocket: string;
  /** Folder of a static busybox. */
  readonly toolsDirectory?: string;
  readonly audience?: (text: string) => void;
  /** Changes the provider's configuration before it is written. */
  readonly configureProvider?: (configuration: ProviderDocument) => void | Promise<void>;
}

/**
 * Starts chain, registry, development TEE and provider, and gives everybody a wallet, a configuration and tokens.
 * Disposing ends all of it; the folder is the caller's.
 */
export async function setStage({
  directory,
  engineSocket,
  toolsDirectory,
  audience,
  configureProvider,
}: StageOptions): Promise<Stage> {
  await using stack = new AsyncDisposableStack();
  // Two RSA keys take seconds: made while the rest is prepared.
  const rootReady = createDevelopmentRoot({ dir: join(directory, "tee") });
  rootReady.catch(() => undefined);
  const roles = await createRoles(directory);
  const chain = await startAnvil({
    blockTime: 1,
    accounts: [...Object.values(roles).map(({ address }) => ({ address })), { address: deployer.address }],
  });
  stack.defer(() => chain.close());
  const mint = Object.values(roles).map(({ address }) => ({
    to: address,
    amount: startingTokens * 10n ** BigInt(testToken.decimals),
  }));
  const contracts = await deployContracts({ rpcUrl: chain.url, deployer, mint });
  const registry = await serveRegistry({
    dir: join(directory, "registry"),
    listen: { host: "127.0.0.1", port: 0 },
  });
  stack.defer(() => registry.close());
  const programs = await buildPrograms(join(directory, "images"), toolsDirectory);
  const root = await rootReady;
  const tee: ServedDevelopmentTee = await serveDevelopmentTee({
    root,
    socketPath: join(directory, "tee.sock"),
  });
  stack.defer(() => tee.close());
  const trustPolicy = developmentTrustPolicy(root, developmentMeasurement);
  for (const role of Object.values(roles)) await configure(role, chain.url, contracts, trustPolicy);
  const provider = await startProvider(
    roles.sofia,
    {
      chain,
      contracts,
      engineSocket,
      teeSocket: tee.socketPath,
      ...(configureProvider === undefined ? {} : { configure: configureProvider }),
    },
    audience,
  );
  stack.defer(() => provider.stop());
  const disposables = stack.move();
  return {
    directory,
    roles,
    chain,
    contracts,
    registry,
    programs,
    provider,
    balances: () => readBalances(chain.url, contracts, roles),
    [Symbol.asyncDispose]: () => disposables.disposeAsync(),
  };
}

const deployer = privateKeyToAccount(generatePrivateKey());

async function createRoles(directory: string): Promise<Stage["roles"]> {
  const entries = await Promise.all(
    roleNames.map(async (name) => {
      const role = await createRole(directory, name);
      const { code, stdout, stderr } = await runApoc(role, ["wallet", "new", name, "--json"]);
      if (code !== 0) throw new Error(`wallet of ${name}: ${stderr}`);
      return [name, { ...role, address: (JSON.parse(stdout) as { address: Address }).address }] as const;
    }),
  );
  return Object.fromEntries(entries) as Stage["roles"];
}

async function configure(
  role: Role,
  rpcUrl: string,
  contracts: DeployedContracts,
  trustPolicy: string,
): Promise<void> {
  const config = join(role.directory, "config");
  await mkdir(config, { recursive: true });
  await writeFile(join(config, "trust-policy.yaml"), trustPolicy);
  const network = { chain: "eip155:31337", rpc: [rpcUrl], ...contracts, confirmations: 1 };
  const document = {
    network: "local",
    wallet: role.name,
    networks: { local: network },
    trustPolicy: "trust-policy.yaml",
  };
  await writeFile(join(config, "config.yaml"), stringify(document), { mode: 0o600 });
}

async function readBalances(
  rpcUrl: string,
  { token, paymentChannel }: DeployedContracts,
  roles: Stage["roles"],
) {
  const client = createPublicClient({ transport: http(rpcUrl) });
  const blockNumber = await client.getBlockNumber();
  const read = { address: token, abi: erc20Abi, blockNumber } as const;
  const accounts = [
    ...roleNames.map((name) => [name, roles[name].address] as const),
    ["channel", paymentChannel] as const,
  ];
  const entries = await Promise.all(
    accounts.map(
      async ([name, address]) =>
        [name, await client.readContract({ ...read, functionName: "balanceOf", args: [address] })] as const,
    ),
  );
  const supply = await client.readContract({ ...read, functionName: "totalSupply" });
  return { of: Object.fromEntries(entries) as Record<RoleName | "channel", bigint>, supply };
}
