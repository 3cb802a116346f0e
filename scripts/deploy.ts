/** See scripts/deploy.sh. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { chainName, deploymentProxy, deploymentSalt, parseDeployments } from "@apoc/core";
import { carryOut, networkContracts, planDeployment } from "@apoc/devnet/chain";
import { isApocError } from "@apoc/errors";
import { decryptKeystore } from "@apoc/client/keystore";
import {
  type Address,
  createPublicClient,
  createWalletClient,
  defineChain,
  getAddress,
  type Hex,
  http,
} from "viem";
import { privateKeyToAccount } from "viem/accounts";

const { values: options } = parseArgs({
  options: {
    rpc: { type: "string" },
    beneficiary: { type: "string" },
    "dry-run": { type: "boolean", default: false },
    keystore: { type: "string" },
    "password-file": { type: "string" },
    token: { type: "string" },
    record: { type: "boolean", default: false },
    file: {
      type: "string",
      default: join(import.meta.dirname, "../packages/core/src/deployments/deployments.json"),
    },
  },
});

try {
  await deploy();
} catch (error) {
  if (!isApocError(error)) throw error;
  console.error(`${error.code} ${error.message}`);
  process.exitCode = 1;
}

async function deploy(): Promise<void> {
  const transport = http(needed("rpc"));
  const beneficiary = address("beneficiary", needed("beneficiary"));
  const token = options.token === undefined ? undefined : address("token", options.token);
  const probe = createPublicClient({ transport });
  const chain = defineChain({
    id: await probe.getChainId(),
    name: "the chain",
    nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
    rpcUrls: { default: { http: [needed("rpc")] } },
  });
  const name = chainName(chain.id);
  const client = createPublicClient({ chain, transport, pollingInterval: 500, cacheTime: 0 });
  const plan = await planDeployment(client, networkContracts(beneficiary));
  const fromBlock = Number(await client.getBlockNumber());
  for (const { name: contract, address: at, deployed } of plan.contracts) {
    console.error(
      `${contract} ${at} on ${name}: ${deployed ? "there, the code is right" : "to be deployed"}`,
    );
  }
  if (!plan.proxyDeployed) console.error(`Deployment proxy ${deploymentProxy.address}: to be deployed`);
  const complete = plan.proxyDeployed && plan.contracts.every(({ deployed }) => deployed);
  if (!options["dry-run"] && !complete) {
    const account = privateKeyToAccount(await unlock());
    await carryOut(client, createWalletClient({ account, chain, transport }), plan);
    console.error("Deployed; the code at each address is the compiled one.");
  }
  const [paymentChannel, marketplace] = plan.contracts.map(({ address: at }) => at);
  if (paymentChannel === undefined || marketplace === undefined)
    throw new Error("two contracts were planned");
  const deployment = { paymentChannel, marketplace, ...(token === undefined ? {} : { token }), fromBlock };
  const recorded = options.record && !options["dry-run"] && record(name, deployment);
  const dryRun = options["dry-run"];
  console.log(
    JSON.stringify({
      chain: name,
      salt: deploymentSalt,
      beneficiary,
      ...deployment,
      complete,
      dryRun,
      recorded,
    }),
  );
}

/** A record of the same contracts stays, with its earlier block. */
function record(name: string, deployment: { paymentChannel: Address; marketplace: Address }): boolean {
  const known = parseDeployments(JSON.parse(readFileSync(options.file, "utf8")));
  const before = Object.entries(known).find(([chain]) => chain === name)?.[1];
  const same =
    before?.paymentChannel === deployment.paymentChannel && before.marketplace === deployment.marketplace;
  const entry = same ? { ...deployment, fromBlock: before.fromBlock } : deployment;
  const all = parseDeployments({ ...known, [name]: entry });
  writeFileSync(options.file, `${JSON.stringify(all, null, 2)}\n`);
  return true;
}

async function unlock(): Promise<Hex> {
  const password = readFileSync(needed("password-file"), "utf8").replace(/\r?\n$/, "");
  const path = needed("keystore");
  return decryptKeystore(path, readFileSync(path, "utf8"), password);
}

function needed(name: "rpc" | "beneficiary" | "keystore" | "password-file"): string {
  const value = options[name];
  if (value !== undefined) return value;
  console.error(`--${name} is needed; see scripts/deploy.sh --help`);
  process.exit(2);
}

function address(name: string, text: string): Address {
  if (/^0x[0-9a-fA-F]{40}$/.test(text) && !/^0x0{40}$/.test(text)) return getAddress(text.toLowerCase());
  console.error(`--${name}: expected an address other than zero`);
  process.exit(2);
}
